import { type DataSourceContext, DataSourceError, isDataSourceError } from '@wellhead/datasource-node'
import { allPages, getJson, type NotionObject, objectListSchema, objectSchema, pageQuery, segment } from './api.ts'
import { createGate } from './gate.ts'
import { type Json, object, text } from './json.ts'

/** A block with its children, ready to be written as Markdown. https://developers.notion.com/reference/block */
export interface BlockNode {
  readonly id: string
  readonly type: string
  /** What stands under the block's type. */
  readonly payload: Json
  readonly children: readonly BlockNode[]
}

export interface BlockReader {
  /** Everything below a page or a block. */
  children(id: string): Promise<BlockNode[]>
  /** One block with everything below it. */
  block(id: string): Promise<BlockNode>
}

/** Not walked into: they are pages and tables of their own. */
const otherDocuments = new Set(['child_page', 'child_database'])

/** Reads blocks with at most three requests at a time. What cannot be had although the rest is whole goes to `warnings`. */
export function createBlockReader(ctx: DataSourceContext, warnings: Set<string>): BlockReader {
  const gate = createGate(3, isNotFound)

  /** `above` holds the ids on the way down: a synced block may lead back to where it stands. */
  async function below(id: string, above: ReadonlySet<string>): Promise<BlockNode[]> {
    if (above.has(id)) return []
    const path = new Set(above).add(id)
    const nodes: Promise<BlockNode>[] = []
    const pages = allPages((cursor) =>
      gate(() => getJson(ctx, `/v1/blocks/${segment(id)}/children${pageQuery(cursor)}`, objectListSchema)),
    )
    const blocks: NotionObject[] = []
    for await (const page of pages) blocks.push(...page.results)
    for (const block of blocks) if (block.in_trash !== true) nodes.push(withChildren(block, path))
    return Promise.all(nodes)
  }

  async function withChildren(block: NotionObject, path: ReadonlySet<string>): Promise<BlockNode> {
    const type = text(block.type)
    const payload = object(block[type])
    if (type === 'unsupported' || type === '') {
      warnings.add('Notion does not give the content of some blocks of this page to connections.')
    }
    const children: BlockNode[] = []
    for (const source of sourcesOf(block, type, payload)) {
      children.push(...(source === block.id ? await below(source, path) : await elsewhere(source, path)))
    }
    return { id: block.id, type, payload, children }
  }

  /** Content that stands elsewhere: a synced block's original, the parts of meeting notes. It may not be shared. */
  async function elsewhere(id: string, path: ReadonlySet<string>): Promise<BlockNode[]> {
    try {
      return await below(id, path)
    } catch (error) {
      if (!isNotFound(error)) throw error
      warnings.add('A part of this page stands in a block that is not shared with the connection.')
      return []
    }
  }

  return {
    children: (id) => below(id, new Set()),
    async block(id) {
      const block = await gate(() => getJson(ctx, `/v1/blocks/${segment(id)}`, objectSchema))
      if (block.in_trash === true) throw new DataSourceError('not_found', 'This block is in the trash.')
      return withChildren(block, new Set())
    },
  }
}

function isNotFound(error: unknown): boolean {
  return isDataSourceError(error) && error.code === 'not_found'
}

/** The blocks whose children are a block's content. */
function sourcesOf(block: NotionObject, type: string, payload: Json): string[] {
  if (otherDocuments.has(type)) return []
  const original = text(object(payload.synced_from).block_id)
  if (original) return [original]
  // The transcript is left out, as in the markdown endpoint.
  const { summary_block_id: summary, notes_block_id: notes } = object(payload.children)
  const parts = [text(summary), text(notes)].filter(Boolean)
  if (parts.length > 0) return parts
  return block.has_children === true ? [block.id] : []
}
