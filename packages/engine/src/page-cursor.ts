/** Cursors of lists that are newest first: the last row's time and id. */
import { EngineError } from './errors.ts'

export function encodePageCursor(at: Date, id: string): string {
  return Buffer.from(JSON.stringify([at.toISOString(), id])).toString('base64url')
}

/** @throws EngineError `invalid_cursor` */
export function decodePageCursor(cursor: string): { at: Date; id: string } {
  try {
    const [at, id] = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as [string, string]
    const date = new Date(at)
    if (typeof id === 'string' && !Number.isNaN(date.getTime())) return { at: date, id }
  } catch {
    // Said below.
  }
  throw new EngineError('invalid_cursor', 'This cursor is not one of this list.')
}
