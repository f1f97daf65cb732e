import type { DataSourceContext } from '@wellhead/datasource-node'
import type { NotionObject } from './api.ts'
import { tableCell, tableRow } from './block-markdown.ts'
import { titleOf } from './entries.ts'
import { type Json, object, text } from './json.ts'
import { wholePropertyText } from './property-text.ts'
import { link, notionUrl } from './rich-text.ts'
import { allRows } from './rows.ts'

/** A data source as one Markdown table, in pieces: its header, then the rows as they arrive. */
export async function* tableOf(ctx: DataSourceContext, dataSource: NotionObject): AsyncGenerator<string> {
  const columns = columnsOf(object(dataSource.properties))
  yield `${tableRow(columns.map(tableCell))}\n${tableRow(columns.map(() => '---'))}\n`
  for await (const rows of allRows(ctx, dataSource.id)) {
    let piece = ''
    for (const row of rows) piece += `${tableRow(await cellsOf(ctx, row, columns))}\n`
    yield piece
  }
}

/** The title leads. A data source that is partly visible has no schema; its rows still have titles. */
function columnsOf(schema: Json): readonly string[] {
  const names = Object.keys(schema)
  const isTitle = (name: string) => object(schema[name]).type === 'title'
  return names.some(isTitle)
    ? [...names.filter(isTitle), ...names.filter((name) => !isTitle(name))]
    : ['Title', ...names]
}

/** A wiki holds data sources among its pages; they have a title and no other cell. */
async function cellsOf(ctx: DataSourceContext, row: NotionObject, columns: readonly string[]): Promise<string[]> {
  const values = row.object === 'page' ? object(row.properties) : {}
  const cells = [tableCell(link(titleOf(row), text(row.url) || notionUrl(row.id)))]
  for (const name of columns.slice(1)) cells.push(tableCell(await wholePropertyText(ctx, row.id, object(values[name]))))
  return cells
}
