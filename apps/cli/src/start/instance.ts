/** What a running `wellhead start` leaves for other commands of the same user: a file that only that user can read. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { ConfigurationError, type Environment } from '../configuration/environment.ts'

type Instance = Pick<
  Environment,
  'DATABASE_URL' | 'WELLHEAD_PUBLIC_URL' | 'WELLHEAD_ENCRYPTION_KEYS' | 'WELLHEAD_BLOB_DIR'
>

const fileOf = (dataDir: string) => join(resolve(dataDir), 'instance.json')

export function writeInstance(dataDir: string, instance: Instance): void {
  writeFileSync(fileOf(dataDir), JSON.stringify(instance), { mode: 0o600 })
}

/**
 * A `wellhead start` that runs says where its database is; only its own user can read that.
 *
 * @throws ConfigurationError when neither the environment nor a running start names one
 */
export function withInstance(environment: Environment, dataDir: string): Environment {
  return environment.DATABASE_URL ? environment : { ...environment, ...readInstance(dataDir) }
}

function readInstance(dataDir: string): Instance {
  try {
    return JSON.parse(readFileSync(fileOf(dataDir), 'utf8')) as Instance
  } catch {
    throw new ConfigurationError(
      `DATABASE_URL is not set, and no \`wellhead start\` runs on ${resolve(dataDir)}. Set the one or start the other.`,
    )
  }
}

export function removeInstance(dataDir: string): void {
  rmSync(fileOf(dataDir), { force: true })
}

export function makeDataDir(dataDir: string): string {
  const folder = resolve(dataDir)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  return folder
}
