/** What time ends by itself: attempts nobody finished, and what is kept only for a while. */
import type { Logger } from '@wellhead/datasource-node'
import type { Database } from '../db/database.ts'
import { and, eq, inArray, isNotNull, lte, notInArray, sql } from '../db/query.ts'
import { authorizations, blobErasures, documents, events, runs } from '../db/schema/index.ts'
import { reasonOf } from '../db/until-it-lands.ts'
import type { Blobs } from '../documents/blobs.ts'
import { finish } from '../oauth/attempt.ts'
import type { Timings } from '../timings.ts'
import { retireDataKeys } from '../vault/retire.ts'

const BATCH = 500

export async function keepHouse(deps: { db: Database; blobs: Blobs; timings: Timings; log: Logger }): Promise<void> {
  const { db, blobs, timings } = deps
  const kept = sql`now() - ${`${timings.retentionMs} milliseconds`}::interval`

  const over = await db
    .select()
    .from(authorizations)
    .where(and(eq(authorizations.status, 'pending'), lte(authorizations.expiresAt, sql`now()`)))
    .limit(BATCH)
  for (const row of over)
    await finish(deps, row, 'expired', {
      code: 'authorization_expired',
      message: 'This attempt took longer than ten minutes. Start again.',
    })

  // Ended attempts hold no secret any more; gone, they no longer keep a former OAuth client either.
  await db
    .delete(authorizations)
    .where(and(notInArray(authorizations.status, ['pending', 'exchanging']), lte(authorizations.createdAt, kept)))

  const old = await db
    .select({ id: runs.id })
    .from(runs)
    .where(and(isNotNull(runs.finishedAt), lte(runs.finishedAt, kept)))
    .limit(BATCH)
  if (old.length > 0)
    await db.transaction(async (tx) => {
      const ids = old.map((run) => run.id)
      const held = await tx
        .select({ blobKey: documents.blobKey })
        .from(documents)
        .where(and(inArray(documents.runId, ids), isNotNull(documents.blobKey)))
      if (held.length > 0)
        await tx
          .insert(blobErasures)
          .values(held.map((row) => ({ blobKey: row.blobKey as string })))
          .onConflictDoNothing()
      await tx.delete(runs).where(inArray(runs.id, ids))
    })

  const erasures = await db.select().from(blobErasures).where(lte(blobErasures.createdAt, sql`now()`)).limit(BATCH)
  for (const { blobKey } of erasures) {
    try {
      await blobs.erase(blobKey)
      await db.delete(blobErasures).where(eq(blobErasures.blobKey, blobKey))
    } catch (error) {
      deps.log.warn('a blob could not be erased; trying again later', { error: reasonOf(error) })
    }
  }

  await retireDataKeys(db)
  await db.delete(events).where(and(isNotNull(events.position), lte(events.createdAt, kept)))
}
