import { drizzle, type PostgresJsDatabase } from 'drizzle-orm/postgres-js'
import postgres, { type Sql } from 'postgres'
import { keepPrepared } from './prepared.ts'
import * as schema from './schema/index.ts'

export type Database = PostgresJsDatabase<typeof schema> & { readonly $client: Sql }
/** A transaction of it: what must happen together takes one. */
export type Transaction = Parameters<Parameters<Database['transaction']>[0]>[0]

export interface Connected {
  readonly db: Database
  close(): Promise<void>
}

/**
 * Seconds until a connection is tried again, after so many that failed. Left to itself the driver comes to wait for twenty, long after
 * the server is back.
 */
export const reconnectAfter = (failures: number): number => Math.min(0.05 * 2 ** failures, 0.5)

/**
 * A pool on PostgreSQL. `pooled` when the URL leads through a transaction pooler such as PgBouncer, where named prepared
 * statements do not survive.
 */
export function connectDatabase(url: string, options: { max: number; pooled: boolean }): Connected {
  const client = postgres(url, {
    max: options.max,
    prepare: !options.pooled,
    backoff: reconnectAfter,
    // Notices are not errors, and drizzle's migrator makes some.
    onnotice: () => {},
    connection: { application_name: 'wellhead' },
  })
  return {
    db: drizzle(options.pooled ? client : keepPrepared(client), { schema }),
    close: () => client.end({ timeout: 5 }),
  }
}
