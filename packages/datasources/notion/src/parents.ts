import { type DataSourceContext, isDataSourceError } from '@wellhead/datasource-node'
import { type NotionObject, objectSchema, read, segment } from './api.ts'
import { parentOf } from './entries.ts'

/**
 * Finds the page that an item hangs under. A parent that is a block is followed up to its page.
 *
 * A parent that cannot be had hangs its item under the root (`null`): one page that is not shared must not break a listing.
 */
export function createParentFinder(ctx: DataSourceContext): (item: NotionObject) => Promise<string | null> {
  const blocks = new Map<string, NotionObject | null>()
  return async (item) => {
    let parent = parentOf(item)
    for (let depth = 0; parent?.kind === 'block' && depth < 50; depth++) {
      const block: NotionObject | null = blocks.has(parent.id)
        ? blocks.get(parent.id)!
        : await blockOrNull(ctx, parent.id)
      blocks.set(parent.id, block)
      if (block?.type === 'child_page') return block.id
      parent = block && parentOf(block)
    }
    return parent?.kind === 'item' ? parent.id : null
  }
}

async function blockOrNull(ctx: DataSourceContext, id: string): Promise<NotionObject | null> {
  try {
    return await read(ctx, `/v1/blocks/${segment(id)}`, objectSchema)
  } catch (error) {
    // These concern the whole listing, and the caller can do something about them.
    if (!isDataSourceError(error) || ['unauthorized', 'rate_limited', 'cancelled'].includes(error.code)) throw error
    ctx.log.debug('A parent could not be resolved; its page hangs under the root.', { code: error.code })
    return null
  }
}
