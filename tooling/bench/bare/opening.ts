/** The least that reads a credential: one indexed select by a prepared statement, and AES-256-GCM. */
import { createDecipheriv, type KeyObject } from 'node:crypto'
import type postgres from 'postgres'

export interface DataKey {
  readonly id: string
  readonly key: KeyObject
}

export async function readBare(sql: postgres.Sql, id: string, { key }: DataKey): Promise<string> {
  const [row] = await sql<{ workspace_id: string; sealed: Buffer }[]>`
    select workspace_id, sealed from credentials where connection_id = ${id}`
  if (!row) throw new Error(`There is no credential ${id}`)
  return open(key, row.workspace_id, id, row.sealed)
}

/** As packages/engine/src/vault/envelope.ts lays it out. */
export function open(key: KeyObject, workspaceId: string, id: string, sealed: Buffer): string {
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(1, 13))
  decipher.setAAD(Buffer.from(`1\n${JSON.stringify([workspaceId, 'credentials', id])}`))
  decipher.setAuthTag(sealed.subarray(-16))
  return Buffer.concat([decipher.update(sealed.subarray(13, -16)), decipher.final()]).toString()
}
