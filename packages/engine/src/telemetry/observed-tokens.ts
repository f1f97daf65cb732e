/** The token client, and what its calls came to. */
import { SpanKind } from '@opentelemetry/api'
import type { OAuth2Spec } from '@wellhead/datasource-node'
import type { Registry } from '@wellhead/plugin-host'
import { judge } from '../oauth/judge.ts'
import type { TokenClient } from '../oauth/token-client.ts'
import { type Facts, part, requestFacts } from './spans.ts'
import type { Tally, TokenOutcome } from './tally.ts'

export function observedTokens(
  tokens: TokenClient,
  registry: Registry,
  tally: Pick<Tally, 'tokenCallEnded'>,
): TokenClient {
  const dataSourceOf = (spec: OAuth2Spec): string | undefined =>
    registry.all().find(({ source }) => source.auth.includes(spec))?.source.id

  const factsOf = ({ url, spec }: { url: string; spec: OAuth2Spec }): Facts => ({
    ...requestFacts(url, 'POST'),
    dataSource: dataSourceOf(spec),
  })

  return {
    request(options) {
      const grant = options.grant.type
      const dataSource = dataSourceOf(options.spec)
      return part(
        'token request',
        { ...factsOf(options), grant },
        async (tell) => {
          const begun = performance.now()
          let isHeldBack = false
          const answer = await tokens.request({
            ...options,
            beforeSend() {
              isHeldBack = true
              options.beforeSend?.()
              isHeldBack = false
            },
          })
          const outcome: TokenOutcome = isHeldBack ? 'held_back' : judge(options.spec, answer).outcome
          tell({
            outcome,
            ...(answer.kind === 'answered' ? { status: answer.status } : { error: answer.reason }),
          })
          tally.tokenCallEnded({ dataSource, grant, outcome, ms: performance.now() - begun })
          return answer
        },
        SpanKind.CLIENT,
      )
    },

    revoke: (options) =>
      part(
        'token revocation',
        factsOf(options),
        async (tell) => {
          const answer = await tokens.revoke(options)
          tell(answer.kind === 'answered' ? { status: answer.status } : { error: answer.reason })
          return answer
        },
        SpanKind.CLIENT,
      ),

    introspect: (options) =>
      part('token introspection', factsOf(options), () => tokens.introspect(options), SpanKind.CLIENT),
  }
}
