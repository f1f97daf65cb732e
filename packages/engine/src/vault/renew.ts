/**
 * Gives workspaces new data keys. The former ones stay, to open what they sealed.
 *
 * Rounds make it resumable: each re-sealing is a round, and a data key knows the round that made it. A round that was
 * interrupted left primary data keys of a former one behind, and those are what is left to do.
 */
import { randomBytes } from 'node:crypto'
import type { Database } from '../db/database.ts'
import { and, asc, count, eq, gt, lt, max, sql } from '../db/query.ts'
import { dataKeys } from '../db/schema/index.ts'
import { newId } from '../ids.ts'
import { throughPages, type Watch } from './batches.ts'
import { contextOf } from './data-keys.ts'
import type { Keys } from './key-service.ts'

export async function newestRound(db: Database): Promise<number> {
  const [row] = await db.select({ round: max(dataKeys.round) }).from(dataKeys)
  return row?.round ?? 0
}

/** @returns how many data keys were made: one for each workspace whose own is of a former round */
export async function renew(db: Database, keys: Keys, round: number, watch: Watch): Promise<number> {
  const former = and(eq(dataKeys.isPrimary, true), lt(dataKeys.round, round))
  const [waiting] = await db.select({ count: count() }).from(dataKeys).where(former)
  let left = waiting?.count ?? 0
  let done = 0
  await throughPages(
    (after, limit) =>
      db
        .select({ id: dataKeys.id, workspaceId: dataKeys.workspaceId })
        .from(dataKeys)
        .where(and(former, gt(dataKeys.id, after)))
        .orderBy(asc(dataKeys.id))
        .limit(limit),
    async ({ id, workspaceId }) => {
      const next = newId('dek')
      // Asked before the transaction, which is then as short as two statements.
      const wrapped = await keys.wrap(contextOf({ workspaceId, id: next }), randomBytes(32))
      await db.transaction(async (tx) => {
        const [superseded] = await tx
          .update(dataKeys)
          .set({ isPrimary: false, supersededAt: sql`clock_timestamp()` })
          .where(and(eq(dataKeys.id, id), eq(dataKeys.isPrimary, true)))
          .returning({ id: dataKeys.id })
        // Somebody else was first.
        if (!superseded) return
        await tx.insert(dataKeys).values({ id: next, workspaceId, ...wrapped, round })
        done++
      })
      watch({ step: 'renew', done, left: Math.max(0, --left) })
    },
  )
  return done
}
