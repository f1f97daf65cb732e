/** Every time limit of the engine in one place; tests and chaos runs scale them down. Milliseconds unless said otherwise. */
export interface Timings {
  /** Length of a refresh lease, and the most that the token call inside it may take. */
  readonly leaseMs: number
  readonly tokenCallMs: number
  /** How long a caller of the API waits for a refresh before it is told to come back. */
  readonly callerWaitMs: number
  /** How often a waiter looks at the row: signals are hints, this is the truth. */
  readonly pollMs: number
  readonly sweepMs: number
  readonly horizonMs: number
  readonly sweepLimit: number
  /** First and longest wait after failed refreshes in a row. */
  readonly backoffMs: number
  readonly longestBackoffMs: number
  /** A connection unused for this long is only kept alive. */
  readonly idleMs: number
  /** Refreshed at least this often where the spec does not say. */
  readonly keepAliveMs: number
  /** A run's credential must hold at least this long when it starts. */
  readonly preflightMs: number
  /** Lease of a run, renewed at a third of it. */
  readonly runLeaseMs: number
  /** Longest run. */
  readonly runDeadlineMs: number
  /** How long a worker that was told to stop waits for the jobs in hand. */
  readonly drainMs: number
  /** How long finished runs with their documents, and events, are kept. */
  readonly retentionMs: number
  /** Failures in a row that open the breaker of a client, and how long it stays open. */
  readonly breakerFailures: number
  readonly breakerOpenMs: number
}

export const defaultTimings: Timings = {
  leaseMs: 120_000,
  tokenCallMs: 90_000,
  callerWaitMs: 25_000,
  pollMs: 250,
  sweepMs: 5_000,
  horizonMs: 15_000,
  sweepLimit: 1_000,
  backoffMs: 5_000,
  longestBackoffMs: 30 * 60_000,
  idleMs: 3 * 24 * 3_600_000,
  keepAliveMs: 30 * 24 * 3_600_000,
  preflightMs: 10 * 60_000,
  runLeaseMs: 30_000,
  runDeadlineMs: 2 * 3_600_000,
  drainMs: 30_000,
  retentionMs: 30 * 24 * 3_600_000,
  breakerFailures: 5,
  breakerOpenMs: 30_000,
}
