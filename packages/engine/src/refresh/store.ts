/**
 * Where the protocol keeps its rows. Every call is one statement or one transaction, so it happens whole or not at all, and a
 * process may die between any two of them. In Postgres here; the properties of the protocol are also tested over one in memory,
 * which a test holds to this one.
 */
import type { OpenClient } from '../clients/clients.ts'
import type { Database } from '../db/database.ts'
import type { Signals } from '../db/signals.ts'
import type { Timings } from '../timings.ts'
import { askForRefresh, forgetAsking, rejectToken } from './asking.ts'
import { type Admission, type BreakerKey, createAdmissions, type Health } from './breaker.ts'
import type { Ticks } from './clock.ts'
import { type CredentialRow, createLoads, credentialSignal, type LoadedCredential } from './credential.ts'
import { createWriteIntent, type Intent, takeIntentBack } from './intent.ts'
import { createTakeLease, type Lease, type LeaseTerm, releaseLease, renewLease } from './lease.ts'
import { createStartAttempt, type Started } from './start-attempt.ts'
import { createStoreTogether } from './store-together.ts'
import { type FailedOutcome, type NewPair, recordBreakerOpen, recordFailure, storePair } from './write.ts'

export interface RefreshStore {
  /** @throws EngineError `connection_not_found` */
  load(connectionId: string): Promise<LoadedCredential>
  /** Resolves when the row may have changed, and after `ms` at the latest. */
  changed(connectionId: string, ms: number): Promise<void>

  /**
   * Lease and intent at once, where row and client are as they were read, no attempt is open, nobody holds the lease and the breaker is closed.
   * Undefined, and nothing done, otherwise: the calls below find out what is different.
   */
  startAttempt(
    loaded: LoadedCredential,
    term: LeaseTerm,
    client: Pick<OpenClient, 'version'>,
  ): Promise<Started | undefined>
  takeLease(connectionId: string, term: LeaseTerm): Promise<Lease | undefined>
  /** For another term. False when it is no longer ours. */
  renewLease(lease: Lease): Promise<boolean>
  releaseLease(lease: Lease): Promise<void>
  /** Undefined when the lease is gone. */
  writeIntent(lease: Lease): Promise<Intent | undefined>
  takeIntentBack(row: CredentialRow, intent: Intent): Promise<void>
  /** Whether the breaker lets a token call out now. */
  admit(key: BreakerKey): Promise<Admission>
  /** Generation n + 1 where the row is still at n, and the lease of `row` is given back with it. False when another pair was first. */
  storePair(row: CredentialRow, pair: NewPair, health: Health): Promise<boolean>
  /** An outcome without new tokens; the lease of `row` is given back with it. False, and nothing done, when the row has moved on. */
  recordFailure(row: CredentialRow, failure: FailedOutcome, health: Health | null): Promise<boolean>
  /** An outcome for whoever waits, but not a failure of this connection: nothing was tried. */
  recordBreakerOpen(row: CredentialRow, refreshAt: Date, message: string): Promise<void>

  /** A caller needs another token than that of this generation: due now, and marked as enqueued for one horizon. */
  askForRefresh(connectionId: string, generation: number): Promise<void>
  /** The queue did not take it: the next sweep does. */
  forgetAsking(connectionId: string): Promise<void>
  /** The token of this generation is no longer served. A key is validated again. */
  rejectToken(connectionId: string, generation: number, options: { isKey: boolean }): Promise<void>
}

export function createPostgresStore(options: {
  readonly db: Database
  readonly signals: Pick<Signals, 'wait'>
  readonly timings: Timings
  readonly ticks?: Ticks
}): RefreshStore {
  const { db, signals, timings, ticks } = options
  const storeTogether = createStoreTogether(db)
  // Given back with the outcome already.
  const released = new WeakSet<CredentialRow>()
  return {
    load: createLoads(db, ticks),
    changed: (connectionId, ms) => signals.wait(credentialSignal(connectionId), ms),
    startAttempt: createStartAttempt(db, ticks),
    takeLease: createTakeLease(db, ticks),
    renewLease: (lease) => renewLease(db, lease),
    releaseLease: async (lease) => {
      if (!released.has(lease.row)) await releaseLease(db, lease)
    },
    writeIntent: createWriteIntent(db),
    takeIntentBack: (row, intent) => takeIntentBack(db, row, intent),
    admit: createAdmissions(db, timings),
    async storePair(row, pair, health) {
      const isUsual = pair.failure === undefined && health.isWell
      const isStored =
        (isUsual && (await storeTogether({ row, pair, breaker: health.key }))) ||
        (await storePair(db, row, pair, { health, timings }))
      if (isStored) released.add(row)
      return isStored
    },
    async recordFailure(row, failure, health) {
      const isRecorded = await recordFailure(db, row, failure, { health, timings })
      if (isRecorded) released.add(row)
      return isRecorded
    },
    recordBreakerOpen: (row, refreshAt, message) => recordBreakerOpen(db, row, refreshAt, message),
    askForRefresh: (connectionId, generation) => askForRefresh(db, connectionId, generation, timings),
    forgetAsking: (connectionId) => forgetAsking(db, connectionId),
    rejectToken: (connectionId, generation, { isKey }) => rejectToken(db, connectionId, generation, isKey),
  }
}
