import { type DataSourceContext, DataSourceError, type PageEntry, type PageListing } from '@wellhead/datasource-node'
import { nextCursor, objectListSchema, read } from './api.ts'
import { toEntry } from './entries.ts'
import { createParentFinder } from './parents.ts'

/**
 * One page of everything that is shared with the connection: pages, rows of data sources among them, and data sources.
 * https://developers.notion.com/reference/post-search
 *
 * Our cursor is Notion's behind a mark: `0:` as long as the search is whole, `1:` once Notion said that it cuts the search
 * at its limit. A cut listing ends in an error after its last page, never quietly.
 */
export async function listPages(
  ctx: DataSourceContext,
  input: { cursor?: string; query?: string },
): Promise<PageListing> {
  const position = parseCursor(input.cursor)
  const found = await read(ctx, '/v1/search', objectListSchema, {
    // Titles are matched by Notion.
    ...(input.query?.trim() ? { query: input.query.trim() } : {}),
    sort: { timestamp: 'last_edited_time', direction: 'descending' },
    page_size: 100,
    // Left out at first: Notion refuses null.
    ...(position.start ? { start_cursor: position.start } : {}),
  })
  const cut = position.cut || found.request_status?.type === 'incomplete'
  const next = nextCursor(found)
  if (next !== undefined && next === position.start) {
    throw new DataSourceError('invalid_response', 'Notion gives the same page of a list again.')
  }
  const parentIdOf = createParentFinder(ctx)
  const pages: PageEntry[] = []
  for (const item of found.results) {
    if (item.in_trash === true || (item.object !== 'page' && item.object !== 'data_source')) continue
    pages.push(toEntry(item, item.object, await parentIdOf(item)))
  }
  return {
    pages,
    nextCursor: next !== undefined ? `${cut ? 1 : 0}:${next}` : cut ? '1:' : null,
  }
}

function parseCursor(cursor: string | undefined): { readonly cut: boolean; readonly start: string } {
  if (cursor === undefined) return { cut: false, start: '' }
  if (cursor === '1:') {
    throw new DataSourceError(
      'content_unavailable',
      'Notion ends a search at its result limit, so the listing is not whole. Narrow it with a query.',
    )
  }
  if (!/^[01]:./.test(cursor)) throw new DataSourceError('cursor_expired', 'This is not a cursor of this listing.')
  return { cut: cursor.startsWith('1'), start: cursor.slice(2) }
}
