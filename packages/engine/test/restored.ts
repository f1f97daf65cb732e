/** A dump and its restore, without the tools for it: every row and every sequence is copied to another database. */
import { createTestDatabase, type TestDatabase } from '@wellhead/test-services'
import postgres from 'postgres'

/** What `from` holds now, in a database of its own. */
export async function copyDatabase(from: string): Promise<TestDatabase> {
  const copy = await createTestDatabase()
  const source = postgres(from, { max: 1, onnotice: () => {} })
  const target = postgres(copy.url, { max: 1, onnotice: () => {} })
  try {
    const tables = await source<{ name: string }[]>`
      select tablename as name from pg_tables where schemaname = 'public' and tablename <> 'migrations'`
    // Rows come in no order that their foreign keys would like.
    await target`set session_replication_role = replica`
    for (const { name } of tables) {
      const [rows] = await source<{ all: string }[]>`
        select coalesce(json_agg(one), '[]')::text as all from ${source(name)} as one`
      await target.unsafe(`insert into ${name} select * from json_populate_recordset(null::${name}, $1::text::json)`, [
        rows?.all ?? '[]',
      ])
    }
    const sequences = await source<{ name: string; last: string }[]>`
      select sequencename as name, last_value as last from pg_sequences where schemaname = 'public' and last_value is not null`
    for (const { name, last } of sequences) await target`select setval(${name}, ${last})`
    return copy
  } catch (error) {
    await Promise.resolve(copy[Symbol.asyncDispose]()).catch(() => {})
    throw error
  } finally {
    await source.end()
    await target.end()
  }
}
