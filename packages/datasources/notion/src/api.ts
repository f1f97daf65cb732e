import { type DataSourceContext, DataSourceError, readJson } from '@wellhead/datasource-node'
import { z } from 'zod'

/** The newest version; the markdown endpoint needs it. https://developers.notion.com/reference/versioning */
export const NOTION_VERSION = '2026-03-11'

/** Any object of Notion's: a page, a database, a data source, a block. A partial one has no more than this. */
export const objectSchema = z.looseObject({ id: z.string() })
export type NotionObject = z.infer<typeof objectSchema>

const listOf = <Item extends z.ZodType>(item: Item) =>
  z.looseObject({
    results: z.array(item),
    has_more: z.boolean(),
    next_cursor: z.string().nullish(),
    // `incomplete` on any page: the whole query was cut at 10,000 results.
    // https://developers.notion.com/guides/data-apis/query-large-data-sources
    request_status: z.looseObject({ type: z.string() }).nullish(),
  })
export const objectListSchema = listOf(objectSchema)
export const propertyListSchema = listOf(z.looseObject({}))

const headers = { 'notion-version': NOTION_VERSION }

export async function getJson<Schema extends z.ZodType>(
  ctx: DataSourceContext,
  path: string,
  schema: Schema,
): Promise<z.infer<Schema>> {
  return readJson(await ctx.fetch(ctx.endpoint('api') + path, { headers }), schema)
}

/** For the calls that only read although they are a POST: search and query. */
export async function postToRead<Schema extends z.ZodType>(
  ctx: DataSourceContext,
  path: string,
  json: Readonly<Record<string, unknown>>,
  schema: Schema,
): Promise<z.infer<Schema>> {
  const init = { method: 'POST', headers, json, replayable: true }
  return readJson(await ctx.fetch(ctx.endpoint('api') + path, init), schema)
}

/** An id as a part of a path. Ids also come from answers and from callers: one that is none must not change the path. */
export function segment(id: string): string {
  if (!/^[\w-]+$/.test(id)) throw new DataSourceError('invalid_request', 'This is not an id of Notion.')
  return id
}

/** The query of a paged GET. `start_cursor` is left out at first: Notion refuses an empty one. */
export function pageQuery(cursor: string | undefined): string {
  return `?page_size=100${cursor === undefined ? '' : `&start_cursor=${encodeURIComponent(cursor)}`}`
}

interface Paged {
  readonly has_more: boolean
  readonly next_cursor?: string | null | undefined
}

/** The cursor of the next page; `undefined` after the last. More without a cursor would be a part taken for the whole. */
export function nextCursor(page: Paged): string | undefined {
  if (!page.has_more) return undefined
  if (page.next_cursor) return page.next_cursor
  throw new DataSourceError('invalid_response', 'Notion says that there is more, but not where.')
}

/** Every page of a list, to the last. */
export async function* allPages<Page extends Paged>(
  fetchPage: (cursor: string | undefined) => Promise<Page>,
): AsyncGenerator<Page> {
  const seen = new Set<string>()
  for (let cursor: string | undefined; ; ) {
    const page = await fetchPage(cursor)
    yield page
    cursor = nextCursor(page)
    if (cursor === undefined) return
    if (seen.has(cursor)) throw new DataSourceError('invalid_response', 'Notion gives the same page of a list again.')
    seen.add(cursor)
  }
}
