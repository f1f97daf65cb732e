import type { DataSourceContext, DriveChanges, DriveDeletion, DriveEntry } from '@wellhead/datasource-node'
import { z } from 'zod'
import type { Api } from './api.ts'
import { readCursor, writeCursor } from './cursors.ts'
import { type Metadata, mustGoOn, pageSchema, readEntries, toEntry } from './entries.ts'
import { pageLimit } from './list-folder.ts'

/**
 * What changed anywhere below the top. Without a cursor: where to start from, as of now.
 * https://www.dropbox.com/developers/documentation/http/documentation#files-list_folder-get_latest_cursor
 */
export async function changes(api: Api, ctx: DataSourceContext, input: { cursor?: string }): Promise<DriveChanges> {
  if (input.cursor === undefined) {
    const argument = { path: '', recursive: true, include_deleted: true, limit: pageLimit }
    const schema = z.looseObject({ cursor: z.string().min(1) })
    const { cursor } = await api.read(ctx, 'files/list_folder/get_latest_cursor', argument, schema)
    return { changed: [], deleted: [], nextCursor: writeCursor({ kind: 'changes', cursor }), hasMore: false }
  }
  const { cursor } = readCursor('changes', input.cursor)
  const page = await api.read(ctx, 'files/list_folder/continue', { cursor }, pageSchema)
  mustGoOn(page, cursor)
  const { items, warnings } = readEntries(page)
  return {
    ...netEffect(items),
    warnings,
    nextCursor: writeCursor({ kind: 'changes', cursor: page.cursor }),
    hasMore: page.has_more,
  }
}

/**
 * What a page comes to when its entries are applied in their order: the last word on a path holds, and what stood below a path goes
 * with it when it is deleted or becomes a file. A rename is a deletion and an entry. Deletions have no id.
 */
function netEffect(items: readonly Metadata[]): Pick<DriveChanges, 'changed' | 'deleted'> {
  const changed = new Map<string, DriveEntry>()
  const deleted = new Map<string, DriveDeletion>()
  for (const item of items) {
    const path = item.path_lower ?? item.path_display?.toLowerCase()
    // What is not mounted anywhere has no path, and only its id to be told by.
    const key = path ?? (item['.tag'] === 'deleted' ? undefined : item.id)
    if (key === undefined) continue
    if (item['.tag'] !== 'folder')
      for (const known of changed.keys()) if (known.startsWith(`${key}/`)) changed.delete(known)
    changed.delete(key)
    deleted.delete(key)
    if (item['.tag'] === 'deleted') deleted.set(key, { id: null, path: key })
    else {
      // Told before at the path that it has left since; that path's deletion comes by itself.
      for (const [known, entry] of changed) if (entry.id === item.id) changed.delete(known)
      changed.set(key, toEntry(item, null))
    }
  }
  return { changed: [...changed.values()], deleted: [...deleted.values()] }
}
