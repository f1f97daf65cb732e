import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/postgres-js'
import { migrate as applyMigrations } from 'drizzle-orm/postgres-js/migrator'
import postgres from 'postgres'
import { EngineError } from '../errors.ts'
import type { Database } from './database.ts'

const migrationsFolder = fileURLToPath(new URL('../../migrations', import.meta.url))

// Any constant: processes that start together take turns.
const LOCK = 7_235_041

/** Brings the engine's tables to this version. Forward only; safe to run from many processes at once. */
export async function migrateTables(directUrl: string): Promise<void> {
  const client = postgres(directUrl, { max: 1, onnotice: () => {} })
  try {
    await client`select pg_advisory_lock(${LOCK})`
    await applyMigrations(drizzle(client), {
      migrationsFolder,
      migrationsSchema: 'public',
      migrationsTable: 'migrations',
    })
  } finally {
    await client.end({ timeout: 5 })
  }
}

/**
 * Refuses to work on a database of another version: an older one lacks tables, a newer one may mean other things by them.
 *
 * @throws EngineError `database_not_migrated`
 */
export async function requireMigrated(db: Database): Promise<void> {
  const journal = JSON.parse(readFileSync(`${migrationsFolder}/meta/_journal.json`, 'utf8')) as { entries: unknown[] }
  const [table] = await db.execute<{ found: boolean }>(
    sql`select to_regclass('public.migrations') is not null as found`,
  )
  const [applied] = table?.found
    ? await db.execute<{ count: string }>(sql`select count(*) from public.migrations`)
    : [{ count: '0' }]
  // More than ours is fine: migrations go forward only, and old processes survive them.
  if (Number(applied?.count) < journal.entries.length)
    throw new EngineError('database_not_migrated', 'The database is not at this version. Run `wellhead migrate` first.')
}
