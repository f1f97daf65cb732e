/** Makes sure, before a run starts, that its credential will hold for a while. */
import type { Registry } from '@wellhead/plugin-host'
import type { Database } from '../db/database.ts'
import { eq } from '../db/query.ts'
import { runs } from '../db/schema/index.ts'
import { EngineError } from '../errors.ts'
import { remainingMs, requireUsable } from '../refresh/access.ts'
import { loadCredential } from '../refresh/credential.ts'
import type { Refresher } from '../refresh/refresh.ts'
import type { Timings } from '../timings.ts'
import { finishRun } from './end.ts'

/** Says that the run cannot start now; the sweep brings it back. */
export class PreflightLater extends Error {}

export async function preflightRun(
  deps: { db: Database; registry: Registry; refresher: Refresher; timings: Timings },
  runId: string,
): Promise<void> {
  const { db, timings } = deps
  const [run] = await db.select().from(runs).where(eq(runs.id, runId))
  if (!run || run.finishedAt || run.cancelRequestedAt) return
  const fail = (error: { code: string; message: string }) =>
    db.transaction((tx) =>
      finishRun(tx, run, { status: 'failed', error: { code: error.code, message: error.message } }),
    )

  let loaded = await loadCredential(db, run.connectionId)
  // Its key was replaced and is being proven.
  if (loaded.connection.status === 'pending' && run.deadlineAt.getTime() > Date.now()) {
    await db
      .update(runs)
      .set({ dueAt: new Date(Date.now() + timings.backoffMs), enqueuedUntil: null })
      .where(eq(runs.id, runId))
    throw new PreflightLater('The connection of this run is being validated.')
  }
  try {
    requireUsable(loaded.connection.status)
  } catch (error) {
    if (error instanceof EngineError) return void (await fail(error))
    throw error
  }
  if (loaded.connection.method === 'api_key') return
  const { credential } = loaded
  // Never more than most of what the source can give.
  const lifetime = credential.expiresAt ? credential.expiresAt.getTime() - credential.issuedAt.getTime() : 0
  if (remainingMs(credential) > Math.min(timings.preflightMs, lifetime * 0.8)) return

  const result = await deps.refresher.refresh(run.connectionId, {
    seenGeneration: credential.generation,
    waitMs: timings.callerWaitMs,
  })
  loaded = await loadCredential(db, run.connectionId)
  // A token that is good for less long is still good.
  if (remainingMs(loaded.credential) > 0) return
  if (loaded.connection.status === 'needs_reauthorization')
    return void (await fail({
      code: 'needs_reauthorization',
      message: 'The provider ended this connection. Authorize it again.',
    }))
  // Waiting mends nothing here: an operator must.
  if (result.outcome === 'unreadable') return void (await fail({ code: 'refresh_failed', message: result.message }))
  if (run.deadlineAt.getTime() <= Date.now())
    return void (await fail({ code: 'refresh_failed', message: `The token could not be refreshed: ${result.message}` }))
  await db
    .update(runs)
    .set({ dueAt: loaded.credential.refreshAt ?? new Date(Date.now() + timings.backoffMs), enqueuedUntil: null })
    .where(eq(runs.id, runId))
  throw new PreflightLater('The credential of this run cannot be refreshed right now.')
}
