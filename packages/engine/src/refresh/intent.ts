/** The intent: "attempt k on generation n", committed before a token call, so that a crash leaves a trace of it. */
import type { Database } from '../db/database.ts'
import { and, eq, sql } from '../db/query.ts'
import { credentials } from '../db/schema/index.ts'
import type { CredentialRow } from './credential.ts'
import type { Lease } from './lease.ts'

/** The attempt's number; undefined when the lease is gone. */
export async function writeIntent(db: Database, lease: Lease, isReplay: boolean): Promise<number | undefined> {
  const [written] = await db
    .update(credentials)
    .set({
      intentGeneration: sql`${credentials.generation}`,
      intentAttempt: sql`${credentials.intentAttempt} + 1`,
      unknownSince: sql`case when ${credentials.intentGeneration} = ${credentials.generation} then coalesce(${credentials.unknownSince}, ${credentials.intentAt}) end`,
      intentAt: sql`clock_timestamp()`,
      ...(isReplay ? { replays: sql`${credentials.replays} + 1` } : {}),
    })
    .where(held(lease))
    .returning({ attempt: credentials.intentAttempt })
  return written?.attempt
}

/** Nothing was sent. Fenced by the attempt, not by the lease: that is gone, and whoever has it now must not take ours for a call. */
export async function takeIntentBack(
  db: Database,
  row: CredentialRow,
  attempt: number,
  isReplay: boolean,
): Promise<void> {
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

const held = (lease: Lease) =>
  and(
    eq(credentials.connectionId, lease.connectionId),
    eq(credentials.generation, lease.row.generation),
    eq(credentials.leaseHolder, lease.holder),
  )
