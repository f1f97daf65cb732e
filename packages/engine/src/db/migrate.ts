import { fileURLToPath } from 'node:url'
import { drizzle } from 'drizzle-orm/postgres-js'
import { migrate as applyMigrations } from 'drizzle-orm/postgres-js/migrator'
import postgres from 'postgres'

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
