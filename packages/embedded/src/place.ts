import { createHash, randomBytes } from 'node:crypto'
import { chmod, lstat, mkdir, readFile, realpath, stat, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { type Account, mayEnter, postgresAccount, startedAsRoot } from './account.ts'
import { type Binaries, binariesFor, findBinaries } from './binaries.ts'
import { EmbeddedPostgresError, fromFileError } from './errors.ts'

/** Where the server's account can go when root's own folders are closed to it. */
const SYSTEM_HOME = '/var/lib/wellhead'
const POINTER = 'location'

/** Everything that follows from the data folder and from who we are. */
export interface Place {
  /** The folder that was asked for, absolute: the lock, the password and the port are kept here. */
  readonly dataDir: string
  /** The folder that contains the cluster. The same as dataDir unless the server's account cannot go there. */
  readonly home: string
  /** PostgreSQL's own data directory. */
  readonly cluster: string
  /** Set when we are root: whom the server runs as. */
  readonly account: Account | undefined
  readonly binaries: Binaries
}

/** Makes the data folder and decides where the cluster lives. */
export async function preparePlace(folder: string): Promise<Place> {
  const dataDir = await makeFolder(resolve(folder), 0o755)
  if (!startedAsRoot()) {
    return {
      dataDir,
      home: dataDir,
      cluster: join(dataDir, 'cluster'),
      account: undefined,
      binaries: await findBinaries(),
    }
  }
  const system = await postgresAccount()
  const home = await homeFor(dataDir, system)
  const cluster = join(home, 'cluster')
  const account = (await ownerOf(cluster)) ?? system
  return { dataDir, home, cluster, account, binaries: await binariesFor(account, SYSTEM_HOME) }
}

/** A cluster stays where it was made: the pointer wins even when the data folder was moved or opened since. */
async function homeFor(dataDir: string, account: Account): Promise<string> {
  const pointed = await readFile(join(dataDir, POINTER), 'utf8').catch(() => undefined)
  if (pointed !== undefined) {
    const home = pointed.trim()
    if (await isFolder(join(home, 'cluster'))) return home
    // Starting afresh would hide that the data is lost.
    throw new EmbeddedPostgresError(
      'data_dir_unusable',
      `The data of ${dataDir} was kept in ${home}, which is gone. Bring it back, or remove ${join(dataDir, POINTER)} to start with an empty database.`,
    )
  }
  if ((await isFolder(join(dataDir, 'cluster'))) || (await mayEnter(account, dataDir))) return dataDir
  // Never the same name twice: a data folder that was removed and made again starts empty.
  const name = `${createHash('sha256').update(dataDir).digest('hex').slice(0, 24)}-${randomBytes(4).toString('hex')}`
  await makeFolder(SYSTEM_HOME, 0o755)
  return makeFolder(join(SYSTEM_HOME, 'data', name), 0o711)
}

/**
 * Each of the two folders names the other: the data folder so that the cluster is found, the cluster's so that an operator can tell whose it
 * is. Written when the cluster is whole: a start that was cut off before is simply done again.
 */
export async function rememberHome(place: Place): Promise<void> {
  if (place.home === place.dataDir) return
  await writeFile(join(place.home, 'data-dir'), `${place.dataDir}\n`, { mode: 0o600 })
  await writeFile(join(place.dataDir, POINTER), `${place.home}\n`)
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  )
}

/** An ordinary user's cluster that root starts keeps running as that user. */
async function ownerOf(cluster: string): Promise<Account | undefined> {
  const found = await lstat(cluster).catch(() => undefined)
  return found && found.uid !== 0 ? { uid: found.uid, gid: found.gid } : undefined
}

async function makeFolder(folder: string, mode: number): Promise<string> {
  try {
    const first = await mkdir(folder, { recursive: true, mode })
    // A strict umask must not close the folders that were just made to the server's account.
    if (first !== undefined && startedAsRoot()) {
      for (let at = folder; at.length >= first.length; at = resolve(at, '..')) await chmod(at, mode)
    }
    if (!(await stat(folder)).isDirectory()) throw Object.assign(new Error('not a folder'), { code: 'ENOTDIR' })
    return await realpath(folder)
  } catch (error) {
    throw fromFileError(error, folder)
  }
}
