/**
 * The vault seals whole objects for one place in the database and opens them there only.
 *
 * Each workspace has a data key, wrapped by the operator's keys; the installation has one of its own for what serves
 * every workspace. Additional data binds a sealed value to its workspace, table and row, so that a value that was copied
 * to another row does not open.
 */
import type { Database } from '../db/database.ts'
import { sql } from '../db/query.ts'
import { dataKeys } from '../db/schema/index.ts'
import { EngineError } from '../errors.ts'
import { createDataKeys, RECHECK_MS } from './data-keys.ts'
import { decrypt, encrypt } from './envelope.ts'
import { askInTime, isKeyAway, type KeyService } from './key-service.ts'

export interface Place {
  /** `null` for what belongs to the installation. */
  readonly workspaceId: string | null
  readonly table: 'credentials' | 'oauth_clients' | 'authorizations' | 'installation_secrets' | 'cursors'
  readonly row: string
}

export interface Sealed {
  readonly sealed: Buffer
  readonly keyId: string
}

export interface Vault {
  seal(place: Place, value: unknown): Promise<Sealed>
  /** @throws EngineError `vault_tampered`, `vault_key_missing` or `vault_unavailable` */
  open<Value>(place: Place, sealed: Sealed): Promise<Value>
  /**
   * Makes sure that the key which seals for a workspace is at hand: asked before a provider is asked for what it gives only
   * once.
   */
  ready(workspaceId: string): Promise<void>
  /** Refuses to go on when the key service cannot open what is stored. */
  verify(): Promise<void>
}

/** `recheckMs`: how long it may seal with a data key that was superseded meanwhile. */
export function createVault(
  db: Database,
  service: KeyService,
  { recheckMs = RECHECK_MS }: { recheckMs?: number } = {},
): Vault {
  const keys = askInTime(service)
  const known = createDataKeys(db, keys, { recheckMs })

  return {
    async seal(place, value) {
      const { id, key } = await known.primary(place.workspaceId)
      return { sealed: encrypt(key, aadOf(place), Buffer.from(JSON.stringify(value))), keyId: id }
    },
    async open(place, { sealed, keyId }) {
      const key = await known.byId(keyId)
      return JSON.parse(decrypt(key, aadOf(place), sealed).toString())
    },
    async ready(workspaceId) {
      await known.primary(workspaceId)
    },
    async verify() {
      const samples = await db
        .selectDistinctOn([dataKeys.wrappedBy])
        .from(dataKeys)
        .orderBy(dataKeys.wrappedBy, sql`${dataKeys.createdAt} desc`)
      for (const row of samples) {
        if (!(await keys.has(row.wrappedBy)))
          throw new EngineError(
            'vault_key_missing',
            `The database holds secrets under encryption key "${row.wrappedBy}", which is not in WELLHEAD_ENCRYPTION_KEYS. Put it back; nothing was changed.`,
          )
        try {
          await known.open(row)
        } catch (error) {
          if (isKeyAway(error)) throw error
          throw new EngineError(
            'vault_misconfigured',
            `Encryption key "${row.wrappedBy}" is not the one that this database was sealed with. Put the right one back; nothing was changed.`,
            { cause: error },
          )
        }
      }
    },
  }
}

function aadOf(place: Place): string {
  return JSON.stringify([place.workspaceId, place.table, place.row])
}
