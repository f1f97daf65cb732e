import type { PageEntry } from '@wellhead/datasource-node'
import type { NotionObject } from './api.ts'
import { type Json, object, text } from './json.ts'
import { plainText } from './rich-text.ts'

/** A page's title is its property of the type `title`; a database and a data source have theirs at the top. */
export function titleOf(item: Json): string {
  const property = Object.values(object(item.properties)).find((value) => object(value).type === 'title')
  return (plainText(item.title) || plainText(object(property).title)).trim() || 'Untitled'
}

export function toEntry(item: NotionObject, type: string, parentId: string | null): PageEntry {
  return {
    id: item.id,
    type,
    title: titleOf(item),
    url: text(item.url) || null,
    icon: iconOf(item.icon),
    parentId,
    lastEditedAt: text(item.last_edited_time) || null,
  }
}

/** An emoji or a lasting URL. The URLs of uploaded files expire within the hour and are signed: never kept. */
function iconOf(value: unknown): string | null {
  const icon = object(value)
  if (icon.type === 'emoji') return text(icon.emoji) || null
  const url = text(object(icon.type === 'external' || icon.type === 'custom_emoji' ? icon[icon.type] : null).url)
  return url && !/[?&]X-Amz-/i.test(url) ? url : null
}

export type Parent = { readonly kind: 'item' | 'block'; readonly id: string } | null

/** https://developers.notion.com/reference/parent-object; null for the workspace itself. */
export function parentOf(item: Json): Parent {
  // A data source's own parent is its database, which no listing shows; its place in the tree is the database's parent.
  const parent = object(item.database_parent ?? item.parent)
  if (parent.type === 'block_id') return { kind: 'block', id: text(parent.block_id) }
  for (const type of ['page_id', 'data_source_id', 'database_id']) {
    if (parent.type === type && text(parent[type])) return { kind: 'item', id: text(parent[type]) }
  }
  return null
}
