import { type DataSourceContext, DataSourceError, isDataSourceError } from '@wellhead/datasource-node'
import { type GraphObject, itemSelect, objectSchema, read, urlOf } from './api.ts'
import { targetOf } from './entries.ts'
import { type ItemRef, parseId, pathOf } from './item-ref.ts'
import { has } from './json.ts'

export interface OpenedItem {
  /** As it was asked for: the shortcut, where it is one. */
  readonly item: GraphObject
  readonly ref: ItemRef
  /** Where its content is: itself, or what the shortcut leads to. */
  readonly content: GraphObject
  readonly contentRef: ItemRef
}

/** Shortcuts that lead to shortcuts are followed so far. */
const mostHops = 5

/** @throws DataSourceError `not_found` also for a shortcut whose target is gone or not shared any more */
export async function openItem(ctx: DataSourceContext, id: string): Promise<OpenedItem> {
  const ref = parseId(id)
  const item = await readItem(ctx, ref)
  let [content, contentRef] = [item, ref]
  for (let hops = 0; has(content, 'remoteItem'); hops++) {
    const target = targetOf(content)
    if (target === undefined || hops === mostHops)
      throw new DataSourceError('content_unavailable', 'OneDrive does not say where this shortcut leads.')
    contentRef = parseId(target)
    content = await readItem(ctx, contentRef).catch(ofTarget)
  }
  return { item, ref, content, contentRef }
}

async function readItem(ctx: DataSourceContext, ref: ItemRef): Promise<GraphObject> {
  const item = await read(ctx, urlOf(ctx, pathOf(ref), { $select: itemSelect }), objectSchema)
  if (has(item, 'deleted')) throw new DataSourceError('not_found', 'This was deleted in OneDrive.')
  return item
}

/** Files.Read reaches what others share in some tenants, and not in others. */
function ofTarget(error: unknown): never {
  const sentences: Readonly<Record<string, string>> = {
    not_found: 'What this shortcut leads to is gone, or is not shared with the account any more.',
    missing_scope: 'The connection may not read what this shortcut leads to: it lies in the OneDrive of somebody else.',
  }
  const sentence = isDataSourceError(error) ? sentences[error.code] : undefined
  if (!isDataSourceError(error) || sentence === undefined) throw error
  throw new DataSourceError(error.code, sentence, { status: error.status })
}
