/** Wraps every data key with the first key. The data keys themselves, and what they sealed, stay as they are. */
import type { Database } from '../db/database.ts'
import { and, asc, count, eq, gt, ne } from '../db/query.ts'
import { dataKeys } from '../db/schema/index.ts'
import { EngineError } from '../errors.ts'
import { throughPages, type Watch } from './batches.ts'
import { contextOf } from './data-keys.ts'
import type { Keys } from './key-service.ts'

/**
 * Goes on until no data key is left that another key wraps: a process that was given the keys in another order may make one
 * meanwhile. Fenced by what was read, so two at a time do each the half.
 *
 * @returns how many were wrapped anew, and the ids of those that could not be opened
 * @throws EngineError `vault_unavailable`: the rows say where to go on
 */
export async function rewrap(db: Database, keys: Keys, watch: Watch): Promise<{ done: number; failed: string[] }> {
  const failed = new Set<string>()
  let done = 0
  for (;;) {
    const others = ne(dataKeys.wrappedBy, await keys.primaryId())
    const [waiting] = await db.select({ count: count() }).from(dataKeys).where(others)
    let left = (waiting?.count ?? 0) - failed.size
    const before = done
    await throughPages(
      (after, limit) =>
        db
          .select()
          .from(dataKeys)
          .where(and(others, gt(dataKeys.id, after)))
          .orderBy(asc(dataKeys.id))
          .limit(limit),
      async (row) => {
        if (failed.has(row.id)) return
        const context = contextOf(row)
        const key = await keys.unwrap(context, row).catch((error) => {
          if (error instanceof EngineError && error.code === 'vault_unavailable') throw error
          failed.add(row.id)
        })
        if (key) {
          const changed = await db
            .update(dataKeys)
            .set(await keys.wrap(context, key))
            .where(
              and(eq(dataKeys.id, row.id), eq(dataKeys.wrappedBy, row.wrappedBy), eq(dataKeys.wrapped, row.wrapped)),
            )
            .returning({ id: dataKeys.id })
          done += changed.length
        }
        watch({ step: 'rewrap', done, left: Math.max(0, --left) })
      },
    )
    if (done === before) return { done, failed: [...failed] }
  }
}
