/**
 * Makes a database that was put back to an earlier state fit for work, before the processes start. What the world did since is not
 * in it: tokens were refreshed, codes used, events handed out.
 */
import type { Registry } from '@wellhead/plugin-host'
import { connectDatabase, type Database, type Transaction } from './db/database.ts'
import { requireMigrated } from './db/migrate.ts'
import { inArray, sql } from './db/query.ts'
import { authorizations } from './db/schema/index.ts'
import { SIGNALS_NAME } from './db/signals.ts'
import { jumpPositions } from './events/outbox.ts'
import { finish } from './oauth/attempt.ts'
import { type MarkedConnection, markUnknown } from './refresh/mark-unknown.ts'
import { parseKeyRing } from './vault/key-ring.ts'
import type { KeyService } from './vault/key-service.ts'
import { createVault } from './vault/vault.ts'

export interface Restored {
  readonly outcome: 'restored'
  /** Connections whose refresh token may have been spent since. */
  readonly marked: readonly MarkedConnection[]
  /** Leases and marks of processes that are gone. */
  readonly leases: number
  /** OAuth attempts that were ended. */
  readonly attempts: number
  /** Processes that were started while this ran: it has to be run again without them. */
  readonly startedMeanwhile: number
}

/**
 * All of it, or nothing when it fails. May be run again, but not later: what was refreshed since would be marked too.
 *
 * @returns how many processes run, when some do: nothing was changed then
 * @throws EngineError `vault_key_missing`, `vault_misconfigured`, `database_not_migrated`
 */
export async function restore(options: {
  /** Past a pooler. */
  databaseDirectUrl: string
  encryptionKeys: string | KeyService
  registry: Registry
}): Promise<Restored | { readonly outcome: 'running'; readonly processes: number }> {
  const { encryptionKeys, registry } = options
  const { db, close } = connectDatabase(options.databaseDirectUrl, { max: 2, pooled: false })
  try {
    await requireMigrated(db)
    const service = typeof encryptionKeys === 'string' ? parseKeyRing(encryptionKeys) : encryptionKeys
    await createVault(db, service).verify()
    const processes = await countProcesses(db)
    if (processes > 0) return { outcome: 'running', processes }
    const done = await db.transaction(async (tx) => {
      const marked = await markUnknown(tx, registry)
      const attempts = await endAttempts(tx)
      const leases = await clearLeases(tx)
      await jumpPositions(tx)
      return { marked, attempts, leases }
    })
    return { outcome: 'restored', ...done, startedMeanwhile: await countProcesses(db) }
  } finally {
    await close()
  }
}

/** Every process holds one connection that listens, past any pooler, for as long as it lives. */
async function countProcesses(db: Database): Promise<number> {
  const [row] = await db.execute<{ count: string }>(sql`
    select count(*) from pg_stat_activity where datname = current_database() and application_name = ${SIGNALS_NAME}`)
  return Number(row?.count ?? 0)
}

/** Their codes are used by now, and what those brought is lost: sent again, a code could end the grant (RFC 6749, section 4.1.2). */
async function endAttempts(tx: Transaction): Promise<number> {
  const open = await tx
    .select()
    .from(authorizations)
    .where(inArray(authorizations.status, ['pending', 'exchanging']))
  // A transaction within the transaction, so that the one is as whole as the other.
  const within = { db: tx as unknown as Database }
  for (const row of open)
    if (row.status === 'pending')
      await finish(within, row, 'expired', {
        code: 'authorization_expired',
        message: 'The database was restored to an earlier state meanwhile. Start again.',
      })
    else
      await finish(within, row, 'failed', {
        code: 'authorization_outcome_unknown',
        message:
          'The database was restored to an earlier state while this was under way, and its code works only once. Connect again.',
      })
  return open.length
}

async function clearLeases(tx: Transaction): Promise<number> {
  const leased = sql`lease_holder = null, lease_until = null, enqueued_until = null where lease_holder is not null or enqueued_until is not null`
  const counts = [
    await tx.execute(sql`update credentials set ${leased} returning 1`),
    await tx.execute(sql`update runs set ${leased} returning 1`),
    await tx.execute(sql`update authorizations set ${leased} returning 1`),
    await tx.execute(sql`update connections set enqueued_until = null where enqueued_until is not null returning 1`),
    await tx.execute(sql`update breakers set probe_until = null where probe_until is not null returning 1`),
  ]
  return counts.reduce((sum, rows) => sum + rows.length, 0)
}
