import { type DataSourceContext, DataSourceError } from '@wellhead/datasource-node'
import { allPages, type NotionObject, segment } from './api.ts'
import { tableCell, tableRow } from './block-markdown.ts'
import { titleOf } from './entries.ts'
import { object, text } from './json.ts'
import { wholePropertyText } from './property-text.ts'
import { link, notionUrl } from './rich-text.ts'

/** A data source as one Markdown table, in pieces: its header, then the rows as they arrive. */
export async function* tableOf(ctx: DataSourceContext, dataSource: NotionObject): AsyncGenerator<string> {
  const schema = object(dataSource.properties)
  const names = Object.keys(schema)
  const title = names.find((name) => object(schema[name]).type === 'title')
  // The title leads. A data source that is partly visible has no schema; its rows still have titles.
  const columns = [title ?? 'Title', ...names.filter((name) => name !== title)]
  yield `${tableRow(columns.map(tableCell))}\n${tableRow(columns.map(() => '---'))}\n`
  for await (const rows of allRows(ctx, dataSource.id)) {
    let piece = ''
    for (const row of rows) piece += `${tableRow(await cellsOf(ctx, row, columns))}\n`
    yield piece
  }
}

/** A wiki holds data sources among its pages; they have a title and no other cell. */
async function cellsOf(ctx: DataSourceContext, row: NotionObject, columns: readonly string[]): Promise<string[]> {
  const values = row.object === 'page' ? object(row.properties) : {}
  const cells = [tableCell(link(titleOf(row), text(row.url) || notionUrl(row.id)))]
  for (const name of columns.slice(1)) cells.push(tableCell(await wholePropertyText(ctx, row.id, object(values[name]))))
  return cells
}

/**
 * Every row of a data source, oldest first, one page of the API at a time.
 *
 * A query ends at 10,000 results and says so by `request_status`. The next one then begins at the creation time of the
 * last row, without the rows already given. Where that leads no further, it is an error: a part is never taken for the
 * whole. https://developers.notion.com/guides/data-apis/query-large-data-sources
 */
async function* allRows(ctx: DataSourceContext, dataSourceId: string): AsyncGenerator<readonly NotionObject[]> {
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
    }
    for await (const page of allPages(ctx, `/v1/data_sources/${segment(dataSourceId)}/query`, query)) {
      cut ||= page.cut
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
        'This data source has more rows than Notion gives to a query, and their creation times do not tell them apart.',
      )
    }
    from = latest
  }
}
