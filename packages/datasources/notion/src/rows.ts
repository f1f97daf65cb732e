import { type DataSourceContext, DataSourceError } from '@wellhead/datasource-node'
import { allPages, type NotionObject, objectListSchema, read, segment } from './api.ts'
import { text } from './json.ts'

/**
 * Every row of a data source, oldest first, one page of the API at a time.
 *
 * A query ends at 10,000 results and says so by `request_status`. The next one then begins at the creation time of the last
 * row, without the rows already given (https://developers.notion.com/guides/data-apis/query-large-data-sources). Where that leads no
 * further, it is an error: a part is never taken for the whole.
 */
export async function* allRows(ctx: DataSourceContext, dataSourceId: string): AsyncGenerator<readonly NotionObject[]> {
  const path = `/v1/data_sources/${segment(dataSourceId)}/query`
  let from: string | undefined
  let latest = ''
  // Creation times are given to the minute, so several rows share one.
  let givenAtLatest = new Set<string>()

  for (;;) {
    let cut = false
    let ordered = true
    const query = {
      sorts: [{ timestamp: 'created_time', direction: 'ascending' }],
      ...(from ? { filter: { timestamp: 'created_time', created_time: { on_or_after: from } } } : {}),
      page_size: 100,
    }
    const pages = allPages((cursor) =>
      read(ctx, path, objectListSchema, cursor ? { ...query, start_cursor: cursor } : query),
    )
    for await (const page of pages) {
      if (page.request_status?.type === 'incomplete') cut = true
      const fresh = page.results.filter((row) => row.in_trash !== true && !givenAtLatest.has(row.id))
      for (const row of page.results) {
        const created = text(row.created_time)
        if (created > latest) {
          latest = created
          givenAtLatest = new Set()
        } else if (created && created < latest) ordered = false
        givenAtLatest.add(row.id)
      }
      if (fresh.length > 0) yield fresh
    }
    if (!cut) return
    if (!ordered || latest === '' || latest === from) {
      throw new DataSourceError(
        'content_unavailable',
        'This data source has more rows than Notion gives to a query, and they cannot be told apart by their creation time.',
      )
    }
    from = latest
  }
}
