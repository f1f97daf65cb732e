import { type DataSourceContext, DataSourceError, type DriveListing } from '@wellhead/datasource-node'
import type { Api } from './api.ts'
import { readCursor, writeCursor } from './cursors.ts'
import { metadataSchema, mustGoOn, pageSchema, readEntries, toEntry } from './entries.ts'
import { parsePath } from './paths.ts'

/** Approximate, and the most is 2,000. */
export const pageLimit = 1000

/**
 * One page of a folder. The top of an account with a team space has the team's folders and the account's own, as Dropbox shows them.
 * https://www.dropbox.com/developers/documentation/http/documentation#files-list_folder
 */
export async function listFolder(
  api: Api,
  ctx: DataSourceContext,
  input: { folder?: string; cursor?: string },
): Promise<DriveListing> {
  const folder = parsePath(input.folder ?? '')
  const from = input.cursor === undefined ? undefined : readCursor('listing', input.cursor)
  if (from && from.folder !== folder)
    throw new DataSourceError('invalid_request', 'This is a cursor of another folder.')
  const parentId = from ? from.parentId : await idOf(api, ctx, folder)
  const page = from
    ? await api.read(ctx, 'files/list_folder/continue', { cursor: from.cursor }, pageSchema)
    : await api.read(ctx, 'files/list_folder', { path: folder, limit: pageLimit }, pageSchema)
  mustGoOn(page, from?.cursor)
  const { items, warnings } = readEntries(page)
  return {
    entries: items.flatMap((item) => (item['.tag'] === 'deleted' ? [] : [toEntry(item, parentId)])),
    warnings,
    nextCursor: page.has_more ? writeCursor({ kind: 'listing', folder, parentId, cursor: page.cursor }) : null,
  }
}

/** Of the folder, so that its entries know their parent; null for the top, which has none. */
async function idOf(api: Api, ctx: DataSourceContext, folder: string): Promise<string | null> {
  if (folder.startsWith('id:')) return folder
  // The root of a namespace has no metadata.
  if (folder === '' || /^ns:[0-9]+$/.test(folder)) return null
  const item = await api.read(ctx, 'files/get_metadata', { path: folder }, metadataSchema)
  if (item['.tag'] === 'folder') return item.id
  throw new DataSourceError('invalid_request', 'This is not a folder.')
}
