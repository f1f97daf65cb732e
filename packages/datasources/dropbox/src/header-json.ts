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
