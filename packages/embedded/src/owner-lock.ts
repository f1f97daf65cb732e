import { randomBytes } from 'node:crypto'
import { open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { EmbeddedPostgresError } from './errors.ts'
import { startMark } from './process-identity.ts'

/** Longer than any read and write under the guard takes; a guard older than this was left by a killed process. */
const GUARD_MS = 10_000

interface Owner {
  readonly pid: number
  readonly started: string | undefined
}

export interface OwnerLock {
  release(): Promise<void>
}

/**
 * One living process per data folder. The lock of a process that was killed is taken over; the lock file names the process by its id
 * and its start, so that a recycled id does not keep the folder locked.
 */
export async function takeOwnerLock(dataDir: string): Promise<OwnerLock> {
  const file = join(dataDir, 'owner.json')
  const mine: Owner = { pid: process.pid, started: await startMark(process.pid) }
  await guarded(dataDir, async () => {
    const owner = await readOwner(file)
    if (owner && (await startMark(owner.pid)) === owner.started && owner.started !== undefined) {
      throw new EmbeddedPostgresError(
        'data_dir_in_use',
        `The data folder ${dataDir} is in use by the process ${owner.pid}. Stop that one first, or choose another folder.`,
      )
    }
    const fresh = `${file}.${randomBytes(6).toString('hex')}`
    await writeFile(fresh, JSON.stringify(mine), { mode: 0o600 })
    await rename(fresh, file)
  })
  return { release: () => rm(file, { force: true }) }
}

/** Looking at the lock and writing it must not interleave with another process that does the same. */
async function guarded(dataDir: string, action: () => Promise<void>): Promise<void> {
  const guard = join(dataDir, 'owner.guard')
  for (;;) {
    try {
      await (await open(guard, 'wx', 0o600)).close()
      break
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
      const age = await stat(guard).then(
        (found) => Date.now() - found.mtimeMs,
        () => 0,
      )
      if (age > GUARD_MS) await rm(guard, { force: true })
      else await delay(25)
    }
  }
  try {
    await action()
  } finally {
    await rm(guard, { force: true })
  }
}

async function readOwner(file: string): Promise<Owner | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Owner
  } catch {
    return undefined // absent, or cut off by a full disk: nobody can be said to hold it
  }
}
