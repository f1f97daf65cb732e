import {
  type DataSourceContext,
  DataSourceError,
  type PageContent,
  type PageEntry,
  type PageListing,
  readJson,
} from '@wellhead/datasource-node'
import { z } from 'zod'

const itemSchema = z.looseObject({
  id: z.string().min(1),
  title: z.string().nullish(),
  url: z.string().nullish(),
  updated_at: z.string().nullish(),
})
const listingSchema = z.looseObject({ items: z.array(itemSchema), next_cursor: z.string().nullish() })
const contentSchema = itemSchema.extend({ markdown: z.string() })

/** `GET /items?q=&cursor=`. */
export async function listPages(
  ctx: DataSourceContext,
  { cursor, query }: { cursor?: string; query?: string },
): Promise<PageListing> {
  const url = new URL(`${ctx.endpoint('api')}/items`)
  if (cursor) url.searchParams.set('cursor', cursor)
  if (query) url.searchParams.set('q', query)
  const listing = await readJson(await ctx.fetch(url), listingSchema)
  return { pages: listing.items.map(entry), nextCursor: listing.next_cursor || null }
}

/** `GET /items/{id}`. */
export async function readPage(ctx: DataSourceContext, { id }: { id: string }): Promise<PageContent> {
  const url = `${ctx.endpoint('api')}/items/${encodeURIComponent(id)}`
  const item = await readJson(await ctx.fetch(url), contentSchema)
  if (item.markdown.trim() === '') throw new DataSourceError('content_unavailable', 'The page has no text.')
  return { ...entry(item), mimeType: 'text/markdown', content: item.markdown }
}

function entry({ id, title, url, updated_at }: z.infer<typeof itemSchema>): PageEntry {
  return {
    id,
    type: 'page',
    title: title || 'Untitled',
    url: url || null,
    icon: null,
    parentId: null,
    lastEditedAt: updated_at || null,
  }
}
