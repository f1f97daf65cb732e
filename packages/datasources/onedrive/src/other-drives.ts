import { type DataSourceContext, type DriveEntry, isDataSourceError } from '@wellhead/datasource-node'
import { type GraphObject, objectSchema, read, readAll, urlOf } from './api.ts'
import { idOf, isId, pathOf } from './item-ref.ts'
import { text } from './json.ts'
import { keepLink, openLink } from './links.ts'

/** The drives that the account has besides its own, as folders. https://learn.microsoft.com/graph/api/drive-list */
export async function otherDrives(
  ctx: DataSourceContext,
): Promise<{ readonly entries: readonly DriveEntry[]; readonly warnings: readonly string[] }> {
  const own = await read(ctx, urlOf(ctx, '/me/drive', { $select: 'id' }), objectSchema)
  const first = urlOf(ctx, '/me/drives', { $select: 'id,name,webUrl' })
  const { items, warnings } = await readAll(ctx, first, (link) =>
    openLink(ctx, keepLink(ctx, link, 'drives'), 'drives'),
  )
  const entries: DriveEntry[] = []
  for (const drive of items)
    if (isId(drive.id) && drive.id.toLowerCase() !== own.id.toLowerCase()) entries.push(await driveEntry(ctx, drive))
  return { entries, warnings }
}

async function driveEntry(ctx: DataSourceContext, drive: GraphObject): Promise<DriveEntry> {
  const root = await rootOf(ctx, drive.id)
  return {
    id: idOf(drive.id, root && isId(root.id) ? root.id : 'root'),
    name: text(drive.name) || 'Drive',
    type: 'folder',
    parentId: null,
    path: null,
    mimeType: null,
    size: null,
    modifiedAt: text(root?.lastModifiedDateTime) || null,
    revision: null,
    url: text(drive.webUrl) || null,
  }
}

/** Undefined when this drive cannot be read: it is listed all the same, and says why when it is opened. */
async function rootOf(ctx: DataSourceContext, driveId: string): Promise<GraphObject | undefined> {
  const path = pathOf({ driveId, itemId: 'root' })
  try {
    return await read(ctx, urlOf(ctx, path, { $select: 'id,lastModifiedDateTime' }), objectSchema)
  } catch (error) {
    const ofThisOne = ['not_found', 'missing_scope', 'content_unavailable']
    if (isDataSourceError(error) && ofThisOne.includes(error.code)) return undefined
    throw error
  }
}
