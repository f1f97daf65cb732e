/** What callers write into the row: that they need another token, and that one was refused. */
import type { Database } from '../db/database.ts'
import { and, eq, sql } from '../db/query.ts'
import { connections, credentials } from '../db/schema/index.ts'
import { notify } from '../db/signals.ts'
import type { Timings } from '../timings.ts'
import { credentialSignal } from './credential.ts'

/** Due now: the sweep finds it when the queue loses the job. */
export async function askForRefresh(
  db: Database,
  connectionId: string,
  generation: number,
  timings: Timings,
): Promise<void> {
  const horizon = sql`clock_timestamp() + ${`${timings.horizonMs} milliseconds`}::interval`
  await db
    .update(credentials)
    .set({
      refreshAt: sql`least(${credentials.refreshAt}, clock_timestamp())`,
      // Not past the lease of who has it in hand: at its end the sweep looks whether that one is gone.
      enqueuedUntil: sql`case when lease_until > clock_timestamp() then least(lease_until, ${horizon}) else ${horizon} end`,
    })
    .where(and(eq(credentials.connectionId, connectionId), eq(credentials.generation, generation)))
}

export async function forgetAsking(db: Database, connectionId: string): Promise<void> {
  await db.update(credentials).set({ enqueuedUntil: null }).where(eq(credentials.connectionId, connectionId))
}

export async function rejectToken(
  db: Database,
  connectionId: string,
  generation: number,
  isKey: boolean,
): Promise<void> {
  await db.transaction(async (tx) => {
    // Connections before credentials, as everywhere: two transactions never wait for each other.
    if (isKey)
      await tx
        .update(connections)
        .set({ work: 'validate', dueAt: sql`clock_timestamp()`, enqueuedUntil: null })
        .where(and(eq(connections.id, connectionId), sql`${connections.work} is null`))
    await tx
      .update(credentials)
      .set({ rejectedAt: sql`coalesce(${credentials.rejectedAt}, clock_timestamp())` })
      .where(and(eq(credentials.connectionId, connectionId), eq(credentials.generation, generation)))
    await notify(tx, credentialSignal(connectionId))
  })
}
