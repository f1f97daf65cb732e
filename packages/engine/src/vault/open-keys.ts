/** The keys of an installation, for the operator: beside the servers, and without a queue, a registry or a provider. */
import { connectDatabase } from '../db/database.ts'
import { requireMigrated } from '../db/migrate.ts'
import { type KeyUse, listKeys } from './inventory.ts'
import { parseKeyRing } from './key-ring.ts'
import { askInTime, type KeyService } from './key-service.ts'
import { type RotateOptions, type Rotation, rotate } from './rotate.ts'
import { createVault } from './vault.ts'

export interface KeysRoom extends AsyncDisposable {
  /** Works also with keys that cannot open everything. */
  list(): Promise<readonly KeyUse[]>
  /** @throws EngineError `vault_key_missing`, `vault_misconfigured` when the keys cannot open what is stored; nothing is changed then */
  rotate(options: RotateOptions): Promise<Rotation>
}

/** @throws EngineError `vault_misconfigured`, `database_not_migrated` */
export async function openKeys(options: {
  /** Past a pooler. */
  databaseUrl: string
  encryptionKeys: string | KeyService
}): Promise<KeysRoom> {
  const { encryptionKeys } = options
  const service = typeof encryptionKeys === 'string' ? parseKeyRing(encryptionKeys) : encryptionKeys
  const { db, close } = connectDatabase(options.databaseUrl, { max: 4, pooled: false })
  try {
    await requireMigrated(db)
  } catch (error) {
    await close()
    throw error
  }
  return {
    list: () => listKeys(db, askInTime(service)),
    async rotate(given) {
      await createVault(db, service).verify()
      return rotate(db, service, given)
    },
    [Symbol.asyncDispose]: close,
  }
}
