/** The way out for one data source, and what its requests came to. */
import { SpanKind } from '@opentelemetry/api'
import type { Egress } from '@wellhead/plugin-host'
import { part, requestFacts } from './spans.ts'
import type { StatusClass, Tally } from './tally.ts'

export function observedEgress(egress: Egress, dataSource: string, tally: Pick<Tally, 'providerAnswered'>): Egress {
  return {
    fetch(url, init) {
      const facts = { ...requestFacts(url, init?.method ?? 'GET'), dataSource }
      const ask = async (tell: (facts: { status: number }) => void) => {
        const begun = performance.now()
        let status: StatusClass = 'no_answer'
        try {
          const response = await egress.fetch(url, init)
          tell({ status: response.status })
          status = `${Math.floor(response.status / 100)}xx` as StatusClass
          return response
        } finally {
          tally.providerAnswered(dataSource, status, performance.now() - begun)
        }
      }
      return part('provider request', facts, ask, SpanKind.CLIENT)
    },
    ask: (url, init) => egress.ask(url, init),
    close: () => egress.close(),
  }
}
