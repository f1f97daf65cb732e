import { once } from 'node:events'
import { readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import postgres from 'postgres'
import { expect, test } from 'vitest'
import { EmbeddedPostgresError, startEmbeddedPostgres } from '../src/index.ts'
import { openFolder } from './folders.ts'
import { isAlive, postmasterPid } from './owner.ts'

const settings = { fsync: 'off' }

async function query<T>(url: string, action: (sql: postgres.Sql) => Promise<T>): Promise<T> {
  const sql = postgres(url, { max: 1, onnotice: () => {} })
  try {
    return await action(sql)
  } finally {
    await sql.end()
  }
}

test('a new folder, with a space in its name: UTF-8, a password, loopback alone, and the data is there after a restart', async () => {
  await using folder = await openFolder()
  const dataDir = join(folder.path, 'data')
  const first = await startEmbeddedPostgres({ dataDir, settings })
  await query(first.url(), async (sql) => {
    const [facts] = await sql`select current_database() as database, pg_encoding_to_char(encoding) as encoding,
      current_setting('listen_addresses') as listen, current_setting('unix_socket_directories') as sockets,
      current_setting('max_connections') as connections, lower('ÄÖ') as small
      from pg_database where datname = current_database()`
    expect(facts).toEqual({
      database: 'wellhead',
      encoding: 'UTF8',
      listen: '127.0.0.1',
      sockets: '',
      connections: '300',
      small: 'äö',
    })
    await sql`create table kept as select '🐘' as name`
  })
  const wrong = first.url().replace(/:[^:@/]+@/, ':wrong@')
  await expect(query(wrong, (sql) => sql`select 1`)).rejects.toThrow(/password authentication failed/)
  const password = await stat(join(dataDir, 'password'))
  expect(password.mode & 0o777).toBe(0o600)
  await first.stop()
  await first.stop() // a second time does nothing

  await using again = await startEmbeddedPostgres({ dataDir, settings })
  expect(again.port).toBe(first.port)
  expect(await query(again.url(), (sql) => sql`select name from kept`)).toMatchObject([{ name: '🐘' }])
})

test('fsync is on unless it is turned off', async () => {
  await using folder = await openFolder()
  await using server = await startEmbeddedPostgres({ dataDir: folder.path })
  expect(await query(server.url('postgres'), (sql) => sql`show fsync`)).toMatchObject([{ fsync: 'on' }])
})

test('a remembered port that is taken is replaced; one that was asked for is an error', async () => {
  await using folder = await openFolder()
  const first = await startEmbeddedPostgres({ dataDir: folder.path, settings })
  await first.stop()
  const squatter = createServer().listen(first.port, '127.0.0.1')
  await once(squatter, 'listening')
  try {
    await expect(startEmbeddedPostgres({ dataDir: folder.path, settings, port: first.port })).rejects.toMatchObject({
      code: 'port_in_use',
    })
    await using second = await startEmbeddedPostgres({ dataDir: folder.path, settings })
    expect(second.port).not.toBe(first.port)
  } finally {
    await new Promise((resolve) => squatter.close(resolve))
  }
})

test('of starts at the same moment one wins', async () => {
  await using folder = await openFolder()
  const all = await Promise.allSettled(
    [1, 2, 3, 4].map(() => startEmbeddedPostgres({ dataDir: folder.path, settings })),
  )
  const won = all.filter((one) => one.status === 'fulfilled')
  const lost = all.filter((one) => one.status === 'rejected')
  expect(won).toHaveLength(1)
  expect(lost.map(({ reason }) => (reason as EmbeddedPostgresError).code)).toEqual(Array(3).fill('data_dir_in_use'))
  await won[0]!.value.stop()
})

test('a lost password file is replaced, and the data stays', async () => {
  await using folder = await openFolder()
  const first = await startEmbeddedPostgres({ dataDir: folder.path, settings })
  await query(first.url(), (sql) => sql`create table kept (a int)`)
  await first.stop()
  await rm(join(folder.path, 'password'))
  await using second = await startEmbeddedPostgres({ dataDir: folder.path, settings })
  expect(second.url()).not.toBe(first.url())
  expect(await query(second.url(), (sql) => sql`select * from kept`)).toEqual([])
})

test('data of another major version is refused, and left alone', async () => {
  await using folder = await openFolder()
  await (await startEmbeddedPostgres({ dataDir: folder.path, settings })).stop()
  const file = join(folder.path, 'cluster', 'PG_VERSION')
  await writeFile(file, '15\n')
  await expect(startEmbeddedPostgres({ dataDir: folder.path, settings })).rejects.toThrow(
    /made by PostgreSQL 15; this is version 18/,
  )
  expect(await readFile(file, 'utf8')).toBe('15\n')
})

test('a server that ends by itself is reported once', async () => {
  await using folder = await openFolder()
  const { promise, resolve } = Promise.withResolvers<EmbeddedPostgresError>()
  const server = await startEmbeddedPostgres({ dataDir: folder.path, settings, onUnexpectedExit: resolve })
  const pid = postmasterPid(join(folder.path, 'cluster'))
  process.kill(pid, 'SIGQUIT')
  expect(await promise).toMatchObject({ code: 'server_exited' })
  expect(isAlive(pid)).toBe(false)
  await server.stop()
  await using again = await startEmbeddedPostgres({ dataDir: folder.path, settings })
  expect(await query(again.url(), (sql) => sql`select 1 as one`)).toMatchObject([{ one: 1 }])
})

test('a bad setting is an error that names it', async () => {
  await using folder = await openFolder()
  const started = startEmbeddedPostgres({ dataDir: folder.path, settings: { ...settings, no_such_setting: 1 } })
  await expect(started).rejects.toThrow(/no_such_setting/)
  await expect(started).rejects.toBeInstanceOf(EmbeddedPostgresError)
  // and the folder is free again
  await (await startEmbeddedPostgres({ dataDir: folder.path, settings })).stop()
})
