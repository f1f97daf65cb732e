import type { PageObjectResponse } from '@notionhq/client'
import { z } from 'zod'
import { plain } from './content/rich-text.ts'
import type { DataSourceItem } from './content/workspace.ts'
import { validationError } from './errors.ts'

type Condition = Readonly<Record<string, unknown>>
type Value = PageObjectResponse['properties'][string]
type Test = (row: PageObjectResponse) => boolean

const direction = z.enum(['ascending', 'descending'])
export const sortsSchema = z.array(
  z.union([
    z.strictObject({ property: z.string(), direction }),
    z.strictObject({ timestamp: z.enum(['created_time', 'last_edited_time']), direction }),
  ]),
)
type Sorts = z.infer<typeof sortsSchema>

/** https://developers.notion.com/reference/filter-data-source-entries */
export function filterTest(filter: Condition, source: DataSourceItem, depth = 0): Test {
  for (const group of ['and', 'or'] as const) {
    if (!Array.isArray(filter[group])) continue
    if (depth >= 2) throw validationError('body failed validation: compound filters can be nested two levels deep.')
    const tests = (filter[group] as Condition[]).map((each) => filterTest(each, source, depth + 1))
    return group === 'and' ? (row) => tests.every((test) => test(row)) : (row) => tests.some((test) => test(row))
  }
  const { timestamp } = filter
  if (timestamp === 'created_time' || timestamp === 'last_edited_time') {
    const test = dateTest(asCondition(filter[timestamp], timestamp))
    return (row) => test(row[timestamp])
  }
  const config = typeof filter.property === 'string' ? findConfig(source, filter.property) : undefined
  if (!config) throw validationError(`Could not find property with name or id: ${String(filter.property)}`)
  const condition = filter[config.type]
  if (condition === undefined)
    throw validationError(
      `body failed validation: body.filter.${config.type} should be defined, instead was \`undefined\`.`,
    )
  const test = valueTest(config.type, asCondition(condition, config.type))
  return (row) => {
    const value = Object.values(row.properties).find((each) => each.id === config.id)
    return value !== undefined && test(value)
  }
}

function asCondition(value: unknown, name: string): Condition {
  if (typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length === 1)
    return value as Condition
  throw validationError(`body failed validation: body.filter.${name} should be an object with one condition.`)
}

const findConfig = (source: DataSourceItem, nameOrId: string) =>
  Object.values(source.dataSource.properties).find((config) => config.name === nameOrId || config.id === nameOrId)

/** What is compared of a value. */
function comparable(value: Value): string | number | boolean | readonly string[] | null {
  switch (value.type) {
    case 'title':
      return plain(value.title)
    case 'rich_text':
      return plain(value.rich_text)
    case 'number':
      return value.number
    case 'checkbox':
      return value.checkbox
    case 'select':
      return value.select?.name ?? null
    case 'status':
      return value.status?.name ?? null
    case 'multi_select':
      return value.multi_select.map((option) => option.name)
    case 'date':
      return value.date?.start ?? null
    case 'url':
      return value.url
    case 'email':
      return value.email
    case 'phone_number':
      return value.phone_number
    case 'people':
      return value.people.map((person) => person.id)
    case 'relation':
      return value.relation.map((page) => page.id)
    case 'files':
      return value.files.map((file) => file.name)
    case 'unique_id':
      return value.unique_id.number
    case 'created_time':
      return value.created_time
    case 'last_edited_time':
      return value.last_edited_time
    case 'created_by':
      return value.created_by.id
    case 'last_edited_by':
      return value.last_edited_by.id
    case 'formula':
      return value.formula.type === 'number' ? value.formula.number : null
    default:
      throw validationError(`The sandbox cannot compare properties of type ${value.type}.`)
  }
}

function valueTest(type: string, condition: Condition): (value: Value) => boolean {
  if (type === 'date' || type === 'created_time' || type === 'last_edited_time') {
    const test = dateTest(condition)
    return (value) => test(comparable(value) as string | null)
  }
  if (type === 'formula') return valueTest('number', asCondition(condition.number, 'formula.number'))
  const [operator, wanted] = Object.entries(condition)[0]!
  const isList = type === 'multi_select' || type === 'people' || type === 'relation' || type === 'files'
  const operators = isList ? listOperators : type === 'number' || type === 'unique_id' ? numberOperators : textOperators
  const compare = operators[operator]
  if (!compare) throw validationError(`body failed validation: body.filter.${type}.${operator} should be not present.`)
  return (value) => compare(comparable(value), wanted)
}

type Compare = (value: unknown, wanted: unknown) => boolean
const isEmpty = (value: unknown) => value === null || value === '' || (Array.isArray(value) && value.length === 0)
const existence: Record<string, Compare> = {
  is_empty: (value) => isEmpty(value),
  is_not_empty: (value) => !isEmpty(value),
}
const low = (value: unknown) => String(value ?? '').toLowerCase()
const oneOf = (value: unknown, wanted: unknown) => (Array.isArray(wanted) ? wanted.includes(value) : value === wanted)

const textOperators: Record<string, Compare> = {
  ...existence,
  equals: oneOf,
  does_not_equal: (value, wanted) => !oneOf(value, wanted),
  contains: (value, wanted) => low(value).includes(low(wanted)),
  does_not_contain: (value, wanted) => !low(value).includes(low(wanted)),
  starts_with: (value, wanted) => low(value).startsWith(low(wanted)),
  ends_with: (value, wanted) => low(value).endsWith(low(wanted)),
}
const number =
  (compare: (value: number, wanted: number) => boolean): Compare =>
  (value, wanted) =>
    typeof value === 'number' && compare(value, Number(wanted))
const numberOperators: Record<string, Compare> = {
  ...existence,
  equals: number((value, wanted) => value === wanted),
  does_not_equal: (value, wanted) => value !== wanted,
  greater_than: number((value, wanted) => value > wanted),
  less_than: number((value, wanted) => value < wanted),
  greater_than_or_equal_to: number((value, wanted) => value >= wanted),
  less_than_or_equal_to: number((value, wanted) => value <= wanted),
}
const has = (value: unknown, wanted: unknown) => [wanted].flat().some((each) => (value as unknown[]).includes(each))
const listOperators: Record<string, Compare> = {
  ...existence,
  contains: has,
  does_not_contain: (value, wanted) => !has(value, wanted),
}

function dateTest(condition: Condition): (value: string | null) => boolean {
  const [operator, wanted] = Object.entries(condition)[0]!
  const existing = existence[operator]
  if (existing) return (value) => existing(value, wanted)
  const compare = {
    equals: (a: number, b: number) => a === b,
    before: (a: number, b: number) => a < b,
    after: (a: number, b: number) => a > b,
    on_or_before: (a: number, b: number) => a <= b,
    on_or_after: (a: number, b: number) => a >= b,
  }[operator]
  const at = Date.parse(String(wanted))
  if (!compare || Number.isNaN(at))
    throw validationError(
      `body failed validation: the sandbox cannot compare dates by ${operator} ${JSON.stringify(wanted)}.`,
    )
  return (value) => value !== null && compare(Date.parse(value), at)
}

/** Rows in the order asked for; without one, as they were made, the newest first. */
export function sorted(
  rows: readonly PageObjectResponse[],
  sorts: Sorts,
  source: DataSourceItem,
): PageObjectResponse[] {
  const keys = sorts.map((sort) => {
    const sign = sort.direction === 'ascending' ? 1 : -1
    if ('timestamp' in sort) return { sign, of: (row: PageObjectResponse) => row[sort.timestamp] as unknown }
    const config = findConfig(source, sort.property)
    if (!config) throw validationError(`Could not find sort property with name or id: ${sort.property}`)
    const of = (row: PageObjectResponse) => {
      const value = Object.values(row.properties).find((each) => each.id === config.id)
      return value === undefined ? null : comparable(value)
    }
    return { sign, of }
  })
  if (keys.length === 0) return rows.toReversed()
  return rows.toSorted((a, b) => {
    for (const { sign, of } of keys) {
      const order = compareValues(of(a), of(b))
      if (order !== 0) return order * sign
    }
    return 0
  })
}

function compareValues(a: unknown, b: unknown): number {
  if (isEmpty(a) || isEmpty(b)) return Number(isEmpty(a)) - Number(isEmpty(b))
  if (typeof a === 'number' && typeof b === 'number') return a - b
  const [left, right] = [String(a), String(b)]
  return left < right ? -1 : left > right ? 1 : 0
}
