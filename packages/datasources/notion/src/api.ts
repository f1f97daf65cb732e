import { type DataSourceContext, DataSourceError, readJson } from '@wellhead/datasource-node'
import { z } from 'zod'

/** The newest version; the markdown endpoint needs it. https://developers.notion.com/reference/versioning */
export const NOTION_VERSION = '2026-03-11'

/** Any object of Notion's: a page, a database, a data source, a block. A partial one has no more than this. */
export const objectSchema = z.looseObject({ id: z.string() })
export type NotionObject = z.infer<typeof objectSchema>

export const objectListSchema = z.looseObject({
  results: z.array(objectSchema),
  has_more: z.boolean(),
  next_cursor: z.string().nullish(),
  // `incomplete` on any page: the whole query was cut at 10,000 results.
  // https://developers.notion.com/guides/data-apis/query-large-data-sources
  request_status: z.looseObject({ type: z.string() }).nullish(),
})

/** GETs a path of the API; with `query`, POSTs that to it. Only for calls that read, as search and query do. */
export async function read<Schema extends z.ZodType>(
  ctx: DataSourceContext,
  path: string,
  schema: Schema,
  query?: Readonly<Record<string, unknown>>,
): Promise<z.infer<Schema>> {
  const headers = { 'notion-version': NOTION_VERSION }
  const init = query ? { method: 'POST', headers, json: query, replayable: true } : { headers }
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
