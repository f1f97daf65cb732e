/**
 * The breaker of a (data source, client). After some failures in a row that are the provider's or the client's, token calls
 * with that client stop; then one probe at a time is let through, over all processes, until one succeeds. A `revoked`
 * grant counts as success: the provider answered. A new client secret deletes the row (clients/clients.ts).
 */

import type { Database, Transaction } from '../db/database.ts'
import { gatherByName } from '../db/gather.ts'
import { and, eq, isNotNull, sql } from '../db/query.ts'
import { breakers } from '../db/schema/index.ts'
import { listOf } from '../db/statement.ts'
import type { Timings } from '../timings.ts'

export type BreakerKey = { readonly dataSource: string; readonly clientId: string }

/** Whether a token call may go out now; when not, milliseconds until it is worth asking again. */
export type Admission = { readonly open: false } | { readonly open: true; readonly retryMs: number }

/** What an answer, or its absence, says about the provider and the client. */
export type Health =
  | { readonly key: BreakerKey; readonly isWell: true }
  | {
      readonly key: BreakerKey
      readonly isWell: false
      readonly reason: string
      readonly retryAfterMs?: number | undefined
    }

const where = (key: BreakerKey) => and(eq(breakers.dataSource, key.dataSource), eq(breakers.clientId, key.clientId))

/**
 * Until when no token call goes out, of a joined row: the breaker is open, or somebody's probe is under way. Null when the next one may
 * go, which is the probe.
 */
export const pausedUntil = sql<Date | null>`case when ${breakers.openUntil} is not null
  and greatest(${breakers.openUntil}, ${breakers.probeUntil}) > clock_timestamp()
  then greatest(${breakers.openUntil}, ${breakers.probeUntil}) end`.mapWith(breakers.openUntil)

/** A client is one of one data source, so its id alone finds its breaker. */
export function createAdmissions(db: Database, timings: Timings): (key: BreakerKey) => Promise<Admission> {
  const statement = db
    .select({
      clientId: breakers.clientId,
      openMs: sql<number | null>`extract(epoch from ${breakers.openUntil} - clock_timestamp()) * 1000`.mapWith(Number),
    })
    .from(breakers)
    .where(and(isNotNull(breakers.openUntil), sql`${breakers.clientId} = any(${listOf('clientIds')})`))
    .prepare('read_breakers')
  /** The breaker when it is open or half open; shared by whoever asks at the same moment. */
  const tripped = gatherByName(
    async (clientIds) => new Map((await statement.execute({ clientIds })).map((row) => [row.clientId, row])),
    { most: 100, atOnce: 2 },
  )

  return async (key) => {
    const row = await tripped(key.clientId)
    if (!row) return { open: false }
    if ((row.openMs ?? 0) > 0) return { open: true, retryMs: Math.ceil(row.openMs as number) }
    // Half open: whoever takes the probe goes; the others wait for its outcome.
    const [probe] = await db
      .update(breakers)
      .set({ probeUntil: sql`clock_timestamp() + ${`${timings.tokenCallMs} milliseconds`}::interval` })
      .where(and(where(key), sql`(${breakers.probeUntil} is null or ${breakers.probeUntil} <= clock_timestamp())`))
      .returning({ dataSource: breakers.dataSource })
    return probe ? { open: false } : { open: true, retryMs: 1_000 }
  }
}

export async function count(tx: Transaction, health: Health, timings: Timings): Promise<void> {
  if (health.isWell) {
    await tx.delete(breakers).where(where(health.key))
    return
  }
  const openMs = Math.max(health.retryAfterMs ?? 0, timings.breakerOpenMs)
  const until = sql`clock_timestamp() + ${`${openMs} milliseconds`}::interval`
  const most = failuresBeforeOpen(health.reason, timings)
  await tx
    .insert(breakers)
    .values({ ...health.key, failures: 1, reason: health.reason, openUntil: most <= 1 ? until : null })
    .onConflictDoUpdate({
      target: [breakers.dataSource, breakers.clientId],
      set: {
        failures: sql`${breakers.failures} + 1`,
        reason: health.reason,
        openUntil: sql`case when ${breakers.failures} + 1 >= ${most} then ${until} else ${breakers.openUntil} end`,
        probeUntil: null,
        updatedAt: sql`now()`,
      },
    })
}

/** The client's own fault does not heal by asking again: one is enough. */
export function failuresBeforeOpen(reason: string, timings: Pick<Timings, 'breakerFailures'>): number {
  return reason === 'client_misconfigured' ? 1 : timings.breakerFailures
}
