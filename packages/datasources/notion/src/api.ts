import { type DataSourceContext, DataSourceError, isDataSourceError, readJson } from '@wellhead/datasource-node'
import { z } from 'zod'
import type { Json } from './json.ts'

/** The newest version; the markdown endpoint needs it. https://developers.notion.com/reference/versioning */
export const NOTION_VERSION = '2026-03-11'

/** Any object of Notion's: a page, a database, a data source, a block. A partial one has no more than this. */
export const objectSchema = z.looseObject({ id: z.string() })
export type NotionObject = z.infer<typeof objectSchema>

const listSchema = z.looseObject({
  results: z.array(objectSchema),
  has_more: z.boolean(),
  next_cursor: z.string().nullish(),
  // `incomplete` on any page: the whole query was cut at 10,000 results.
  // https://developers.notion.com/guides/data-apis/query-large-data-sources
  request_status: z.looseObject({ type: z.string() }).nullish(),
})

/** GETs a path of the API; with `query`, POSTs that to it. Only for calls that read, as search and query do. */
export async function read<Value>(ctx: DataSourceContext, path: string, schema: z.ZodType<Value>, query?: Json) {
  const headers = { 'notion-version': NOTION_VERSION }
  const init = query ? { method: 'POST', headers, json: query, replayable: true } : { headers }
  return readJson(await ctx.fetch(ctx.endpoint('api') + path, init), schema)
}

/** A `page`, `data_source`, `database` or `block` that is not in the trash. */
export async function readItem(ctx: DataSourceContext, type: string, id: string): Promise<NotionObject> {
  const item = await read(ctx, `/v1/${type}s/${segment(id)}`, objectSchema)
  if (item.in_trash === true) throw new DataSourceError('not_found', 'This is in the trash of Notion.')
  return item
}

/**
 * One page of a list, by GET or, with `query`, by POST. `asked` are the cursors up to this page's own; the first page
 * has none, as Notion refuses an empty one. `next` is `undefined` after the last page; `cut`: Notion cuts the list.
 */
export async function readList(ctx: DataSourceContext, path: string, asked: readonly string[], query?: Json) {
  const cursor = asked.at(-1)
  const start: Record<string, string> = cursor ? { start_cursor: cursor } : {}
  const page = query
    ? await read(ctx, path, listSchema, { ...query, page_size: 100, ...start })
    : await read(ctx, `${path}?${new URLSearchParams({ page_size: '100', ...start })}`, listSchema)
  const next = page.has_more ? (page.next_cursor ?? '') : undefined
  // Going on would take a part for the whole, or never end.
  if (next === '' || (next && asked.includes(next))) {
    throw new DataSourceError('invalid_response', 'Notion says that there is more of a list, but gives no new cursor.')
  }
  return { results: page.results, next, cut: page.request_status?.type === 'incomplete' }
}

/** Every page of a list, to the last. */
export async function* allPages(ctx: DataSourceContext, path: string, query?: Json) {
  const asked: string[] = []
  for (;;) {
    const page = await readList(ctx, path, asked, query)
    yield page
    if (page.next === undefined) return
    asked.push(page.next)
  }
}

/** An id as a part of a path. Ids come from answers and from callers too: one that is none must not change the path. */
export function segment(id: string): string {
  if (!/^[\w-]+$/.test(id)) throw new DataSourceError('invalid_request', 'This is not an id of Notion.')
  return id
}

/** Empty for what is no error of a data source. */
export function codeOf(error: unknown): string {
  return isDataSourceError(error) ? error.code : ''
}
