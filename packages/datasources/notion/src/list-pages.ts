import { type DataSourceContext, DataSourceError, type PageEntry, type PageListing } from '@wellhead/datasource-node'
import { readList } from './api.ts'
import { createEntryMaker } from './entries.ts'

/**
 * One page of everything that is shared with the connection: pages, rows of data sources among them, and data sources.
 * https://developers.notion.com/reference/post-search
 *
 * Our cursor is Notion's behind a mark: `0:` as long as the search is whole, `1:` once Notion said that it cuts the
 * search at its limit. A cut listing ends in an error after its last page, never quietly.
 */
export async function listPages(
  ctx: DataSourceContext,
  input: { cursor?: string; query?: string },
): Promise<PageListing> {
  const position = parseCursor(input.cursor)
  const found = await readList(ctx, '/v1/search', position.asked, {
    // Titles are matched by Notion.
    ...(input.query?.trim() ? { query: input.query.trim() } : {}),
    sort: { timestamp: 'last_edited_time', direction: 'descending' },
  })
  const cut = position.cut || found.cut
  const entryOf = createEntryMaker(ctx)
  const pages: PageEntry[] = []
  for (const item of found.results) {
    if (item.in_trash === true || (item.object !== 'page' && item.object !== 'data_source')) continue
    pages.push(await entryOf(item, item.object))
  }
  return { pages, nextCursor: cut || found.next !== undefined ? `${cut ? 1 : 0}:${found.next ?? ''}` : null }
}

function parseCursor(cursor: string | undefined): { readonly cut: boolean; readonly asked: readonly string[] } {
  if (cursor === undefined) return { cut: false, asked: [] }
  if (cursor === '1:') {
    throw new DataSourceError('content_unavailable', 'Notion cut this listing at its limit. Narrow it with a query.')
  }
  if (!/^[01]:./.test(cursor)) throw new DataSourceError('cursor_expired', 'This is not a cursor of this listing.')
  return { cut: cursor.startsWith('1'), asked: [cursor.slice(2)] }
}
