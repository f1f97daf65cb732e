import { createHash, randomBytes } from 'node:crypto'
import { relative } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import postgres from 'postgres'
import { expect, inject } from 'vitest'
import './provided.ts'

/** How long a connection may take to disappear after its client was closed. */
const GONE_MS = 2000

const repository = fileURLToPath(new URL('../../..', import.meta.url))
const engine = new URL('../../../packages/engine/src/index.ts', import.meta.url).href

export interface TestDatabaseOptions {
  /**
   * Builds the tables of the template that this database is cloned from; it runs once in a whole test run. Default: the engine's
   * migrations. `false`: an empty database.
   */
  readonly migrate?: ((url: string) => Promise<void>) | false
  /** Names the template; needed when `migrate` is given, and the same name means the same tables. */
  readonly template?: string
}

export interface TestDatabase extends AsyncDisposable {
  readonly name: string
  /** A superuser's URL of this database. */
  readonly url: string
}

/** A database of its own for a test file. Dispose it: that drops it, and fails when somebody still holds a connection. */
export async function createTestDatabase(options: TestDatabaseOptions = {}): Promise<TestDatabase> {
  const services = inject('wellheadServices')
  if (!services) {
    throw new Error(
      "No test services: the package needs a vitest.config.ts with: export { default } from '@wellhead/test-services/vitest'",
    )
  }
  const server = services.postgresUrl
  const name = `test_${randomBytes(8).toString('hex')}`
  const template = await ensureTemplate(server, options)
  const file = relative(repository, expect.getState().testPath ?? 'unknown')
  await withServer(server, async (sql) => {
    await sql.unsafe(`create database ${name} template ${template}`)
    await sql.unsafe(`comment on database ${name} is '${file.replaceAll("'", "''")}'`)
  })
  return { name, url: `${server}/${name}`, [Symbol.asyncDispose]: () => drop(server, name) }
}

async function ensureTemplate(server: string, options: TestDatabaseOptions): Promise<string> {
  if (options.migrate === false) return 'template0'
  if (options.migrate && !options.template)
    throw new Error('createTestDatabase: a migrate function needs a template name')
  const name = `template_${(options.template ?? 'engine').replaceAll(/[^a-z0-9_]/g, '_')}`
  const migrate = options.migrate ?? migrateEngine
  await withServer(server, async (sql) => {
    const exists = async () => (await sql`select 1 from pg_database where datname = ${name}`).length > 0
    if (await exists()) return
    // Test files run side by side: one of them builds the template, the others wait for it.
    const lock = createHash('sha256').update(name).digest().readInt32BE(0)
    await sql`select pg_advisory_lock(${lock})`
    if (await exists()) return
    const unfinished = `${name}_${randomBytes(4).toString('hex')}`
    await sql.unsafe(`create database ${unfinished} template template0`)
    await migrate(`${server}/${unfinished}`)
    await connectionsGone(sql, unfinished)
    await sql.unsafe(`alter database ${unfinished} allow_connections false`)
    await sql.unsafe(`alter database ${unfinished} rename to ${name}`)
  })
  return name
}

/** Loaded when it is needed: the engine itself is tested with this package. */
async function migrateEngine(url: string): Promise<void> {
  const loaded = (await import(engine)) as { migrate(url: string): Promise<void> }
  await loaded.migrate(url)
}

async function drop(server: string, name: string): Promise<void> {
  await withServer(server, async (sql) => {
    const left = await connectionsGone(sql, name)
    await sql.unsafe(`drop database if exists ${name} with (force)`)
    if (left.length > 0) {
      const list = left.map((one) => `${one.application_name || 'unnamed'} (${one.state}): ${one.query.slice(0, 120)}`)
      throw new Error(`${left.length} connection(s) to the test database were left open:\n  ${list.join('\n  ')}`)
    }
  })
}

async function connectionsGone(sql: postgres.Sql, name: string) {
  const deadline = Date.now() + GONE_MS
  for (;;) {
    const left = await sql<{ application_name: string; state: string; query: string }[]>`
      select application_name, coalesce(state, '') as state, query from pg_stat_activity
      where datname = ${name} and backend_type = 'client backend'`
    if (left.length === 0 || Date.now() > deadline) return left
    await delay(25)
  }
}

async function withServer(server: string, action: (sql: postgres.Sql) => Promise<void>): Promise<void> {
  const sql = postgres(`${server}/postgres`, {
    max: 1,
    onnotice: () => {},
    connection: { application_name: 'test-services' },
  })
  try {
    await action(sql)
  } finally {
    await sql.end({ timeout: 5 })
  }
}
