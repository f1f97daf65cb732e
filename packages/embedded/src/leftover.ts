import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { serverEnvironment } from './cluster.ts'
import { EmbeddedPostgresError } from './errors.ts'
import type { Place } from './place.ts'
import { isAlive, isServerOf } from './process-identity.ts'

const run = promisify(execFile)

/**
 * Stops the server that a killed process of ours left behind. Called with the owner lock held, so no living process of ours owns it. It is
 * stopped and not adopted: its settings and its log belong to the process that is gone.
 */
export async function stopLeftover(place: Place): Promise<void> {
  const file = join(place.cluster, 'postmaster.pid')
  const content = await readFile(file, 'utf8').catch(() => undefined)
  const pid = Number.parseInt(content ?? '', 10)
  if (content === undefined || !(pid > 0) || !isAlive(pid)) return // the server itself clears the file of a dead one
  if (!(await isServerOf(pid, place.cluster))) {
    // A stranger was given the dead server's id, and the server would refuse to start because of it. It takes its parent's id for a leftover
    // (CreateLockFile in miscinit.c), and keeps using the rest of the file to see whether children of the old server still run.
    await writeFile(file, content.replace(/^\d+/, String(process.pid)))
    return
  }
  try {
    await run(place.binaries.pgCtl, ['stop', '-D', place.cluster, '-m', 'fast', '-w', '-t', '60'], {
      ...place.account,
      cwd: '/',
      env: serverEnvironment,
    })
  } catch (cause) {
    if (!isAlive(pid)) return
    throw new EmbeddedPostgresError(
      'data_dir_in_use',
      `A PostgreSQL server (process ${pid}) left behind in ${place.cluster} did not stop. Stop it by hand and start again.`,
      { cause },
    )
  }
}
