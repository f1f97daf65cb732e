import type { DataSourceContext } from '@wellhead/datasource-node'
import { allPages, codeOf, type NotionObject, readItem, segment } from './api.ts'
import { type Json, object, text, typed } from './json.ts'

/** A block with its children, ready to be written as Markdown. https://developers.notion.com/reference/block */
export interface BlockNode {
  readonly id: string
  readonly type: string
  /** What stands under the block's type. */
  readonly payload: Json
  readonly children: readonly BlockNode[]
}

/**
 * Reads blocks with everything below them, one request at a time: Notion allows three a second, so that more at once
 * would only be refused. What cannot be had although the rest is whole goes to `warnings`.
 *
 * `above` holds the ids on the way down: a synced block may lead back to where it stands.
 */
export function createBlockReader(ctx: DataSourceContext, warnings: Set<string>) {
  async function readChildren(id: string, above: readonly string[] = []): Promise<BlockNode[]> {
    if (above.includes(id)) return []
    const nodes: BlockNode[] = []
    for await (const page of allPages(ctx, `/v1/blocks/${segment(id)}/children`)) {
      for (const block of page.results) {
        if (block.in_trash !== true) nodes.push(await withChildren(block, [...above, id]))
      }
    }
    return nodes
  }

  async function withChildren(block: NotionObject, above: readonly string[]): Promise<BlockNode> {
    const type = text(block.type)
    const payload = object(typed(block))
    if (type === 'unsupported' || type === '') {
      warnings.add('Notion does not give the content of some blocks of this page to connections.')
    }
    const children: BlockNode[] = []
    for (const source of sourcesOf(block, type, payload)) {
      try {
        children.push(...(await readChildren(source, above)))
      } catch (error) {
        // The original of a synced block and the parts of meeting notes stand elsewhere, and may not be shared.
        if (source === block.id || codeOf(error) !== 'not_found') throw error
        warnings.add('A part of this page stands in a block that is not shared with the connection.')
      }
    }
    return { id: block.id, type, payload, children }
  }

  return { readChildren, readBlock: async (id: string) => withChildren(await readItem(ctx, 'block', id), []) }
}

/** The blocks whose children are a block's content. */
function sourcesOf(block: NotionObject, type: string, payload: Json): string[] {
  // Pages and tables of their own.
  if (type === 'child_page' || type === 'child_database') return []
  const original = text(object(payload.synced_from).block_id)
  if (original) return [original]
  // The transcript is left out, as in the markdown endpoint.
  const { summary_block_id: summary, notes_block_id: notes } = object(payload.children)
  const parts = [text(summary), text(notes)].filter(Boolean)
  if (parts.length > 0) return parts
  return block.has_children === true ? [block.id] : []
}
