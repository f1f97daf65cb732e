/** Lenient access to Notion's answers: what is absent or of another form reads as empty, and never throws. */

export type Json = Readonly<Record<string, unknown>>

export function object(value: unknown): Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {}
}

/** The objects of an array, or a single one as a list of one: property items hold one where properties hold many. */
export function list(value: unknown): readonly Json[] {
  return (Array.isArray(value) ? value : [value]).map(object).filter((item) => Object.keys(item).length > 0)
}

export function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

/** What an object holds under the name that its `type` gives, as in `{ type: 'url', url: … }`. */
export function typed(item: Json): unknown {
  return item[text(item.type)]
}
