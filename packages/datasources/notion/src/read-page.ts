import { type DataSourceContext, DataSourceError, isDataSourceError, type PageContent } from '@wellhead/datasource-node'
import { type NotionObject, objectSchema, read, segment } from './api.ts'
import { titleOf, toEntry } from './entries.ts'
import { list, object, text } from './json.ts'
import { pageMarkdown } from './page-markdown.ts'
import { createParentFinder } from './parents.ts'
import { wholePropertyText } from './property-text.ts'
import { tableOf } from './table.ts'

const readers = { page: readText, data_source: readTable, database: readDatabase }

/** Reads a page as text, or a data source or a database as a table of its rows. Without a type each is tried in turn. */
export async function readPage(ctx: DataSourceContext, input: { id: string; type?: string }): Promise<PageContent> {
  if (input.type !== undefined) {
    if (!Object.hasOwn(readers, input.type)) {
      throw new DataSourceError(
        'invalid_request',
        'Notion has pages, data sources and databases; nothing else can be read.',
      )
    }
    return readers[input.type as keyof typeof readers](ctx, input.id)
  }
  let failure: unknown
  for (const reader of Object.values(readers)) {
    try {
      return await reader(ctx, input.id)
    } catch (error) {
      // Notion answers 404, or 400 when it knows the id as another kind.
      if (!isDataSourceError(error) || (error.code !== 'not_found' && error.code !== 'invalid_request')) throw error
      failure ??= error
    }
  }
  throw failure
}

async function readText(ctx: DataSourceContext, id: string): Promise<PageContent> {
  const page = await getItem(ctx, 'pages', id)
  const warnings = new Set<string>()
  const content = await pageMarkdown(ctx, page.id, warnings)
  const properties: Record<string, string> = {}
  for (const [name, property] of Object.entries(object(page.properties))) {
    // Notion's rendering has none of a row's values.
    if (object(property).type !== 'title') properties[name] = await wholePropertyText(ctx, page.id, object(property))
  }
  return { ...(await described(ctx, page, 'page')), content, warnings: [...warnings], metadata: { properties } }
}

async function readTable(ctx: DataSourceContext, id: string): Promise<PageContent> {
  const dataSource = await getItem(ctx, 'data_sources', id)
  return { ...(await described(ctx, dataSource, 'data_source')), content: tableOf(ctx, dataSource) }
}

/** A database holds one or more data sources; each becomes a table, under its name when there are several. */
async function readDatabase(ctx: DataSourceContext, id: string): Promise<PageContent> {
  const database = await getItem(ctx, 'databases', id)
  const ids = list(database.data_sources).map((dataSource) => text(dataSource.id))
  if (ids.length === 0) {
    throw new DataSourceError('content_unavailable', 'No data source of this database is shared with the connection.')
  }
  async function* tables(): AsyncGenerator<string> {
    for (const [index, dataSourceId] of ids.entries()) {
      const dataSource = await getItem(ctx, 'data_sources', dataSourceId)
      if (ids.length > 1) yield `${index === 0 ? '' : '\n'}## ${titleOf(dataSource)}\n\n`
      yield* tableOf(ctx, dataSource)
    }
  }
  return { ...(await described(ctx, database, 'database')), content: tables() }
}

async function getItem(ctx: DataSourceContext, kind: string, id: string): Promise<NotionObject> {
  const item = await read(ctx, `/v1/${kind}/${segment(id)}`, objectSchema)
  if (item.in_trash === true) throw new DataSourceError('not_found', 'This is in the trash of Notion.')
  return item
}

async function described(ctx: DataSourceContext, item: NotionObject, type: string) {
  const parentId = await createParentFinder(ctx)(item)
  return { ...toEntry(item, type, parentId), mimeType: 'text/markdown' as const }
}
