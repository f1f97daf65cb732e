import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ConfigurationError } from '../configuration/environment.ts'

/** The embedded default's own key, made on the first start. Elsewhere a key is never made silently. */
export function ownEncryptionKeys(dataDir: string): { keys: string; file: string; isNew: boolean } {
  const file = join(dataDir, 'encryption-keys')
  if (existsSync(file)) return { keys: readFileSync(file, 'utf8').trim(), file, isNew: false }
  if (existsSync(join(dataDir, 'postgres')))
    throw new ConfigurationError(
      `${file} is missing, but ${dataDir} holds a database that was sealed with it. Put the file back; nothing was changed.`,
    )
  const keys = `local:${randomBytes(32).toString('base64')}`
  writeFileSync(file, `${keys}\n`, { mode: 0o600, flag: 'wx' })
  return { keys, file, isNew: true }
}
