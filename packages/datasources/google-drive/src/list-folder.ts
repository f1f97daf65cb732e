import { type DataSourceContext, DataSourceError, type DriveEntry, type DriveListing } from '@wellhead/datasource-node'
import { z } from 'zod'
import { forAllDrives, literal, nextToken, read, resourceKeyHeader } from './api.ts'
import { readDrives } from './drives.ts'
import { driveEntryOf, entryOf, sharedWithMe, sharedWithMeId } from './entries.ts'
import { folderMimeType, itemSchema, listedFields, resolveItem } from './items.ts'
import { type FilesPlace, readCursor, writeCursor } from './listing-cursor.ts'

const filesSchema = z.looseObject({
  nextPageToken: z.string().nullish(),
  incompleteSearch: z.boolean().nullish(),
  files: z.array(itemSchema),
})

/**
 * One page of a folder. The top is "Shared with me", the shared drives, and what lies in My Drive.
 * https://developers.google.com/workspace/drive/api/reference/rest/v3/files/list
 */
export async function listFolder(
  ctx: DataSourceContext,
  { folder, cursor }: { folder?: string; cursor?: string },
): Promise<DriveListing> {
  const of = folder ?? null
  if (cursor !== undefined) {
    const { in: place, token } = readCursor(cursor, folder)
    if (place.kind === 'drives') return listTop(ctx, token)
    return listPage(ctx, of, place, token)
  }
  if (folder === undefined) return listTop(ctx)
  if (folder === sharedWithMeId) return listPage(ctx, of, { kind: 'shared_with_me' })
  return listPage(ctx, of, await openFolder(ctx, folder))
}

async function listTop(ctx: DataSourceContext, token?: string): Promise<DriveListing> {
  const { drives, next } = await readDrives(ctx, token)
  const entries: DriveEntry[] = [...(token === undefined ? [sharedWithMe] : []), ...drives.map(driveEntryOf)]
  if (next !== undefined) return { entries, nextCursor: writeCursor({ of: null, in: { kind: 'drives' }, token: next }) }
  const own = await listPage(ctx, null, { kind: 'folder', id: 'root' })
  return { entries: [...entries, ...own.entries], nextCursor: own.nextCursor }
}

/** A folder's own metadata says that it is there and that it is one, where a shortcut leads, and in which drive it lies. */
async function openFolder(ctx: DataSourceContext, folder: string): Promise<FilesPlace> {
  const { target } = await resolveItem(ctx, folder)
  if (target.mimeType !== folderMimeType)
    throw new DataSourceError('invalid_request', 'This is a file, and has nothing to list.')
  const { id, driveId, resourceKey } = target
  return { kind: 'folder', id, ...(driveId ? { driveId } : {}), ...(resourceKey ? { resourceKey } : {}) }
}

async function listPage(
  ctx: DataSourceContext,
  of: string | null,
  place: FilesPlace,
  token?: string,
): Promise<DriveListing> {
  const isFolder = place.kind === 'folder'
  const query = {
    q: `${isFolder ? `${literal(place.id)} in parents` : 'sharedWithMe'} and trashed = false`,
    // Unset, it would be the whole list of My Drive at once.
    pageSize: '1000',
    orderBy: 'folder,name_natural',
    fields: `nextPageToken,incompleteSearch,files(${listedFields})`,
    ...forAllDrives,
    ...(isFolder && place.driveId ? { corpora: 'drive', driveId: place.driveId } : {}),
    ...(token === undefined ? {} : { pageToken: token }),
  }
  const page = await read(ctx, '/files', query, filesSchema, isFolder ? resourceKeyHeader(place) : {})
  if (page.incompleteSearch)
    throw new DataSourceError('provider_unavailable', 'Google Drive could not look through the whole folder.')
  // A page may be short, or empty, while there is a token.
  const next = nextToken(token, page.nextPageToken)
  return {
    entries: page.files.map(entryOf),
    nextCursor: next === undefined ? null : writeCursor({ of, in: place, token: next }),
  }
}
