import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import postgres from 'postgres'
import { expect, test } from 'vitest'
import { startEmbeddedPostgres } from '../src/index.ts'
import { openFolder } from './folders.ts'
import { isAlive, kill, postmasterPid, startOwner } from './owner.ts'

const settings = { fsync: 'off' }

test('after kill -9 of the owner the next start stops the server it left, and committed data is there', async () => {
  await using folder = await openFolder()
  const cluster = join(folder.path, 'cluster')
  const owner = await startOwner(folder.path)
  const sql = postgres(owner.url, { max: 1 })
  await sql`create table kept as select generate_series(1, 1000) as n`
  const left = postmasterPid(cluster)
  await kill(owner.child, 'SIGKILL')
  expect(isAlive(left)).toBe(true)

  await using server = await startEmbeddedPostgres({ dataDir: folder.path, settings })
  await expect.poll(() => isAlive(left)).toBe(false)
  expect(postmasterPid(cluster)).not.toBe(left)
  const after = postgres(server.url(), { max: 1 })
  expect(await after`select count(*)::int as count from kept`).toMatchObject([{ count: 1000 }])
  await Promise.all([sql.end(), after.end()])
})

test('kill -9 of the owner and of its server: the next start recovers', async () => {
  await using folder = await openFolder()
  const owner = await startOwner(folder.path)
  const sql = postgres(owner.url, { max: 1 })
  await sql`create table kept as select 1 as n`
  await kill(owner.child, 'SIGKILL')
  process.kill(postmasterPid(join(folder.path, 'cluster')), 'SIGKILL')
  await using server = await startEmbeddedPostgres({ dataDir: folder.path, settings })
  const after = postgres(server.url(), { max: 1 })
  expect(await after`select n from kept`).toMatchObject([{ n: 1 }])
  await Promise.all([sql.end({ timeout: 1 }), after.end()])
})

test('a living owner is not disturbed', async () => {
  await using folder = await openFolder()
  const owner = await startOwner(folder.path)
  const pid = postmasterPid(join(folder.path, 'cluster'))
  await expect(startEmbeddedPostgres({ dataDir: folder.path, settings })).rejects.toThrow(
    `in use by the process ${owner.child.pid}`,
  )
  expect(isAlive(pid)).toBe(true)
  await kill(owner.child, 'SIGTERM')
  expect(isAlive(pid)).toBe(false)
})

test('a stranger that was given the dead server’s process id is left alone', async () => {
  await using folder = await openFolder()
  const owner = await startOwner(folder.path)
  const file = join(folder.path, 'cluster', 'postmaster.pid')
  const content = await readFile(file, 'utf8')
  await kill(owner.child, 'SIGTERM')
  const { uid, gid } = await stat(join(folder.path, 'cluster'))
  const stranger = spawn('sleep', ['60'], { stdio: 'ignore', ...(process.getuid?.() === 0 ? { uid, gid } : {}) })
  await once(stranger, 'spawn')
  await writeFile(file, content.replace(/^\d+/, String(stranger.pid)))
  await using _server = await startEmbeddedPostgres({ dataDir: folder.path, settings })
  expect(stranger.exitCode).toBe(null)
  await kill(stranger, 'SIGKILL')
})

test('the lock of a process id that was recycled does not hold', async () => {
  await using folder = await openFolder()
  await (await startEmbeddedPostgres({ dataDir: folder.path, settings })).stop()
  await writeFile(join(folder.path, 'owner.json'), JSON.stringify({ pid: process.ppid, started: 'another boot/1' }))
  await (await startEmbeddedPostgres({ dataDir: folder.path, settings })).stop()
})
