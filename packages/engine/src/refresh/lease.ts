/**
 * The lease on a credential row, by the database's clock. Whoever does not hold it waits or gives up, and never goes ahead
 * without it. Its holder checks a monotonic deadline right before sending, which also holds for a process that was paused.
 */

import type { Database } from '../db/database.ts'
import { and, eq, sql } from '../db/query.ts'
import { credentials } from '../db/schema/index.ts'
import { notify } from '../db/signals.ts'
import { newNonce } from '../ids.ts'
import type { Timings } from '../timings.ts'
import { type DatabaseTime, databaseTime, processTicks, type Ticks } from './clock.ts'
import { type CredentialRow, credentialSignal } from './credential.ts'

export interface Lease {
  readonly connectionId: string
  readonly holder: string
  /** The row as it was when the lease was taken. */
  readonly row: CredentialRow
  readonly time: DatabaseTime
  /** Whether a token call that starts now ends within the lease. */
  maySend(): boolean
}

export async function takeLease(
  db: Database,
  connectionId: string,
  timings: Timings,
  ticks: Ticks = processTicks,
): Promise<Lease | undefined> {
  const holder = newNonce()
  const asked = ticks()
  const [row] = await db
    .update(credentials)
    .set({ leaseHolder: holder, leaseUntil: sql`clock_timestamp() + ${`${timings.leaseMs} milliseconds`}::interval` })
    .where(
      and(
        eq(credentials.connectionId, connectionId),
        sql`(${credentials.leaseUntil} is null or ${credentials.leaseUntil} <= clock_timestamp())`,
      ),
    )
    .returning()
  return row && leaseOf(row, asked, timings, ticks)
}

/** `asked` is from before the statement: the database's lease starts later, so ours ends first. */
export function leaseOf(row: CredentialRow, asked: number, timings: Timings, ticks: Ticks): Lease {
  const takenAt = new Date((row.leaseUntil as Date).getTime() - timings.leaseMs)
  return {
    connectionId: row.connectionId,
    holder: row.leaseHolder as string,
    row,
    time: databaseTime(takenAt, asked, ticks(), ticks),
    maySend: () => ticks() - asked < timings.leaseMs - timings.tokenCallMs,
  }
}

/** Gives it back if it is still ours, and wakes who waits. */
export async function releaseLease(db: Database, lease: Lease): Promise<void> {
  await db
    .update(credentials)
    .set({ leaseHolder: null, leaseUntil: null })
    .where(and(eq(credentials.connectionId, lease.connectionId), eq(credentials.leaseHolder, lease.holder)))
  await notify(db, credentialSignal(lease.connectionId))
}
