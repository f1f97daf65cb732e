import {
  type DataSourceContext,
  DataSourceError,
  type DataSourceErrorCode,
  isDataSourceError,
  readJson,
} from '@wellhead/datasource-node'
import type { z } from 'zod'

export type Query = Readonly<Record<string, string>>

/** Without these the API hides everything that lies in shared drives. */
export const forAllDrives: Query = { supportsAllDrives: 'true', includeItemsFromAllDrives: 'true' }

export const apiUrl = (ctx: DataSourceContext, path: string, query: Query): string =>
  `${ctx.endpoint('api')}${path}?${new URLSearchParams(query)}`

export async function read<Schema extends z.ZodType>(
  ctx: DataSourceContext,
  path: string,
  query: Query,
  schema: Schema,
  headers: Query = {},
): Promise<z.infer<Schema>> {
  return readJson(await ctx.fetch(apiUrl(ctx, path, query), { headers }), schema)
}

/** An id as a part of a path. Ids come from callers too: one that is none must not change the path. */
export function segment(id: string): string {
  if (!/^[\w-]+$/.test(id)) throw new DataSourceError('invalid_request', 'This is not an id of Google Drive.')
  return id
}

/** An id, or any text, as a literal of a search query: https://developers.google.com/workspace/drive/api/guides/search-files */
export const literal = (text: string): string => `'${text.replace(/[\\']/g, '\\$&')}'`

/**
 * The key of an item that was shared by a hardened link, without which it is not found:
 * https://developers.google.com/workspace/drive/api/guides/resource-keys
 */
export function resourceKeyHeader(item: { id: string; resourceKey?: string | null | undefined }): Query {
  return item.resourceKey ? { 'x-goog-drive-resource-keys': `${item.id}/${item.resourceKey}` } : {}
}

/** The token of the next page of a list. Going on with one that was just used would never end. */
export function nextToken(used: string | undefined, given: string | null | undefined): string | undefined {
  if (given && given === used)
    throw new DataSourceError('invalid_response', 'Google Drive says that there is more, but gives no new page token.')
  return given || undefined
}

export const isError = (error: unknown, code: DataSourceErrorCode): boolean =>
  isDataSourceError(error) && error.code === code
