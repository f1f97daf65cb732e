import { EngineError } from '../errors.ts'

/** @throws EngineError `invalid_parameters` */
export function checkedKey(key: string): string {
  const trimmed = key.trim()
  // A header value: what does not fit in one can only be a slip of the clipboard.
  if (!/^[\x21-\x7e]{4,4096}$/.test(trimmed))
    throw new EngineError('invalid_parameters', 'This is not an API key: it is empty, too long, or has spaces in it.')
  return trimmed
}

/** The last four characters; none of a short key, where they would tell too much. */
export const hintOf = (key: string): string | null => (key.length >= 12 ? key.slice(-4) : null)
