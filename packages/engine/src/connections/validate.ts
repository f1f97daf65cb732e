/**
 * Proves a credential by the data source's cheapest free call and learns whose it is.
 *
 * An answer settles the work: `active`, or `invalid` (API key) or `needs_reauthorization` (OAuth). A passing fault does
 * not: the work stays due, later and later, and the connection keeps its status.
 */
import { isDataSourceError, isRetryable, type Logger } from '@wellhead/datasource-node'
import type { Registry } from '@wellhead/plugin-host'
import type { Database } from '../db/database.ts'
import { and, eq, sql } from '../db/query.ts'
import { connections, credentials } from '../db/schema/index.ts'
import { notify } from '../db/signals.ts'
import { storable } from '../db/storable.ts'
import { reasonOf } from '../db/until-it-lands.ts'
import { EngineError } from '../errors.ts'
import { errorBehind } from '../refresh/access.ts'
import { backoffMs } from '../refresh/schedule.ts'
import type { Timings } from '../timings.ts'
import type { Contexts } from './contexts.ts'
import { type ConnectionRow, connectionSignal, transition } from './transitions.ts'

/** Tries of one validation of a connection that worked before, or whose data source fails unexpectedly. */
const MOST_ATTEMPTS = 8

export async function validateConnection(
  deps: { db: Database; registry: Registry; contexts: Contexts; timings: Timings; log: Logger },
  connectionId: string,
  signal: AbortSignal,
): Promise<void> {
  const { db } = deps
  // Not before its time, whichever job asks: a provider may have said how long to wait.
  const [row] = await db
    .select()
    .from(connections)
    .where(and(eq(connections.id, connectionId), sql`${connections.dueAt} <= clock_timestamp()`))
  if (row?.work !== 'validate') return
  const source = deps.registry.get(row.dataSource)?.source
  if (!source)
    return settle(deps, row, { code: 'data_source_not_found', message: 'This data source is not installed any more.' })
  try {
    const account = await source.identify(deps.contexts.of(row, signal), row.tokenInfo)
    await db.transaction(async (tx) => {
      const done = await tx
        .update(connections)
        .set(workDone(row))
        .where(sameWork(row))
        .returning({ id: connections.id })
      if (done.length === 0) return
      await tx
        .update(credentials)
        .set({ rejectedAt: null })
        .where(
          and(
            eq(credentials.connectionId, row.id),
            sql`${credentials.intentGeneration} is distinct from ${credentials.generation}`,
          ),
        )
      await transition(tx, row.id, {
        from: ['pending', 'active', 'degraded', 'needs_reauthorization', 'invalid'],
        to: row.status === 'degraded' ? 'degraded' : 'active',
        event:
          row.status === 'pending' || row.status === 'active' || row.status === 'degraded'
            ? 'connection.validated'
            : 'connection.recovered',
        ...(row.status === 'degraded' ? {} : { error: null }),
        set: storable({
          accountId: account.accountId,
          accountName: account.name,
          accountAvatarUrl: account.avatarUrl,
          grantKey: account.grantKey,
        }),
      })
    })
  } catch (thrown) {
    if (signal.aborted) throw thrown
    const error = errorBehind(thrown)
    if (isDataSourceError(error)) {
      // A new connection waits however long it takes: "invalid" is the word for a key that was refused.
      const waits = isRetryable(error) && (row.status === 'pending' || row.attempts < MOST_ATTEMPTS)
      return waits ? later(deps, row, error) : settle(deps, row, error)
    }
    if (error instanceof EngineError) return settle(deps, row, error)
    deps.log.error('a validation failed unexpectedly', { connectionId: row.id, error: reasonOf(error) })
    const failure = { code: 'internal_error', message: 'The validation failed unexpectedly. The log says more.' }
    return row.attempts < MOST_ATTEMPTS ? later(deps, row, failure) : settle(deps, row, failure)
  }
}

async function settle(
  { db }: { db: Database },
  row: ConnectionRow,
  error: { code: string; message: string },
): Promise<void> {
  const failure = { code: error.code, message: storable(error.message) }
  await db.transaction(async (tx) => {
    const done = await tx.update(connections).set(workDone(row)).where(sameWork(row)).returning({ id: connections.id })
    if (done.length === 0) return
    if (error.code === 'unauthorized') {
      const isKey = row.method === 'api_key'
      await transition(tx, row.id, {
        from: ['pending', 'active', 'degraded'],
        to: isKey ? 'invalid' : 'needs_reauthorization',
        event: isKey ? 'connection.invalid' : 'connection.needs_reauthorization',
        error: failure,
      })
      // A credential that is known to be refused is not refreshed by itself any more.
      await tx.update(credentials).set({ refreshAt: null }).where(eq(credentials.connectionId, row.id))
    } else if (row.status === 'pending') {
      await transition(tx, row.id, { to: 'invalid', event: 'connection.invalid', error: failure })
    } else {
      // The credential is not to blame: its status stays, and the reason is shown.
      await tx
        .update(connections)
        .set({ lastError: { ...failure, at: new Date().toISOString() }, updatedAt: sql`now()` })
        .where(eq(connections.id, row.id))
    }
    await notify(tx, connectionSignal(row.id))
  })
}

async function later(
  { db, timings }: { db: Database; timings: Timings },
  row: ConnectionRow,
  error: { code: string; message: string; retryAfterMs?: number | undefined },
): Promise<void> {
  const wait = Math.max(error.retryAfterMs ?? 0, backoffMs(row.attempts + 1, timings))
  await db
    .update(connections)
    .set({
      attempts: row.attempts + 1,
      dueAt: new Date(Date.now() + wait),
      enqueuedUntil: null,
      lastError: { code: error.code, message: storable(error.message), at: new Date().toISOString() },
    })
    .where(sameWork(row))
  await notify(db, connectionSignal(row.id))
}

/** Still the work that was looked at, and not a newer request for it. */
const sameWork = (row: ConnectionRow) =>
  and(eq(connections.id, row.id), eq(connections.work, 'validate'), eq(connections.sequence, row.sequence))

const workDone = (row: ConnectionRow) => ({
  work: null,
  dueAt: null,
  enqueuedUntil: null,
  attempts: 0,
  settledSequence: row.sequence,
})
