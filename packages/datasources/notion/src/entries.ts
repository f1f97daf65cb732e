import type { DataSourceContext, PageEntry } from '@wellhead/datasource-node'
import { codeOf, type NotionObject, objectSchema, read, segment } from './api.ts'
import { type Json, object, text, typed } from './json.ts'
import { plainText } from './rich-text.ts'

/** A page's title is its property of the type `title`; a database and a data source have theirs at the top. */
export function titleOf(item: Json): string {
  const property = Object.values(object(item.properties)).find((value) => object(value).type === 'title')
  return (plainText(item.title) || plainText(object(property).title)).trim() || 'Untitled'
}

/** Makes entries of items. The blocks on the way up to their parents are asked for once. */
export function createEntryMaker(ctx: DataSourceContext): (item: NotionObject, type: string) => Promise<PageEntry> {
  const blocks = new Map<string, NotionObject | null>()

  /** The page that an item hangs under, blocks in between followed up to it; null for the root. */
  async function parentIdOf(item: NotionObject): Promise<string | null> {
    let at: NotionObject | null = item
    // Blocks may lead round in a ring.
    for (let depth = 0; at && depth <= 50; depth++) {
      // A data source's own parent is its database, which no listing shows; its place in the tree is the database's.
      // https://developers.notion.com/reference/parent-object
      const parent = object(at.database_parent ?? at.parent)
      const id = text(typed(parent))
      const isItem = ['page_id', 'data_source_id', 'database_id'].includes(text(parent.type))
      if (parent.type !== 'block_id') return isItem && id ? id : null
      if (!blocks.has(id)) blocks.set(id, await blockOrNull(ctx, id))
      at = blocks.get(id) ?? null
      if (at?.type === 'child_page') return at.id
    }
    return null
  }

  return async (item, type) => ({
    id: item.id,
    type,
    title: titleOf(item),
    url: text(item.url) || null,
    icon: iconOf(item.icon),
    parentId: await parentIdOf(item),
    lastEditedAt: text(item.last_edited_time) || null,
  })
}

/** A parent that cannot be had hangs its item under the root: one page that is not shared must not break a listing. */
async function blockOrNull(ctx: DataSourceContext, id: string): Promise<NotionObject | null> {
  try {
    return await read(ctx, `/v1/blocks/${segment(id)}`, objectSchema)
  } catch (error) {
    const code = codeOf(error)
    // These concern the whole listing, and the caller can do something about them.
    if (['', 'unauthorized', 'rate_limited', 'cancelled'].includes(code)) throw error
    ctx.log.debug('A parent could not be resolved; its page hangs under the root.', { code })
    return null
  }
}

/** An emoji or a lasting URL. The URLs of uploaded files expire within the hour and are signed: never kept. */
function iconOf(value: unknown): string | null {
  const icon = object(value)
  if (icon.type === 'emoji') return text(icon.emoji) || null
  const url = text(object(icon.type === 'external' || icon.type === 'custom_emoji' ? icon[icon.type] : null).url)
  return url && !/[?&]X-Amz-/i.test(url) ? url : null
}
