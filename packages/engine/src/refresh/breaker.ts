/**
 * The breaker of a (data source, client). After some failures in a row that are the provider's or the client's, token calls
 * with that client stop; then one probe at a time is let through, over all processes, until one succeeds. A `revoked`
 * grant counts as success: the provider answered. A new client secret deletes the row (clients/clients.ts).
 */

import type { Database, Transaction } from '../db/database.ts'
import { and, eq, sql } from '../db/query.ts'
import { breakers } from '../db/schema/index.ts'
import type { Timings } from '../timings.ts'

type Key = { readonly dataSource: string; readonly clientId: string }

const where = (key: Key) => and(eq(breakers.dataSource, key.dataSource), eq(breakers.clientId, key.clientId))

/** Whether a token call may go out now; when not, milliseconds until it is worth asking again. */
export async function admit(
  db: Database,
  key: Key,
  timings: Timings,
): Promise<{ open: false } | { open: true; retryMs: number }> {
  const [row] = await db
    .select({
      openMs: sql<number | null>`extract(epoch from ${breakers.openUntil} - clock_timestamp()) * 1000`.mapWith(Number),
      isTripped: sql<boolean>`${breakers.openUntil} is not null`,
    })
    .from(breakers)
    .where(where(key))
  if (!row?.isTripped) return { open: false }
  if ((row.openMs ?? 0) > 0) return { open: true, retryMs: Math.ceil(row.openMs as number) }
  // Half open: whoever takes the probe goes; the others wait for its outcome.
  const [probe] = await db
    .update(breakers)
    .set({ probeUntil: sql`clock_timestamp() + ${`${timings.tokenCallMs} milliseconds`}::interval` })
    .where(and(where(key), sql`(${breakers.probeUntil} is null or ${breakers.probeUntil} <= clock_timestamp())`))
    .returning({ dataSource: breakers.dataSource })
  return probe ? { open: false } : { open: true, retryMs: 1_000 }
}

export async function countSuccess(tx: Transaction, key: Key): Promise<void> {
  await tx.delete(breakers).where(where(key))
}

export async function countFailure(
  tx: Transaction,
  key: Key,
  failure: { reason: string; retryAfterMs?: number | undefined },
  timings: Timings,
): Promise<void> {
  const openMs = Math.max(failure.retryAfterMs ?? 0, timings.breakerOpenMs)
  const until = sql`clock_timestamp() + ${`${openMs} milliseconds`}::interval`
  // The client's own fault does not heal by asking again: one is enough.
  const most = failure.reason === 'client_misconfigured' ? 1 : timings.breakerFailures
  await tx
    .insert(breakers)
    .values({ ...key, failures: 1, reason: failure.reason, openUntil: most <= 1 ? until : null })
    .onConflictDoUpdate({
      target: [breakers.dataSource, breakers.clientId],
      set: {
        failures: sql`${breakers.failures} + 1`,
        reason: failure.reason,
        openUntil: sql`case when ${breakers.failures} + 1 >= ${most} then ${until} else ${breakers.openUntil} end`,
        probeUntil: null,
        updatedAt: sql`now()`,
      },
    })
}
