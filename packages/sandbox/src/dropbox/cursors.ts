import { createHash } from 'node:crypto'
import type { ListFolderArg } from './arguments.ts'

/**
 * A cursor holds where a listing stands; to a client it is an opaque word. It is bound to its account, its root and the arguments of
 * the listing, and survives a restart as the files of the sandbox do.
 */
export interface Cursor {
  readonly accountId: string
  readonly namespaceId: string
  /** How many times cursors had been reset when it was made. */
  readonly epoch: number
  /** Of the folder; null: the root of a team space. */
  readonly folderId: string | null
  readonly arg: Omit<ListFolderArg, 'path' | 'shared_link' | 'include_property_groups'>
  /** The number of the last item that was listed; null once all are, and from then on it tells of changes. */
  readonly listed: number | null
  /** The change up to which all was told, and how far inside it. */
  readonly told: readonly [sequence: number, key: number]
}

const sumOf = (payload: string) => createHash('sha256').update(`cursor ${payload}`).digest('base64url').slice(0, 12)

export function writeCursor(cursor: Cursor): string {
  const payload = Buffer.from(JSON.stringify(cursor)).toString('base64url')
  return `AA${sumOf(payload)}${payload}`
}

/** `undefined` for what never was a cursor. */
export function readCursor(text: string): Cursor | undefined {
  const [, sum, payload = ''] = /^AA([\w-]{12})([\w-]+)$/.exec(text) ?? []
  if (sum !== sumOf(payload)) return undefined
  return JSON.parse(Buffer.from(payload, 'base64url').toString()) as Cursor
}
