/** How a run ends, whoever ends it: once, with one event in the same transaction. */

import { emitForConnection } from '../connections/transitions.ts'
import type { Transaction } from '../db/database.ts'
import { and, eq, isNull, sql } from '../db/query.ts'
import { connections, runs } from '../db/schema/index.ts'
import { notify } from '../db/signals.ts'
import { storable } from '../db/storable.ts'
import type { EventType } from '../model.ts'

export type RunRow = typeof runs.$inferSelect

/** What a waiter for a run listens to. */
export const runSignal = (id: string): string => `run:${id}`

export type RunEnd =
  | { readonly status: 'completed'; readonly nextCursor: string | null; readonly warnings: readonly string[] }
  | { readonly status: 'failed'; readonly error: { code: string; message: string } }
  | { readonly status: 'cancelled' }

/** Ends a run, once. `cancelAtProvider` keeps it due until the provider's own job is ended too. */
export async function finishRun(tx: Transaction, row: RunRow, end: RunEnd, cancelAtProvider = false): Promise<boolean> {
  const [ended] = await tx
    .update(runs)
    .set({
      status: end.status,
      finishedAt: sql`clock_timestamp()`,
      leaseHolder: null,
      leaseUntil: null,
      enqueuedUntil: null,
      cancelAtProvider,
      dueAt: cancelAtProvider ? sql`clock_timestamp()` : null,
      ...(cancelAtProvider ? {} : { checkpoint: null }),
      ...(end.status === 'completed' ? { nextCursor: end.nextCursor, warnings: storable([...end.warnings]) } : {}),
      ...(end.status === 'failed' ? { errorCode: end.error.code, errorMessage: storable(end.error.message) } : {}),
    })
    .where(
      and(
        eq(runs.id, row.id),
        sql`${runs.finishedAt} is null`,
        row.leaseHolder === null ? undefined : eq(runs.leaseHolder, row.leaseHolder),
      ),
    )
    .returning()
  if (!ended) return false
  await tellRun(tx, ended, `run.${end.status}`, {
    status: ended.status,
    document_count: ended.documentCount,
    ...(end.status === 'failed' ? { error: end.error } : {}),
  })
  return true
}

export async function tellRun(
  tx: Transaction,
  run: RunRow,
  type: Extract<EventType, `run.${string}`>,
  data: Record<string, unknown>,
): Promise<void> {
  const [connection] = await tx.select().from(connections).where(eq(connections.id, run.connectionId))
  if (connection)
    await emitForConnection(tx, connection, type, { operation: run.operation, ...data }, { runId: run.id })
  await notify(tx, runSignal(run.id))
}

/** Every run of a connection that is about to go: a queued one is cancelled, a running one is told. */
export async function cancelRunsOf(tx: Transaction, connectionId: string): Promise<void> {
  const told = await tx
    .update(runs)
    .set({
      cancelRequestedAt: sql`coalesce(${runs.cancelRequestedAt}, clock_timestamp())`,
      dueAt: sql`clock_timestamp()`,
      enqueuedUntil: null,
    })
    .where(and(eq(runs.connectionId, connectionId), isNull(runs.finishedAt)))
    .returning()
  for (const run of told) {
    if (run.status === 'queued') await finishRun(tx, run, { status: 'cancelled' })
    await notify(tx, runSignal(run.id))
  }
}
