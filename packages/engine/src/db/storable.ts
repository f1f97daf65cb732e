/**
 * What PostgreSQL takes of a provider's strings. Its text cannot hold NUL; its jsonb cannot hold half a surrogate pair
 * either, which is what a title cut in the middle of an emoji ends in.
 *
 * https://www.postgresql.org/docs/current/datatype-json.html#DATATYPE-JSON
 */
export function storable<Value>(value: Value): Value {
  if (typeof value === 'string') return value.replaceAll('\0', '').toWellFormed() as Value
  if (Array.isArray(value)) return value.map(storable) as Value
  // Dates and database expressions are no JSON of a provider's and stay as they are.
  if (value === null || typeof value !== 'object' || Object.getPrototypeOf(value) !== Object.prototype) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [storable(key), storable(inner)])) as Value
}
