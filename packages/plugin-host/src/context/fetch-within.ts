import { DataSourceError, isDataSourceError, isRetryable } from '@wellhead/datasource-node'
import type { HostedDataSource } from '../load/registry.ts'
import { allowedOrigins } from './allowed-origins.ts'
import type { Call } from './call.ts'
import type { LiveCredential } from './credential-port.ts'
import { cancelled } from './map-egress-error.ts'
import type { PreparedRequest } from './prepare-request.ts'
import { renew } from './renew.ts'
import { retryDelay, sleep } from './retry-delay.ts'
import { type Answer, send } from './send.ts'

/** Sends the request until there is a successful answer, as often as tries and patience allow. */
export async function fetchWithin(call: Call, request: PreparedRequest): Promise<Answer> {
  const { hosted, settings, signal, log, retry, pacer } = call.options
  const tries = retry?.tries ?? 5
  const patienceMs = retry?.patienceMs ?? 90_000
  const baseMs = retry?.baseMs ?? 1_000
  const begun = performance.now()
  const left = () => patienceMs - (performance.now() - begun)

  if (signal.aborted) throw cancelled()
  const origins = ownOrigins(hosted, settings)
  call.ownHost = origins.has(request.url.origin)

  let renewed: LiveCredential | undefined
  for (let attempt = 1; ; ) {
    const outcome = await send(call, request, { origins, renewed, left, isFirst: attempt === 1 })
    if ('response' in outcome) return outcome

    if (outcome.refused) {
      const next = await renew(call, outcome.refused, outcome.error, renewed !== undefined)
      // Refused means not processed: the replay is safe for every request, and its body is still at hand.
      renewed = next
      continue
    }

    const { error } = outcome
    const delay = retryDelay(attempt, baseMs, error.retryAfterMs)
    // Everybody who works with this connection has asked too often.
    if (error.code === 'rate_limited' && outcome.fromOwnHost) await pacer?.pause(error.retryAfterMs ?? delay)
    if (!isRetryable(error) || !(request.replayable || outcome.notSent) || attempt >= tries) throw error
    if (delay > left()) throw error
    log.debug('asking the provider again', { code: error.code, attempt, delay_ms: Math.round(delay) })
    await sleep(delay, signal)
    attempt++
  }
}

function ownOrigins(hosted: HostedDataSource, settings: Readonly<Record<string, unknown>>): ReadonlySet<string> {
  try {
    return allowedOrigins(hosted, settings)
  } catch (error) {
    if (isDataSourceError(error)) throw error
    throw new DataSourceError('misconfigured', `The hosts of ${hosted.source.id} cannot be told.`, { cause: error })
  }
}
