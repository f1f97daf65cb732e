/** Lenient access to Graph's answers: what is absent or of another form reads as empty, and never throws. */

export type Json = Readonly<Record<string, unknown>>

export function object(value: unknown): Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {}
}

/** Whether a facet is there. An empty one says what an item is as well as a full one. */
export function has(item: Json, facet: string): boolean {
  return typeof item[facet] === 'object' && item[facet] !== null
}

export function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

export function count(value: unknown): number | null {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : null
}
