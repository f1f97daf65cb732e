/**
 * What an outcome does to the row. New tokens are fenced by generation alone: a late answer is stored even when the lease is
 * gone, and a slower one than another never overwrites it.
 */

import type { ConnectionRow } from '../connections/transitions.ts'
import { emitForConnection, transition } from '../connections/transitions.ts'
import type { Database, Transaction } from '../db/database.ts'
import { and, eq, sql } from '../db/query.ts'
import { connections, credentials } from '../db/schema/index.ts'
import { notify } from '../db/signals.ts'
import type { Timings } from '../timings.ts'
import type { Sealed } from '../vault/vault.ts'
import { count, type Health } from './breaker.ts'
import { type CredentialRow, credentialSignal } from './credential.ts'
import { mayHaveBeenSpent, messageAfterRestore } from './mark-unknown.ts'

export interface NewPair {
  readonly sealed: Sealed
  readonly issuedAt: Date
  readonly expiresAt: Date | null
  readonly refreshAt: Date
  /** Of an unusable answer that carried a new refresh token: the access token is the former one, as good or dead as it was. */
  readonly failure?: { readonly outcome: string; readonly message: string } | undefined
}

const settledColumns = {
  intentGeneration: null,
  intentAt: null,
  unknownSince: null,
  answerLost: false,
  replays: 0,
} as const

/** Stores generation n + 1 where the row is still at n, and gives the lease of `row` back. False when another pair was first. */
export async function storePair(
  db: Database,
  { connectionId, generation, leaseHolder }: Pick<CredentialRow, 'connectionId' | 'generation' | 'leaseHolder'>,
  pair: NewPair,
  { health, timings }: { health: Health; timings: Timings },
): Promise<boolean> {
  return db.transaction(async (tx) => {
    const connection = await lockedConnection(tx, connectionId)
    const [stored] = await tx
      .update(credentials)
      .set({
        ...settledColumns,
        sealed: pair.sealed.sealed,
        keyId: pair.sealed.keyId,
        generation: generation + 1,
        issuedAt: pair.issuedAt,
        expiresAt: pair.expiresAt,
        refreshAt: pair.refreshAt,
        enqueuedUntil: null,
        leaseHolder: keptByOthers(credentials.leaseHolder, leaseHolder),
        leaseUntil: keptByOthers(credentials.leaseUntil, leaseHolder),
        ...(pair.failure
          ? { failures: sql`${credentials.failures} + 1` }
          : { failures: 0, rejectedAt: null, lastRefreshedAt: sql`now()` }),
        outcomes: sql`${credentials.outcomes} + 1`,
        lastOutcome: pair.failure?.outcome ?? 'refreshed',
        lastOutcomeMessage: pair.failure?.message ?? null,
      })
      .where(and(eq(credentials.connectionId, connectionId), eq(credentials.generation, generation)))
      .returning({ connectionId: credentials.connectionId })
    if (!stored || !connection) return false
    if (pair.failure) await degrade(tx, connectionId, pair.failure)
    else await recover(tx, connection, generation + 1, pair.expiresAt)
    await count(tx, health, timings)
    await notify(tx, credentialSignal(connectionId))
    return true
  })
}

const keptByOthers = (column: typeof credentials.leaseHolder | typeof credentials.leaseUntil, holder: string | null) =>
  sql`case when ${credentials.leaseHolder} is distinct from ${holder} then ${column} end`

async function recover(tx: Transaction, connection: ConnectionRow, generation: number, expiresAt: Date | null) {
  // A late answer also lifts a status that was set while it was on its way.
  const recovered = await transition(tx, connection.id, {
    from: ['degraded', 'needs_reauthorization'],
    to: 'active',
    event: 'connection.recovered',
    error: null,
    data: { generation },
  })
  await emitForConnection(tx, recovered ?? connection, 'connection.refreshed', {
    generation,
    expires_at: expiresAt?.toISOString() ?? null,
  })
}

async function degrade(tx: Transaction, connectionId: string, failure: { outcome: string; message: string }) {
  const error = { code: failure.outcome, message: failure.message }
  await transition(tx, connectionId, { from: ['active'], to: 'degraded', event: 'connection.degraded', error })
}

export interface FailedOutcome {
  readonly outcome: string
  readonly message: string
  /** When the sweep looks again; `null`: not before somebody asks. */
  readonly refreshAt: Date | null
  /** The attempt was provably not processed, so its intent is taken back. A replay's is not: the first one is still unknown. */
  readonly takeBack: 'intent' | 'replay' | 'nothing'
  /** The number of the attempt that failed: the intent of a later one stays. Absent when nothing was attempted. */
  readonly attempt?: number
  /** Decided from the row alone, so it holds only while so many replays stand there: one may have been taken back meanwhile. */
  readonly replays?: number
  readonly status: 'degraded' | 'needs_reauthorization' | 'unchanged'
}

/** Records an outcome without new tokens, and gives the lease of `row` back. False, and nothing done, when the row has moved on. */
export async function recordFailure(
  db: Database,
  { connectionId, generation, leaseHolder }: Pick<CredentialRow, 'connectionId' | 'generation' | 'leaseHolder'>,
  failure: FailedOutcome,
  { health, timings }: { health: Health | null; timings: Timings },
): Promise<boolean> {
  return db.transaction(async (tx) => {
    await lockedConnection(tx, connectionId)
    const [recorded] = await tx
      .update(credentials)
      .set({
        // `intentAt` stays: it says when the last call was made, which paces the next one.
        ...(failure.takeBack === 'intent'
          ? {
              intentGeneration: sql`case when ${credentials.intentAttempt} > ${failure.attempt ?? 0} then ${credentials.intentGeneration} end`,
            }
          : {}),
        // Its sender says itself that the answer is lost: nobody else has it.
        ...(failure.takeBack === 'nothing' && failure.attempt !== undefined
          ? {
              unknownSince: sql`case when ${credentials.intentAttempt} = ${failure.attempt} then coalesce(${credentials.unknownSince}, ${credentials.intentAt}) else ${credentials.unknownSince} end`,
              answerLost: sql`${credentials.answerLost} or ${credentials.intentAttempt} = ${failure.attempt}`,
            }
          : {}),
        ...(failure.takeBack === 'replay' ? { replays: sql`greatest(${credentials.replays} - 1, 0)` } : {}),
        refreshAt: failure.refreshAt,
        enqueuedUntil: null,
        leaseHolder: keptByOthers(credentials.leaseHolder, leaseHolder),
        leaseUntil: keptByOthers(credentials.leaseUntil, leaseHolder),
        failures: sql`${credentials.failures} + 1`,
        outcomes: sql`${credentials.outcomes} + 1`,
        lastOutcome: failure.outcome,
        lastOutcomeMessage: mayHaveBeenSpent.has(failure.outcome)
          ? messageAfterRestore(failure.message)
          : failure.message,
      })
      .where(
        and(
          eq(credentials.connectionId, connectionId),
          eq(credentials.generation, generation),
          failure.replays === undefined ? undefined : eq(credentials.replays, failure.replays),
        ),
      )
      .returning({ message: credentials.lastOutcomeMessage })
    if (recorded) {
      const { outcome } = failure
      const message = recorded.message ?? failure.message
      if (failure.status === 'needs_reauthorization')
        await transition(tx, connectionId, {
          from: ['pending', 'active', 'degraded'],
          to: 'needs_reauthorization',
          event: 'connection.needs_reauthorization',
          error: { code: outcome, message },
        })
      if (failure.status === 'degraded') await degrade(tx, connectionId, { outcome, message })
    }
    if (health) await count(tx, health, timings)
    await notify(tx, credentialSignal(connectionId))
    return recorded !== undefined
  })
}

/** Nothing was tried, so nothing failed; whoever waits learns why. */
export async function recordBreakerOpen(
  db: Database,
  { connectionId, generation }: Pick<CredentialRow, 'connectionId' | 'generation'>,
  refreshAt: Date,
  message: string,
): Promise<void> {
  await db
    .update(credentials)
    .set({
      refreshAt,
      enqueuedUntil: null,
      outcomes: sql`${credentials.outcomes} + 1`,
      lastOutcome: 'breaker_open',
      lastOutcomeMessage: message,
    })
    .where(and(eq(credentials.connectionId, connectionId), eq(credentials.generation, generation)))
}

/** Connections before credentials, as everywhere: two transactions never wait for each other. */
async function lockedConnection(tx: Transaction, id: string): Promise<ConnectionRow | undefined> {
  const [row] = await tx.select().from(connections).where(eq(connections.id, id)).for('no key update')
  return row
}
