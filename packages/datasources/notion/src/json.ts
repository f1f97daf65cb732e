/** Lenient access to Notion's answers: what is absent or of another form reads as empty, and never throws. */

export type Json = Readonly<Record<string, unknown>>

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function object(value: unknown): Json {
  return isObject(value) ? value : {}
}

/** The objects of an array. A single object counts as a list of one: property items hold one where properties hold many. */
export function list(value: unknown): readonly Json[] {
  if (Array.isArray(value)) return value.filter(isObject)
  return isObject(value) && Object.keys(value).length > 0 ? [value] : []
}

export function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
