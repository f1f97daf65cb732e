import type { DriveEntry } from '@wellhead/datasource-node'
import type { GraphObject } from './api.ts'
import { idOf, isId } from './item-ref.ts'
import { count, has, type Json, object, text } from './json.ts'

/**
 * What an item is, by its facets. Undefined for what is neither, such as a OneNote notebook, which is a package.
 * https://learn.microsoft.com/graph/api/resources/driveitem
 */
export function kindOf(item: Json): 'file' | 'folder' | undefined {
  const facets = [item, object(item.remoteItem)]
  if (facets.some((each) => has(each, 'package') || has(each, 'bundle'))) return undefined
  if (facets.some((each) => has(each, 'folder'))) return 'folder'
  return facets.some((each) => has(each, 'file')) ? 'file' : undefined
}

/** Of a shortcut to something in another drive: the id of that. */
export function targetOf(item: Json): string | undefined {
  const remote = object(item.remoteItem)
  const [driveId, itemId] = [text(object(remote.parentReference).driveId), text(remote.id)]
  return isId(driveId) && isId(itemId) ? idOf(driveId, itemId) : undefined
}

/** Undefined for what is neither file nor folder. `driveId`: the drive that was listed, `null` for the account's own. */
export function entryOf(item: GraphObject, driveId: string | null): DriveEntry | undefined {
  const type = kindOf(item)
  if (type === undefined) return undefined
  const isShortcut = has(item, 'remoteItem')
  // The content of a shortcut is that of its target.
  const content = isShortcut ? object(item.remoteItem) : item
  const parent = object(item.parentReference)
  const name = text(item.name) || text(content.name) || item.id
  const targetId = targetOf(item)
  return {
    id: idOf(driveId, item.id),
    name,
    type,
    parentId: text(parent.id) ? idOf(driveId, text(parent.id)) : null,
    path: pathIn(text(parent.path), name),
    mimeType: type === 'file' ? text(object(content.file).mimeType) || null : null,
    size: type === 'file' ? count(content.size) : null,
    modifiedAt: text(content.lastModifiedDateTime) || null,
    // `cTag` changes with the content alone, and folders at work have none. A shortcut's own says nothing of its target.
    revision: isShortcut ? null : text(item.cTag) || text(item.eTag) || null,
    url: text(item.webUrl) || text(content.webUrl) || null,
    ...(targetId === undefined ? {} : { targetId }),
  }
}

/** `/drive/root:/a/b`, percent-encoded; the items of a delta come without. */
function pathIn(parentPath: string, name: string): string | null {
  const [, below] = /root:(.*)$/s.exec(parentPath) ?? []
  if (below === undefined) return null
  return `${below.split('/').map(decoded).join('/')}/${name}`
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}
