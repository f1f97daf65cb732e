import type { DataSourceContext } from '@wellhead/datasource-node'
import { allPages, getJson, pageQuery, propertyListSchema, segment } from './api.ts'
import { type Json, list, object, text } from './json.ts'
import { dateText, link, notionUrl, richText, userName } from './rich-text.ts'

/** A property's value as text. https://developers.notion.com/reference/page-property-values */
export function propertyText(property: Json): string {
  const type = text(property.type)
  const value = property[type]
  const inner = object(value)
  switch (type) {
    case 'title':
    case 'rich_text':
      return richText(value)
    case 'number':
    case 'url':
    case 'email':
    case 'phone_number':
    case 'created_time':
    case 'last_edited_time':
    case 'string':
    case 'boolean':
      return value === null || value === undefined ? '' : String(value)
    case 'checkbox':
      return value === true ? 'Yes' : 'No'
    case 'select':
    case 'status':
    case 'multi_select':
      return list(value)
        .map((option) => text(option.name))
        .join(', ')
    case 'date':
      return dateText(inner)
    case 'people':
    case 'created_by':
    case 'last_edited_by':
      return list(value)
        .map((user) => userName(user) || text(user.name))
        .join(', ')
    case 'files':
      return list(value).map(fileText).join(', ')
    case 'relation':
      return list(value)
        .map((page) => link(text(page.id), notionUrl(text(page.id))))
        .join(', ')
    case 'formula':
      return propertyText(inner)
    case 'rollup':
      return inner.type === 'array' ? list(inner.array).map(propertyText).join(', ') : propertyText(inner)
    case 'unique_id':
      return [text(inner.prefix), inner.number ?? ''].filter((part) => part !== '').join('-')
    case 'verification':
      return text(inner.state)
    case 'place':
    case 'location':
      return [text(inner.name), text(inner.address)].filter(Boolean).join(', ') || coordinates(inner)
    default:
      // Buttons have no value. A kind yet to come is given when it is plain.
      return typeof value === 'string' || typeof value === 'number' ? String(value) : ''
  }
}

/** Uploaded files have signed URLs that die within the hour, so only their names are given. */
function fileText(file: Json): string {
  const url = text(object(file.external).url)
  return url ? link(text(file.name) || url, url) : text(file.name)
}

function coordinates({ lat, lon }: Json): string {
  return typeof lat === 'number' && typeof lon === 'number' ? `${lat}, ${lon}` : ''
}

/**
 * The same, whole. A page holds only the first 25 values of a property; longer ones are read from their own endpoint.
 * https://developers.notion.com/reference/retrieve-a-page-property
 */
export async function wholePropertyText(ctx: DataSourceContext, pageId: string, property: Json): Promise<string> {
  if (!mayBeCut(property)) return propertyText(property)
  const path = `/v1/pages/${segment(pageId)}/properties/${propertySegment(text(property.id))}`
  const items: Json[] = []
  const pages = allPages((cursor) => getJson(ctx, path + pageQuery(cursor), propertyListSchema))
  for await (const page of pages) items.push(...page.results)
  const isWords = property.type === 'title' || property.type === 'rich_text'
  if (isWords) return richText(items.map((item) => item[text(item.type)]))
  return items.map(propertyText).join(', ')
}

function mayBeCut(property: Json): boolean {
  const type = text(property.type)
  if (property.has_more === true) return true
  if (type === 'rollup') return list(object(property.rollup).array).length >= 25
  return ['title', 'rich_text', 'people', 'relation'].includes(type) && list(property[type]).length >= 25
}

/** Ids of properties come percent-encoded, such as `%3AUPp`. */
function propertySegment(id: string): string {
  return encodeURIComponent(URL.parse(`x:${id}`) && /^(?:[^%]|%[0-9a-f]{2})+$/i.test(id) ? decodeURIComponent(id) : id)
}
