import { DataSourceError } from '@wellhead/datasource-node'

/**
 * A folder or file as a caller names it: `id:…`, `/a/b`, or `ns:123/a`; empty, or a slash alone, is the top.
 * https://www.dropbox.com/developers/documentation/http/documentation#path-formats
 *
 * @throws DataSourceError `invalid_request`
 */
export function parsePath(text: string): string {
  const path = text.trim().replace(/\/+$/, '')
  if (path === '') return ''
  if (/^id:[^/\s]+$/.test(path) || /^\/[^/]/.test(path) || /^ns:[0-9]+(\/[^/]|$)/.test(path)) return path
  throw new DataSourceError(
    'invalid_request',
    'A folder is named by its path, which begins with a slash, or by its id.',
  )
}
