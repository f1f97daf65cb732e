import type { DataSourceContext } from '@wellhead/datasource-node'
import { allPages, segment } from './api.ts'
import { type Json, list, object, text } from './json.ts'
import { dateText, link, nameOf, notionUrl, richText } from './rich-text.ts'

/** A property's value as text. https://developers.notion.com/reference/page-property-values */
function propertyText(property: Json): string {
  const type = text(property.type)
  const value = property[type]
  if (typeof value === 'boolean') return value ? 'Yes' : 'No'
  if (typeof value === 'string' || typeof value === 'number') return String(value)
  const inner = object(value)
  const joined = (words: (item: Json) => string) => list(value).map(words).filter(Boolean).join(', ')
  if (type === 'title' || type === 'rich_text') return richText(value)
  if (type === 'date') return dateText(inner)
  if (type === 'files') return joined(fileText)
  if (type === 'relation') return joined((page) => link(text(page.id), notionUrl(text(page.id))))
  if (type === 'formula' || type === 'rollup') return propertyText(inner)
  // The values that a rollup collects.
  if (type === 'array') return list(value).map(propertyText).join(', ')
  if (type === 'unique_id') return [inner.prefix, inner.number].filter((part) => part != null).join('-')
  if (type === 'verification') return text(inner.state)
  if (type === 'place') {
    return [inner.name, inner.address].filter(Boolean).join(', ') || `${inner.lat ?? ''}, ${inner.lon ?? ''}`
  }
  // Options and people have names; buttons have no value.
  return joined(nameOf)
}

/** Uploaded files have signed URLs that die within the hour, so only their names are given. */
function fileText(file: Json): string {
  const url = text(object(file.external).url)
  return url ? link(text(file.name) || url, url) : text(file.name)
}

/**
 * A property's value as text, whole. A page holds only the first 25 values of a property; longer ones are read from
 * their own endpoint. https://developers.notion.com/reference/retrieve-a-page-property
 */
export async function wholePropertyText(ctx: DataSourceContext, pageId: string, property: Json): Promise<string> {
  const type = text(property.type)
  const held = list(type === 'rollup' ? object(property.rollup).array : property[type]).length
  const mayBeCut = ['title', 'rich_text', 'people', 'relation', 'rollup'].includes(type) && held >= 25
  if (!mayBeCut && property.has_more !== true) return propertyText(property)
  // Ids of properties come percent-encoded already, such as `%3AUPp`.
  const path = `/v1/pages/${segment(pageId)}/properties/${text(property.id).replace(/[^\w%~-]/g, encodeURIComponent)}`
  const items: Json[] = []
  for await (const page of allPages(ctx, path)) items.push(...page.results)
  if (type === 'title' || type === 'rich_text') return richText(items.map((item) => item[type]))
  return items.map(propertyText).join(', ')
}
