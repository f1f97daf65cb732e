/** Cursors as callers see them: sealed, and bound to the connection and operation they came from. */

import { EngineError } from '../errors.ts'
import type { Operation } from '../model.ts'
import { isKeyAway } from '../vault/key-service.ts'
import type { Vault } from '../vault/vault.ts'

export interface CursorPlace {
  readonly workspaceId: string
  readonly connectionId: string
  readonly operation: Operation
}

const placeOf = ({ workspaceId, connectionId, operation }: CursorPlace) =>
  ({ workspaceId, table: 'cursors', row: `${connectionId}:${operation}` }) as const

export async function sealCursor(vault: Vault, place: CursorPlace, cursor: string): Promise<string> {
  const { sealed, keyId } = await vault.seal(placeOf(place), cursor)
  return `${keyId}.${sealed.toString('base64url')}`
}

/** @throws EngineError `invalid_cursor` for any other one, whoever made it */
export async function openCursor(vault: Vault, place: CursorPlace, cursor: string): Promise<string> {
  const [keyId, sealed] = cursor.split('.')
  try {
    if (keyId && sealed) return await vault.open(placeOf(place), { keyId, sealed: Buffer.from(sealed, 'base64url') })
  } catch (error) {
    // Ours to repair: the cursor may be a good one.
    if (error instanceof EngineError && isKeyAway(error) && error.details.data_key !== 'gone') throw error
    // Said below: a caller's bytes are no reason to speak of tampering with the vault.
  }
  throw new EngineError('invalid_cursor', 'This cursor is not one of this connection and operation.')
}
