import { type DataSourceContext, DataSourceError, type DriveEntry, type DriveListing } from '@wellhead/datasource-node'
import { itemSelect, members, noNewLink, pageSchema, read, urlOf } from './api.ts'
import { entryOf, kindOf } from './entries.ts'
import { isId, pathOf } from './item-ref.ts'
import { has } from './json.ts'
import { keepLink, noCursor, openLink } from './links.ts'
import { toldOfNoDrive } from './no-drive.ts'
import { openItem } from './open-item.ts'
import { otherDrives } from './other-drives.ts'

/** The most that Graph gives at once by default; it may give fewer. */
const query = { $select: itemSelect, $top: '200' }

/**
 * One page of a folder. https://learn.microsoft.com/graph/api/driveitem-list-children
 *
 * A cursor is the drive that is listed, empty for the account's own, a bar, and what stands of the next link below the endpoint.
 */
export async function listFolder(
  ctx: DataSourceContext,
  { folder, cursor }: { folder?: string; cursor?: string },
): Promise<DriveListing> {
  if (cursor !== undefined) {
    const [, driveId = '', kept = ''] = /^([^|]*)\|(.*)$/s.exec(cursor) ?? []
    if (driveId !== '' && !isId(driveId)) throw noCursor()
    return readPage(ctx, openLink(ctx, kept, 'children'), driveId || null)
  }
  if (folder === undefined) {
    const own = await readPage(ctx, urlOf(ctx, '/me/drive/root/children', query), null).catch(toldOfNoDrive)
    const others = await otherDrives(ctx)
    return {
      entries: [...others.entries, ...own.entries],
      nextCursor: own.nextCursor,
      warnings: [...others.warnings, ...own.warnings],
    }
  }
  const { content, contentRef } = await openItem(ctx, folder)
  // Of a file Graph lists nothing, without a word.
  if (kindOf(content) !== 'folder') throw new DataSourceError('invalid_request', 'This is not a folder of OneDrive.')
  return readPage(ctx, urlOf(ctx, `${pathOf(contentRef)}/children`, query), contentRef.driveId)
}

async function readPage(ctx: DataSourceContext, url: string, driveId: string | null): Promise<Required<DriveListing>> {
  const page = await read(ctx, url, pageSchema)
  const { items, warnings } = members(page)
  const entries = items.flatMap((item): DriveEntry[] => {
    const entry = has(item, 'deleted') ? undefined : entryOf(item, driveId)
    return entry ? [entry] : []
  })
  const next = page['@odata.nextLink']
  if (!next) return { entries, nextCursor: null, warnings }
  const kept = keepLink(ctx, next, 'children')
  if (openLink(ctx, kept, 'children') === url) throw noNewLink()
  return { entries, nextCursor: `${driveId ?? ''}|${kept}`, warnings }
}
