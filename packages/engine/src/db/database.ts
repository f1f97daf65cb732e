import type { PostgresJsDatabase } from 'drizzle-orm/postgres-js'
import type * as schema from './schema/index.ts'

export type Schema = typeof schema
export type Database = PostgresJsDatabase<Schema>
