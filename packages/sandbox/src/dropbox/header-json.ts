/**
 * JSON that a header can carry: every character from U+007F on is written as `\uXXXX`, one for each UTF-16 unit.
 * https://www.dropbox.com/developers/reference/json-encoding
 */
export function toHeaderJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

/** `undefined` for what is not header-safe or not JSON. */
export function fromHeaderJson(header: string): { readonly value: unknown } | undefined {
  // Node hands the bytes of a header over as Latin-1.
  if (!/^[\x20-\x7e]*$/.test(header)) return undefined
  try {
    return { value: JSON.parse(header) }
  } catch {
    return undefined
  }
}
