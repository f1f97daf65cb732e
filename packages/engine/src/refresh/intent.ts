/** The intent: "attempt k on generation n", committed before a token call, so that a crash leaves a trace of it. */
import type { Database } from '../db/database.ts'
import { gatherUnlocked } from '../db/gather.ts'
import { and, eq, sql } from '../db/query.ts'
import { credentials } from '../db/schema/index.ts'
import { listOf } from '../db/statement.ts'
import type { CredentialRow } from './credential.ts'
import { type Lease, TOGETHER, unlocked } from './lease.ts'

export interface Intent {
  readonly attempt: number
  /** Another attempt on this generation has no outcome, so the token may be spent. */
  readonly isReplay: boolean
}

/**
 * Undefined when the lease is gone. Whether it is a replay is seen in the row as it is now, and not as it was when the lease was
 * taken: the holder before may have found that it is too late to send, and have taken its own intent back.
 */
export function createWriteIntent(db: Database): (lease: Lease) => Promise<Intent | undefined> {
  const isOpen = sql`${credentials.intentGeneration} = ${credentials.generation}`
  const statement = (onlyUnlocked: boolean) =>
    db
      .update(credentials)
      .set({
        intentGeneration: sql`${credentials.generation}`,
        intentAttempt: sql`${credentials.intentAttempt} + 1`,
        unknownSince: sql`case when ${isOpen} then coalesce(${credentials.unknownSince}, ${credentials.intentAt}) end`,
        // What is known of the first attempt stays, also when this one is taken back.
        answerLost: sql`${isOpen} and ${credentials.answerLost}`,
        intentAt: sql`clock_timestamp()`,
        replays: sql`case when ${isOpen} then ${credentials.replays} + 1 else ${credentials.replays} end`,
      })
      .from(
        sql`unnest(${listOf('ids')}, ${listOf('generations', 'int')}, ${listOf('holders')})
          as asked (id, generation, holder)`,
      )
      .where(
        and(
          eq(credentials.connectionId, sql`asked.id`),
          eq(credentials.generation, sql`asked.generation`),
          eq(credentials.leaseHolder, sql`asked.holder`),
          onlyUnlocked ? unlocked : undefined,
        ),
      )
      .returning({
        holder: credentials.leaseHolder,
        attempt: credentials.intentAttempt,
        unknownSince: credentials.unknownSince,
      })
      .prepare('write_intents')
  const statements = { together: statement(true), alone: statement(false) }

  async function write(how: keyof typeof statements, leases: readonly Lease[]): Promise<(Intent | undefined)[]> {
    const rows = await statements[how].execute({
      ids: leases.map(({ connectionId }) => connectionId),
      generations: leases.map(({ row }) => row.generation),
      holders: leases.map(({ holder }) => holder),
    })
    const written = new Map(rows.map((row) => [row.holder, row]))
    return leases.map(({ holder }) => {
      const row = written.get(holder)
      return row && { attempt: row.attempt, isReplay: row.unknownSince !== null }
    })
  }

  return gatherUnlocked<Lease, Intent | undefined>(
    (leases) => write('together', leases),
    async (lease) => (await write('alone', [lease]))[0],
    TOGETHER,
  )
}

/** Nothing was sent. Fenced by the attempt, not by the lease: that is gone, and whoever has it now must not take ours for a call. */
export async function takeIntentBack(db: Database, row: CredentialRow, { attempt, isReplay }: Intent): Promise<void> {
  await db
    .update(credentials)
    .set(
      isReplay ? { replays: sql`greatest(${credentials.replays} - 1, 0)` } : { intentGeneration: null, intentAt: null },
    )
    .where(
      and(
        eq(credentials.connectionId, row.connectionId),
        eq(credentials.generation, row.generation),
        eq(credentials.intentAttempt, attempt),
      ),
    )
}
