import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { startEmbeddedPostgres } from '@wellhead/embedded'
import { migrate, restore } from '@wellhead/engine'
import { readConfigFile } from '../configuration/config-file.ts'
import { ConfigurationError, type Environment, readEnvironment, required } from '../configuration/environment.ts'
import { loadRegistry } from '../configuration/installation.ts'
import { ownEncryptionKeys } from '../start/encryption-key.ts'
import { makeDataDir } from '../start/instance.ts'

/** After a database was put back to an earlier state, before anything starts on it. */
export async function restoreDatabase(options: { dataDir: string }): Promise<number> {
  const given = readEnvironment(process.env)
  const registry = await loadRegistry(readConfigFile(given.WELLHEAD_CONFIG, process.env))
  await using stack = new AsyncDisposableStack()
  const environment = given.DATABASE_URL ? given : await embedded(given, options.dataDir, stack)
  const done = await restore({
    databaseDirectUrl: environment.DATABASE_DIRECT_URL ?? required(environment, 'DATABASE_URL'),
    encryptionKeys: required(environment, 'WELLHEAD_ENCRYPTION_KEYS'),
    registry,
  })
  if (done.outcome === 'running')
    throw new ConfigurationError(
      `Wellhead runs on this database (processes: ${done.processes}). Stop every API and worker, then run this again; nothing was changed.`,
    )
  for (const { workspaceId, dataSource, name, id } of done.marked)
    console.log(`${workspaceId}  ${dataSource}  ${name}  (${id})`)
  console.log(
    done.marked.length === 0
      ? 'No connection has a refresh token that may have been spent since.'
      : `${counted(done.marked.length, 'connection')} with a refresh token that may have been spent since: the access token is served to its end, then the refresh token is tried once.`,
  )
  console.log(`${counted(done.attempts, 'OAuth attempt')} ended, ${counted(done.leases, 'lease')} cleared.`)
  console.log('What was deleted or revoked since is back, API tokens and members included: see docs/operate.md.')
  if (done.startedMeanwhile === 0) return 0
  console.error('A process was started while this ran. Stop it, and run this again.')
  return 1
}

/** The database of a `wellhead start` that does not run: it is started for this alone. */
async function embedded(given: Environment, dataDir: string, stack: AsyncDisposableStack): Promise<Environment> {
  if (!existsSync(join(dataDir, 'postgres')))
    throw new ConfigurationError(`DATABASE_URL is not set, and there is no database in ${dataDir}.`)
  const folder = makeDataDir(dataDir)
  const { keys } = ownEncryptionKeys(folder)
  const postgres = await startEmbeddedPostgres({ dataDir: join(folder, 'postgres') })
  stack.defer(() => postgres.stop())
  await migrate(postgres.url())
  return {
    ...given,
    DATABASE_URL: postgres.url(),
    DATABASE_DIRECT_URL: undefined,
    WELLHEAD_ENCRYPTION_KEYS: given.WELLHEAD_ENCRYPTION_KEYS ?? keys,
  }
}

const counted = (count: number, what: string) => `${count} ${what}${count === 1 ? '' : 's'}`
