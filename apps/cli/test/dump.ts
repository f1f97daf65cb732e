/** Everything that a deployment has stored, as one text to search. */
import { Redis } from 'ioredis'
import type postgres from 'postgres'

/**
 * Every row of every table in every schema of ours. Binary columns are searched by their bytes too: what is sealed must not
 * show what it seals.
 */
export async function dumpDatabase(sql: postgres.Sql): Promise<Map<string, string>> {
  const tables = await sql<{ schema: string; name: string }[]>`
    select schemaname as schema, tablename as name from pg_tables where schemaname not in ('pg_catalog', 'information_schema')`
  const dump = new Map<string, string>()
  for (const { schema, name } of tables) {
    const rows = await sql`select * from ${sql(schema)}.${sql(name)}`
    const text = rows.map((row) => Object.values(row).map(textOf).join('\t')).join('\n')
    dump.set(`${schema}.${name}`, text)
  }
  return dump
}

function textOf(value: unknown): string {
  if (Buffer.isBuffer(value)) return value.toString('latin1')
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/** Every key with its value, and every command that was ever sent to it while `watch` ran. */
export async function watchRedis(url: string): Promise<{ dump(): Promise<string>; close(): void }> {
  const watching = new Redis(url)
  const reading = new Redis(url)
  const monitor = await watching.monitor()
  const commands: string[] = []
  monitor.on('monitor', (_time: string, args: string[]) => commands.push(args.join(' ')))
  return {
    async dump() {
      const found: string[] = []
      for await (const keys of reading.scanStream())
        for (const key of keys as string[]) {
          const raw = await reading.dumpBuffer(key)
          found.push(`${key} ${raw?.toString('latin1') ?? ''}`)
        }
      return [...found, ...commands].join('\n')
    },
    close() {
      monitor.disconnect()
      watching.disconnect()
      reading.disconnect()
    },
  }
}
