/**
 * The vault seals whole objects for one place in the database and opens them there only.
 *
 * Each workspace has a data key, wrapped by the operator's key ring; the installation has one of its own for what serves
 * every workspace. Additional data binds a sealed value to its workspace, table and row, so that a value that was copied
 * to another row does not open.
 */
import { randomBytes } from 'node:crypto'
import type { Database } from '../db/database.ts'
import { and, eq, isNull, sql } from '../db/query.ts'
import { dataKeys } from '../db/schema/index.ts'
import { EngineError } from '../errors.ts'
import { newId } from '../ids.ts'
import { decrypt, encrypt, type KeyRing } from './key-ring.ts'

export interface Place {
  /** `null` for what belongs to the installation. */
  readonly workspaceId: string | null
  readonly table: 'credentials' | 'oauth_clients' | 'authorizations' | 'cursors'
  readonly row: string
}

export interface Sealed {
  readonly sealed: Buffer
  readonly keyId: string
}

export interface Vault {
  seal(place: Place, value: unknown): Promise<Sealed>
  /** @throws EngineError `vault_tampered` or `vault_key_missing` */
  open<Value>(place: Place, sealed: Sealed): Promise<Value>
  /** Refuses to go on when the key ring cannot open what is stored. */
  verify(): Promise<void>
}

// Unwrapped data keys held in memory at once; the oldest goes first.
const MOST_KEYS = 10_000

export function createVault(db: Database, ring: KeyRing): Vault {
  const opened = new Map<string, Buffer>()
  const primaries = new Map<string, string>()

  const remember = (id: string, key: Buffer) => {
    if (opened.size >= MOST_KEYS) opened.delete(opened.keys().next().value as string)
    opened.set(id, key)
    return key
  }
  const wrapAad = (workspaceId: string | null, id: string) => JSON.stringify(['data_key', workspaceId, id])
  const unwrap = (row: typeof dataKeys.$inferSelect) =>
    remember(row.id, ring.unwrap(wrapAad(row.workspaceId, row.id), row.wrapped, row.wrappedBy))

  async function primaryKey(workspaceId: string | null): Promise<{ id: string; key: Buffer }> {
    const known = primaries.get(workspaceId ?? '')
    const knownKey = known && opened.get(known)
    if (known && knownKey) return { id: known, key: knownKey }
    const where = and(
      workspaceId === null ? isNull(dataKeys.workspaceId) : eq(dataKeys.workspaceId, workspaceId),
      eq(dataKeys.isPrimary, true),
    )
    let [row] = await db.select().from(dataKeys).where(where)
    if (!row) {
      const id = newId('dek')
      await db
        .insert(dataKeys)
        .values({ id, workspaceId, ...ring.wrap(wrapAad(workspaceId, id), randomBytes(32)) })
        .onConflictDoNothing()
      // Another process may have been first: its key is the one.
      ;[row] = await db.select().from(dataKeys).where(where)
    }
    if (!row) throw new EngineError('vault_key_missing', 'The data key of this workspace could not be made.')
    const key = opened.get(row.id) ?? unwrap(row)
    primaries.set(workspaceId ?? '', row.id)
    return { id: row.id, key }
  }

  async function keyById(id: string): Promise<Buffer> {
    const known = opened.get(id)
    if (known) return known
    const [row] = await db.select().from(dataKeys).where(eq(dataKeys.id, id))
    if (!row) throw new EngineError('vault_key_missing', 'The data key that a value was sealed with is gone.')
    return unwrap(row)
  }

  return {
    async seal(place, value) {
      const { id, key } = await primaryKey(place.workspaceId)
      return { sealed: encrypt(key, aadOf(place), Buffer.from(JSON.stringify(value))), keyId: id }
    },
    async open(place, { sealed, keyId }) {
      const key = await keyById(keyId)
      return JSON.parse(decrypt(key, aadOf(place), sealed).toString())
    },
    async verify() {
      const samples = await db
        .selectDistinctOn([dataKeys.wrappedBy])
        .from(dataKeys)
        .orderBy(dataKeys.wrappedBy, sql`${dataKeys.createdAt} desc`)
      for (const row of samples) {
        if (!ring.has(row.wrappedBy))
          throw new EngineError(
            'vault_key_missing',
            `The database holds secrets under encryption key "${row.wrappedBy}", which is not in WELLHEAD_ENCRYPTION_KEYS. Put it back; nothing was changed.`,
          )
        try {
          unwrap(row)
        } catch (error) {
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
