import { DataSourceError } from '@wellhead/datasource-node'
import { z } from 'zod'

/** Of Dropbox's own: one word of letters and signs. It is only ever sent back in a body. */
const word = z
  .string()
  .max(65_536)
  .regex(/^[\x21-\x7e]+$/)

const schemas = {
  /** `parentId`: the folder that is listed, and the parent of its entries; null for the top. */
  listing: z.strictObject({
    kind: z.literal('listing'),
    folder: z.string(),
    parentId: z.string().nullable(),
    cursor: word,
  }),
  changes: z.strictObject({ kind: z.literal('changes'), cursor: word }),
}

type Kind = keyof typeof schemas
export type Cursor<K extends Kind> = z.infer<(typeof schemas)[K]>

/**
 * Dropbox continues whatever a cursor was made for, so ours says what that is: one of a folder's listing would tell of the changes in that
 * folder alone.
 */
export function writeCursor(cursor: Cursor<Kind>): string {
  return Buffer.from(JSON.stringify(cursor)).toString('base64url')
}

/** @throws DataSourceError `invalid_request` for what is no cursor of this kind */
export function readCursor<K extends Kind>(kind: K, text: string): Cursor<K> {
  try {
    if (!/^[\w-]+$/.test(text)) throw new Error('not base64url')
    return schemas[kind].parse(JSON.parse(Buffer.from(text, 'base64url').toString())) as Cursor<K>
  } catch (cause) {
    throw new DataSourceError('invalid_request', 'This is not a cursor of this listing.', { cause })
  }
}
