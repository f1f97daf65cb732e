/**
 * What the engine counts, for Prometheus: of this process since it started. What is a fact of the database (how many are
 * overdue, which breakers are open) is not counted but asked, by whoever serves `/metrics`.
 *
 * Every label has few values, known beforehand: words of the lists below, and the data sources that are installed. Never an id, a host, or
 * a word of a provider's.
 */
import type { Registry as DataSources } from '@wellhead/plugin-host'
import { Counter, Histogram, Registry } from 'prom-client'
import type { Numbered } from '../events/outbox.ts'
import type { EventType } from '../model.ts'
import type { Judgement } from '../oauth/judge.ts'
import type { TokenGrant } from '../oauth/token-client.ts'
import type { RefreshResult } from '../refresh/outcome.ts'

export type Trigger = 'on_demand' | 'background' | 'forced'

/** `as_before`: nothing was tried, as another attempt's outcome was the answer. `error`: it ended by an error of ours. */
export type RefreshOutcome = RefreshResult['outcome'] | 'as_before' | 'error'

/** `held_back`: the lease was over, so nothing was sent. */
export type TokenOutcome = Judgement['outcome'] | 'held_back'

/** `no_answer`: none was had, whether or not the request was sent. */
export type StatusClass = '2xx' | '3xx' | '4xx' | '5xx' | 'no_answer'

export interface Tally {
  refreshEnded(refresh: { dataSource: string | undefined; trigger: Trigger; outcome: RefreshOutcome }): void
  /** How long after its time a token is asked for. */
  refreshSent(trigger: Trigger, lateMs: number): void
  leaseWaited(ms: number, isTaken: boolean): void
  tokenCallEnded(call: {
    dataSource: string | undefined
    grant: TokenGrant['type']
    outcome: TokenOutcome
    ms: number
  }): void
  credentialServed(dataSource: string, isDegraded: boolean): void
  /** Of a run: that it was started, or how it ended. */
  published(event: Numbered): void
  documentsWritten(dataSource: string, count: number): void
  providerAnswered(dataSource: string, status: StatusClass, ms: number): void
  swept(ms: number, rows: number): void
  /** In the text format of Prometheus, ending with a line break. */
  text(): Promise<string>
}

const runStatuses: Partial<Record<EventType, string>> = {
  'run.started': 'started',
  'run.completed': 'completed',
  'run.failed': 'failed',
  'run.cancelled': 'cancelled',
}

const seconds = [0.005, 0.025, 0.1, 0.25, 1, 2.5, 10, 30, 90]

export function createTally(dataSources: Pick<DataSources, 'get'>): Tally {
  const registry = new Registry()
  const registers = [registry]
  const refreshes = new Counter({
    name: 'wellhead_refreshes_total',
    help: 'Refreshes by how they ended.',
    labelNames: ['data_source', 'trigger', 'outcome'],
    registers,
  })
  const lag = new Histogram({
    name: 'wellhead_refresh_lag_seconds',
    help: 'From the moment at which a refresh was due until its token request went out.',
    labelNames: ['trigger'],
    buckets: [0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1_800, 7_200],
    registers,
  })
  const leases = new Histogram({
    name: 'wellhead_refresh_lease_wait_seconds',
    help: 'From wanting the lease of a credential until it was held, or left to another.',
    labelNames: ['outcome'],
    buckets: seconds,
    registers,
  })
  const tokenCalls = new Histogram({
    name: 'wellhead_token_request_duration_seconds',
    help: 'Requests to token endpoints by what the answer meant.',
    labelNames: ['data_source', 'grant', 'outcome'],
    buckets: seconds,
    registers,
  })
  const served = new Counter({
    name: 'wellhead_credentials_served_total',
    help: 'Credentials handed out, by the status of their connection.',
    labelNames: ['data_source', 'status'],
    registers,
  })
  const runs = new Counter({
    name: 'wellhead_runs_total',
    help: 'Runs that were started, and how they ended.',
    labelNames: ['data_source', 'status'],
    registers,
  })
  const documents = new Counter({
    name: 'wellhead_documents_written_total',
    help: 'Documents written by runs.',
    labelNames: ['data_source'],
    registers,
  })
  const requests = new Histogram({
    name: 'wellhead_provider_request_duration_seconds',
    help: 'Requests of data sources to their providers, until the head of the answer.',
    labelNames: ['data_source', 'status'],
    buckets: seconds,
    registers,
  })
  const sweeps = new Histogram({
    name: 'wellhead_sweep_duration_seconds',
    help: 'One look for due rows of every kind.',
    buckets: seconds,
    registers,
  })
  const swept = new Counter({
    name: 'wellhead_sweep_rows_enqueued_total',
    help: 'Due rows that sweeps enqueued.',
    registers,
  })

  /** One that was uninstalled may still have rows. */
  const installed = (id: string | undefined) => (id !== undefined && dataSources.get(id) ? id : 'unknown')

  return {
    refreshEnded: ({ dataSource, ...how }) => refreshes.inc({ data_source: installed(dataSource), ...how }),
    refreshSent: (trigger, lateMs) => lag.observe({ trigger }, lateMs / 1000),
    leaseWaited: (ms, isTaken) => leases.observe({ outcome: isTaken ? 'held' : 'left' }, ms / 1000),
    tokenCallEnded: ({ dataSource, grant, outcome, ms }) =>
      tokenCalls.observe({ data_source: installed(dataSource), grant, outcome }, ms / 1000),
    credentialServed: (dataSource, isDegraded) =>
      served.inc({ data_source: installed(dataSource), status: isDegraded ? 'degraded' : 'active' }),
    published({ type, dataSource }) {
      const status = runStatuses[type]
      if (status) runs.inc({ data_source: installed(dataSource ?? undefined), status })
    },
    documentsWritten: (dataSource, count) => documents.inc({ data_source: installed(dataSource) }, count),
    providerAnswered: (dataSource, status, ms) =>
      requests.observe({ data_source: installed(dataSource), status }, ms / 1000),
    swept(ms, rows) {
      sweeps.observe(ms / 1000)
      swept.inc(rows)
    },
    text: () => registry.metrics(),
  }
}
