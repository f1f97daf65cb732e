/** What lies between a process and the provider. */
import type { TokenAnswer, TokenClient } from '../../src/oauth/token-client.ts'
import { lifetimeSeconds, type Provider } from './provider.ts'
import type { Process, Steps } from './steps.ts'
import type { Committed, Watch } from './watch.ts'

/** The wire: a request waits for its first byte, is on its way, is processed or not, and its answer may not come. */
export function createWire(over: {
  readonly process: Process
  readonly steps: Steps
  readonly provider: Provider
  readonly watch: Watch
  /** The intent that a request of this process is sent under. */
  readonly intent: () => Committed | undefined
}): TokenClient {
  const { process, steps, provider, watch, intent } = over
  return {
    request: async ({ grant, timeoutMs, beforeSend }) => {
      const mine = intent()
      const token = grant.type === 'refresh_token' ? grant.refreshToken : grant.code
      await steps.stop(process, 'first byte')
      try {
        beforeSend?.()
      } catch {
        return { kind: 'not_sent', reason: 'egress_aborted' }
      }
      const sentAt = steps.now
      const sending = watch.sent(process, token, mine)
      let arrived: TokenAnswer | undefined
      steps.add(undefined, `the request with ${token}`, (fate) => {
        arrived = serve(steps, provider, { token, sentAt }, fate)
      })
      const isLate = () => steps.now - sentAt >= timeoutMs
      const fate = await steps.stop(process, 'answer', { isReady: () => arrived !== undefined || isLate() })
      const answer: TokenAnswer =
        arrived && !(isLate() && fate % 2 === 1) ? arrived : { kind: 'lost', reason: 'egress_timeout' }
      watch.answered(sending, answer.kind === 'answered' ? refreshTokenIn(answer) : null)
      return answer
    },
    async revoke({ tokens }) {
      await steps.pause(steps.stop(process, 'revoke'))
      provider.end(tokens.refreshToken)
      return { kind: 'answered', status: 200, headers: new Headers(), json: {} }
    },
    introspect: async () => undefined,
  }
}

function serve(
  steps: Steps,
  provider: Provider,
  { token, sentAt }: { token: string; sentAt: number },
  fate: number,
): TokenAnswer {
  const headers = new Headers()
  const happens = steps.isQuiet ? 0 : fate % 16
  if (happens === 15) return { kind: 'answered', status: 503, headers, json: undefined }
  if (happens === 14) return { kind: 'lost', reason: 'egress_reset' }
  if (happens === 13) return { kind: 'not_sent', reason: 'egress_refused' }
  if (happens === 12) return { kind: 'answered', status: 429, headers: new Headers({ 'retry-after': '30' }), json: {} }
  const answer = provider.refresh(token, sentAt, steps.now)
  if (happens === 11 || happens === 10) return { kind: 'lost', reason: 'egress_reset' }
  if (happens === 9) return { kind: 'answered', status: 502, headers, json: undefined }
  if (answer.status === 400) return { kind: 'answered', status: 400, headers, json: { error: 'invalid_grant' } }
  const { accessToken, refreshToken } = answer.secret
  const json = {
    // An answer without what it must have, which has the new refresh token all the same.
    ...(happens === 8 && refreshToken ? {} : { access_token: accessToken }),
    token_type: 'bearer',
    expires_in: lifetimeSeconds,
    ...(refreshToken ? { refresh_token: refreshToken } : {}),
  }
  return { kind: 'answered', status: 200, headers, json }
}

function refreshTokenIn(answer: TokenAnswer & { kind: 'answered' }): string | null {
  const token = (answer.json as { refresh_token?: string } | undefined)?.refresh_token
  return answer.status === 200 ? (token ?? null) : null
}
