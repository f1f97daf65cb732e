import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chown, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { diskFull, EmbeddedPostgresError, fromFileError } from './errors.ts'
import { makePassword, readPassword } from './password.ts'
import type { Place } from './place.ts'

export const SUPERUSER = 'wellhead'
export const DATABASE = 'wellhead'

/** Nothing of the caller's environment reaches the server: PGDATA, PGPORT, LC_ALL and the like would change what it does. */
export const serverEnvironment = { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' }

/** Makes the cluster when there is none, refuses one of another major version, and returns the superuser's password. */
export async function ensureCluster(place: Place, sync: boolean): Promise<string> {
  const major = place.binaries.version.split('.')[0]
  const found = await readFile(join(place.cluster, 'PG_VERSION'), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw fromFileError(error, place.cluster)
  })
  const password = await readPassword(place.dataDir)
  if (found === undefined) {
    const first = password ?? (await makePassword(place.dataDir))
    await makeCluster(place, first, sync)
    return first
  }
  if (found.trim() !== major) {
    throw new EmbeddedPostgresError(
      'data_dir_incompatible',
      `The data in ${place.cluster} was made by PostgreSQL ${found.trim()}; this is version ${major}. Dump it with the old version and restore it into a new folder.`,
    )
  }
  return password ?? (await renewPassword(place))
}

/** The password file was lost: whoever may write the data folder may set a new one. */
async function renewPassword(place: Place): Promise<string> {
  const password = await makePassword(place.dataDir)
  await singleUser(place, place.cluster, `ALTER ROLE ${SUPERUSER} PASSWORD '${password}'`, [])
  return password
}

/** One statement in a server without network, as its superuser. */
async function singleUser(place: Place, data: string, statement: string, flags: readonly string[]): Promise<void> {
  await runToEnd(place, place.binaries.postgres, ['--single', '-D', data, ...flags, 'postgres'], `${statement}\n`)
}

/** In a folder of its own and then renamed, so that a kill in between never leaves half a cluster under the real name. */
async function makeCluster(place: Place, password: string, sync: boolean): Promise<void> {
  const prefix = 'cluster.unfinished-'
  for (const name of await readdir(place.home)) {
    if (name.startsWith(prefix)) await rm(join(place.home, name), { recursive: true, force: true })
  }
  const folder = join(place.home, `${prefix}${randomBytes(6).toString('hex')}`)
  const passwordFile = join(folder, 'password')
  const data = join(folder, 'data')
  try {
    await mkdir(folder, { mode: 0o700 })
    await writeFile(passwordFile, `${password}\n`, { mode: 0o600 })
    if (place.account) {
      await chown(passwordFile, place.account.uid, place.account.gid)
      await chown(folder, place.account.uid, place.account.gid)
    }
    await runToEnd(place, place.binaries.initdb, [
      `--pgdata=${data}`,
      `--username=${SUPERUSER}`,
      `--pwfile=${passwordFile}`,
      '--auth=scram-sha-256',
      // The builtin provider brings its own UTF-8 tables: the same on every machine, whatever locales that has.
      '--encoding=UTF8',
      '--locale-provider=builtin',
      '--builtin-locale=C.UTF-8',
      '--locale=C',
      '--no-instructions',
      ...(sync ? [] : ['--no-sync']),
    ])
    await singleUser(place, data, `CREATE DATABASE ${DATABASE}`, sync ? [] : ['-c', 'fsync=off'])
    await rename(data, place.cluster)
  } catch (error) {
    throw fromFileError(error, place.home)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function runToEnd(place: Place, command: string, args: readonly string[], input = ''): Promise<void> {
  const child = spawn(command, args, { ...place.account, cwd: '/', env: serverEnvironment, stdio: 'pipe' })
  const ended = new Promise<number | NodeJS.Signals | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => resolve(code ?? signal))
  })
  child.stdin.on('error', () => {}) // it may end without reading; its exit code says why
  child.stdin.end(input)
  const [outcome, , said] = await Promise.all([ended, text(child.stdout), text(child.stderr)])
  // A single-user server ends with 0 even when its statement failed.
  if (outcome === 0 && !/^.*(ERROR|FATAL|PANIC): /m.test(said)) return
  if (/No space left on device|Disk quota exceeded/.test(said)) throw diskFull(place.home)
  throw new EmbeddedPostgresError(
    'start_failed',
    `The database could not be made in ${place.home} (${outcome}): ${lastLines(said)}`,
  )
}

/** Without the statements, which may contain the password. */
function lastLines(said: string): string {
  const lines = said.trim().split('\n')
  return lines
    .filter((line) => !line.includes('STATEMENT:'))
    .slice(-5)
    .join(' ')
}
