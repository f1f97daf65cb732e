import { type DataSourceContext, DataSourceError, type DriveChanges, type DriveEntry } from '@wellhead/datasource-node'
import { type GraphObject, type GraphPage, itemSelect, members, noNewLink, pageSchema, read, urlOf } from './api.ts'
import { entryOf } from './entries.ts'
import { has } from './json.ts'
import { keepLink, openLink } from './links.ts'
import { toldOfNoDrive } from './no-drive.ts'

/**
 * What changed in the account's own drive, one page of a delta at a time. What lies behind shortcuts, and in other drives, has deltas of its
 * own. https://learn.microsoft.com/graph/api/driveitem-delta
 *
 * A cursor is what stands of the next or the delta link below the endpoint.
 */
export async function changes(ctx: DataSourceContext, { cursor }: { cursor?: string }): Promise<DriveChanges> {
  if (cursor === undefined) {
    const start = urlOf(ctx, '/me/drive/root/delta', { token: 'latest', $select: itemSelect })
    const page = await read(ctx, start, pageSchema).catch(toldOfNoDrive)
    return { changed: [], deleted: [], nextCursor: linkOf(ctx, page, start).kept, hasMore: false }
  }
  const url = openLink(ctx, cursor, 'delta')
  const page = await read(ctx, url, pageSchema)
  const { kept, hasMore } = linkOf(ctx, page, url)
  // An item may come several times; the last one holds.
  const told = members(page)
  const last = new Map(told.items.map((item): [string, GraphObject] => [item.id, item]))
  const items = [...last.values()].filter((item) => !has(item, 'root'))
  return {
    changed: items.flatMap((item): DriveEntry[] => {
      const entry = has(item, 'deleted') ? undefined : entryOf(item, null)
      return entry ? [entry] : []
    }),
    // Only the id is sure to be told.
    deleted: items.filter((item) => has(item, 'deleted')).map(({ id }) => ({ id, path: null })),
    nextCursor: kept,
    hasMore,
    warnings: told.warnings,
  }
}

function linkOf(ctx: DataSourceContext, page: GraphPage, asked: string): { kept: string; hasMore: boolean } {
  const next = page['@odata.nextLink']
  const link = next || page['@odata.deltaLink']
  if (!link) throw new DataSourceError('invalid_response', 'OneDrive does not say where its changes go on.')
  const kept = keepLink(ctx, link, 'delta')
  if (next && openLink(ctx, kept, 'delta') === asked) throw noNewLink()
  return { kept, hasMore: Boolean(next) }
}
