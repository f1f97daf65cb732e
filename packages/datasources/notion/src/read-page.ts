import { type DataSourceContext, DataSourceError, type PageContent } from '@wellhead/datasource-node'
import { codeOf, type NotionObject, readItem } from './api.ts'
import { createEntryMaker, titleOf } from './entries.ts'
import { list, object, text } from './json.ts'
import { pageMarkdown } from './page-markdown.ts'
import { wholePropertyText } from './property-text.ts'
import { tableOf } from './table.ts'

type Content = Pick<PageContent, 'content' | 'warnings' | 'metadata'>

const readers = new Map<string, (ctx: DataSourceContext, item: NotionObject) => Promise<Content>>([
  ['page', pageContent],
  ['data_source', async (ctx, dataSource) => ({ content: tableOf(ctx, dataSource) })],
  ['database', databaseContent],
])

/** Reads a page as text, a data source or a database as a table of its rows. Without a type each is tried in turn. */
export async function readPage(ctx: DataSourceContext, input: { id: string; type?: string }): Promise<PageContent> {
  let failure: unknown
  for (const type of input.type === undefined ? readers.keys() : [input.type]) {
    const reader = readers.get(type)
    if (!reader) throw new DataSourceError('invalid_request', 'Notion has pages, data sources and databases to read.')
    try {
      const item = await readItem(ctx, type, input.id)
      const content = await reader(ctx, item)
      return { ...(await createEntryMaker(ctx)(item, type)), ...content, mimeType: 'text/markdown' }
    } catch (error) {
      // Notion answers 404, or 400 when it knows the id as another kind.
      if (!['not_found', 'invalid_request'].includes(codeOf(error))) throw error
      failure ??= error
    }
  }
  throw failure
}

async function pageContent(ctx: DataSourceContext, page: NotionObject): Promise<Content> {
  const warnings = new Set<string>()
  const content = await pageMarkdown(ctx, page.id, warnings)
  const properties: Record<string, string> = {}
  for (const [name, property] of Object.entries(object(page.properties))) {
    // Notion's rendering has none of a row's values.
    if (object(property).type !== 'title') properties[name] = await wholePropertyText(ctx, page.id, object(property))
  }
  return { content, warnings: [...warnings], metadata: { properties } }
}

/** A database holds one or more data sources; each becomes a table, under its name when there are several. */
async function databaseContent(ctx: DataSourceContext, database: NotionObject): Promise<Content> {
  const ids = list(database.data_sources).map((dataSource) => text(dataSource.id))
  if (ids.length === 0) {
    throw new DataSourceError('content_unavailable', 'No data source of this database is shared with the connection.')
  }
  async function* tables(): AsyncGenerator<string> {
    for (const [index, id] of ids.entries()) {
      const dataSource = await readItem(ctx, 'data_source', id)
      if (ids.length > 1) yield `${index === 0 ? '' : '\n'}## ${titleOf(dataSource)}\n\n`
      yield* tableOf(ctx, dataSource)
    }
  }
  return { content: tables() }
}
