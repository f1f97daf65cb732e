import { execFile } from 'node:child_process'
import { chown, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import postgres from 'postgres'
import { describe, expect, test } from 'vitest'
import { startEmbeddedPostgres } from '../src/index.ts'
import { closedFolder, openFolder } from './folders.ts'
import { kill, startOwner } from './owner.ts'

const run = promisify(execFile)
const settings = { fsync: 'off' }
const root = process.getuid?.() === 0
/** Any ordinary user that exists on every Linux system. */
const nobody = { uid: 65_534, gid: 65_534 }

/** Whether an ordinary user may read this checkout at all. */
const nobodyCanRead =
  root &&
  (await run(process.execPath, ['-e', `fs.readFileSync(${JSON.stringify(import.meta.filename)})`], nobody).then(
    () => true,
    () => false,
  ))

async function one(url: string): Promise<void> {
  const sql = postgres(url, { max: 1 })
  expect(await sql`select 1 as one`).toMatchObject([{ one: 1 }])
  await sql.end()
}

describe.runIf(root)('as root', () => {
  test('below a folder that only root can enter the data is kept elsewhere, and found again', async () => {
    await using folder = await closedFolder()
    const dataDir = join(folder.path, 'data')
    const first = await startEmbeddedPostgres({ dataDir, settings })
    await one(first.url())
    await first.stop()
    expect((await readFile(join(dataDir, 'location'), 'utf8')).trim()).toMatch(
      /^\/var\/lib\/wellhead\/data\/[0-9a-f]{24}-[0-9a-f]{8}$/,
    )
    await using second = await startEmbeddedPostgres({ dataDir, settings })
    expect(second.url()).toBe(first.url())
    await one(second.url())
  })

  test('data that was kept elsewhere and is gone is an error, not an empty database', async () => {
    await using folder = await closedFolder()
    const dataDir = join(folder.path, 'data')
    await (await startEmbeddedPostgres({ dataDir, settings })).stop()
    await rm((await readFile(join(dataDir, 'location'), 'utf8')).trim(), { recursive: true })
    await expect(startEmbeddedPostgres({ dataDir, settings })).rejects.toThrow(/was kept in .* which is gone/)
  })

  test('a full disk is named', async ({ skip }) => {
    await using folder = await openFolder()
    const disk = join(folder.path, 'disk')
    await mkdir(disk)
    await run('mount', ['-t', 'tmpfs', '-o', 'size=8m,mode=755', 'tmpfs', disk]).catch(() =>
      skip('mounting is not allowed here'),
    )
    try {
      const started = startEmbeddedPostgres({ dataDir: join(disk, 'data'), settings })
      await expect(started).rejects.toMatchObject({ code: 'disk_full' })
    } finally {
      await run('umount', [disk])
    }
  })
})

describe.runIf(nobodyCanRead)('as an ordinary user', () => {
  test('starts, restarts after kill -9, and root can go on with the same data', async () => {
    await using folder = await openFolder()
    const dataDir = join(folder.path, 'data')
    await mkdir(dataDir)
    await chown(dataDir, nobody.uid, nobody.gid)
    const first = await startOwner(dataDir, nobody)
    await one(first.url)
    await kill(first.child, 'SIGKILL')
    const second = await startOwner(dataDir, nobody)
    expect(second.url).toBe(first.url)
    await one(second.url)
    await kill(second.child, 'SIGKILL')
    await using third = await startEmbeddedPostgres({ dataDir, settings })
    await one(third.url())
  })

  test('a folder it may not write is named', async () => {
    await using folder = await openFolder()
    await expect(startOwner(join(folder.path, 'data'), nobody)).rejects.toThrow(/cannot be used \(EACCES\)/)
  })

  test('data that belongs to another user is refused', async () => {
    await using folder = await openFolder()
    const dataDir = join(folder.path, 'data')
    await (await startEmbeddedPostgres({ dataDir, settings })).stop()
    await expect(startOwner(dataDir, nobody)).rejects.toThrow(/cannot be used|belongs to another user/)
  })
})

test('a file in the place of the data folder is named', async () => {
  await using folder = await openFolder()
  await writeFile(join(folder.path, 'file'), '')
  await expect(startEmbeddedPostgres({ dataDir: join(folder.path, 'file', 'data') })).rejects.toMatchObject({
    code: 'data_dir_unusable',
  })
  await expect(startEmbeddedPostgres({ dataDir: join(folder.path, 'file') })).rejects.toMatchObject({
    code: 'data_dir_unusable',
  })
})
