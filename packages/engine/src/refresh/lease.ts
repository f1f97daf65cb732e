/**
 * The lease on a credential row, by the database's clock. Whoever does not hold it waits or gives up, and never goes ahead
 * without it. Its holder checks a monotonic deadline right before sending, which also holds for a process that was paused.
 */

import type { ReplayFact } from '@wellhead/datasource-node'
import type { Database } from '../db/database.ts'
import { gatherUnlocked } from '../db/gather.ts'
import { and, eq, getTableColumns, type SQL, sql } from '../db/query.ts'
import { credentials } from '../db/schema/index.ts'
import { CHANNEL } from '../db/signals.ts'
import { listOf } from '../db/statement.ts'
import { newNonce } from '../ids.ts'
import type { Timings } from '../timings.ts'
import { type DatabaseTime, databaseTime, processTicks, type Ticks } from './clock.ts'
import { type CredentialRow, credentialSignal } from './credential.ts'

/** How long a lease lasts, in milliseconds, and how a token call fits into it. */
export interface LeaseTerm {
  readonly ms: number
  /** A call must begin so long before its end. */
  readonly callMs: number
  /** It is prolonged while the call is under way. */
  readonly isRenewed: boolean
}

/** Of a grace, so much is waited before somebody else sends again what its dead holder may have sent. */
const SHARE_OF_GRACE = 0.25

/**
 * Around a whole token call, so that nobody else sends while its holder may still do so. Where a token may be sent again for a
 * short while, that would be too late: there the lease is short, and renewed as long as its holder lives.
 */
export function leaseTermFor(replay: ReplayFact, timings: Pick<Timings, 'leaseMs' | 'tokenCallMs'>): LeaseTerm {
  const ms = replay.kind === 'grace' ? replay.graceSeconds * 1000 * SHARE_OF_GRACE : Number.POSITIVE_INFINITY
  if (ms >= timings.leaseMs) return { ms: timings.leaseMs, callMs: timings.tokenCallMs, isRenewed: false }
  return { ms, callMs: ms / 2, isRenewed: true }
}

export interface Lease {
  readonly connectionId: string
  readonly holder: string
  readonly term: LeaseTerm
  /** The row as it was when the lease was taken. */
  readonly row: CredentialRow
  readonly time: DatabaseTime
  /** Whether a token call that starts now ends within the lease, or finds it renewed. */
  maySend(): boolean
}

/** Undefined when somebody else has it. */
export function createTakeLease(
  db: Database,
  ticks: Ticks = processTicks,
): (connectionId: string, term: LeaseTerm) => Promise<Lease | undefined> {
  const statement = (onlyUnlocked: boolean) =>
    db
      .update(credentials)
      .set({ leaseHolder: sql`asked.holder`, ...until(sql`asked.length`) })
      .from(
        sql`unnest(${listOf('ids')}, ${listOf('holders')}, ${listOf('lengths', 'interval')})
          as asked (id, holder, length)`,
      )
      .where(and(eq(credentials.connectionId, sql`asked.id`), isFree, onlyUnlocked ? unlocked : undefined))
      .returning(getTableColumns(credentials))
      .prepare('take_leases')
  const statements = { together: statement(true), alone: statement(false) }

  async function take(how: keyof typeof statements, wanted: readonly Wanted[]): Promise<(Lease | undefined)[]> {
    const asked = ticks()
    const rows = await statements[how].execute({
      ids: wanted.map(({ connectionId }) => connectionId),
      holders: wanted.map(({ holder }) => holder),
      lengths: wanted.map(({ term }) => lengthOf(term)),
    })
    const held = new Map(rows.map((row) => [row.leaseHolder, row]))
    return wanted.map(({ holder, term }) => {
      const row = held.get(holder)
      return row && leaseOf(row, { asked, term, ticks })
    })
  }

  const lease = gatherUnlocked<Wanted, Lease | undefined>(
    (wanted) => take('together', wanted),
    async (wanted) => (await take('alone', [wanted]))[0],
    TOGETHER,
  )
  return (connectionId, term) => lease({ connectionId, term, holder: newNonce() })
}

interface Wanted {
  readonly connectionId: string
  readonly holder: string
  readonly term: LeaseTerm
}

/** How many steps of refreshes one statement carries. */
export const TOGETHER = { most: 100, atOnce: 2 } as const

/** Nobody holds it. */
export const isFree = sql`(${credentials.leaseUntil} is null or ${credentials.leaseUntil} <= clock_timestamp())`

/** Of the credentials that are asked for, those that no other transaction has locked. An array, so that they are locked once. */
export const unlocked = sql`${credentials.connectionId} = any(array(
  select connection_id from credentials where connection_id = any(${listOf('ids')})
  for no key update skip locked))`

/** For another term from now on, if it is still ours. */
export async function renewLease(db: Database, { connectionId, holder, term }: Lease): Promise<boolean> {
  const renewed = await db
    .update(credentials)
    .set(until(sql`${lengthOf(term)}`))
    .where(and(eq(credentials.connectionId, connectionId), eq(credentials.leaseHolder, holder)))
    .returning({ holder: credentials.leaseHolder })
  return renewed.length > 0
}

export const lengthOf = ({ ms }: LeaseTerm): string => `${ms} milliseconds`

/** What a lease of this length sets, from now on. */
export function until(length: SQL) {
  const end = sql<Date>`clock_timestamp() + ${length}::interval`
  // Whatever brought the row here is in hand: when it dies with its holder, the sweep finds the row at the end of the lease.
  return {
    leaseUntil: end,
    enqueuedUntil: sql<Date | null>`case when enqueued_until > ${end} then ${end} else enqueued_until end`,
  }
}

/** `asked` is from before the statement: the database's lease starts later, so ours ends first. */
export function leaseOf(
  row: CredentialRow,
  { asked, term, ticks }: { asked: number; term: LeaseTerm; ticks: Ticks },
): Lease {
  const takenAt = new Date((row.leaseUntil as Date).getTime() - term.ms)
  return {
    connectionId: row.connectionId,
    holder: row.leaseHolder as string,
    term,
    row,
    time: databaseTime(takenAt, asked, ticks(), ticks),
    maySend: () => ticks() - asked < term.ms - term.callMs,
  }
}

/** Gives it back if it is still ours, and wakes who waits. Nearly always it has gone back with the outcome. */
export async function releaseLease(db: Database, { connectionId, holder }: Lease): Promise<void> {
  await db.execute(sql`
    with released as (
      update credentials set lease_holder = null, lease_until = null
      where connection_id = ${connectionId} and lease_holder = ${holder}
    )
    select pg_notify(${CHANNEL}, ${credentialSignal(connectionId)})`)
}
