import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { type Fault, faultsOf, inPlainWords } from './faults.ts'

function faultsIn(schema: z.ZodType, value: unknown, outer: readonly string[] = []): Fault[] {
  const parsed = schema.safeParse(value, inPlainWords)
  return parsed.success ? [] : faultsOf(parsed.error, outer)
}

describe('what is wrong with a value', () => {
  it.each([
    [z.string(), undefined, 'needed', 'This is needed.'],
    [z.string().min(1), '', 'needed', 'This is needed.'],
    [z.string().min(8), '', 'needed', 'This is needed.'],
    [z.string().min(8), 'short', 'too_short', 'This must have at least 8 characters.'],
    [z.string().max(1), 'long', 'too_long', 'This must have at most 1 character.'],
    [z.string(), 7, 'not_text', 'This must be text.'],
    [z.number(), '7', 'not_number', 'This must be a number.'],
    [z.int(), 1.5, 'not_whole', 'This must be a whole number.'],
    [z.number().int(), 1.5, 'not_whole', 'This must be a whole number.'],
    [z.int().min(1), 0, 'too_small', 'This must be at least 1.'],
    [z.int().positive(), 0, 'not_above', 'This must be more than 0.'],
    [z.int().max(100), 101, 'too_large', 'This must be at most 100.'],
    [z.number().multipleOf(5), 7, 'not_multiple', 'This must be a multiple of 5.'],
    [z.boolean(), 'yes', 'not_boolean', 'This must be true or false.'],
    [z.array(z.string()), 'a', 'not_list', 'This must be a list.'],
    [z.array(z.string()).min(1), [], 'too_few', 'This must have at least 1 entry.'],
    [z.array(z.string()).max(2), ['a', 'b', 'c'], 'too_many', 'This must have at most 2 entries.'],
    [z.object({}), null, 'not_object', 'This must be an object.'],
    [z.url(), 'acme', 'not_address', 'This must be a web address that begins with http:// or https://.'],
    [z.url(), '', 'needed', 'This is needed.'],
    [z.email(), 'ada', 'not_email', 'This must be an e-mail address.'],
    [z.iso.datetime(), 'soon', 'not_instant', 'This must be a date and time, such as 2026-01-31T12:00:00Z.'],
    [z.enum(['a', 'b']), 'c', 'not_offered', 'This must be one of: a, b.'],
    [z.enum(['a', 'b']), undefined, 'needed', 'This is needed.'],
    [z.literal(1), 2, 'not_this', 'This must be 1.'],
    [z.uuid(), 'x', 'not_valid', 'This is not valid.'],
  ])('%# is told in a plain sentence with a code', (schema, value, code, message) => {
    expect(faultsIn(schema, value)).toEqual([expect.objectContaining({ path: '', code, message })])
  })

  it('has the schema’s own words where it has some, and no code then', () => {
    expect(faultsIn(z.string().regex(/^x/, 'Begin with an x'), 'y')).toEqual([
      { path: '', message: 'Begin with an x.' },
    ])
  })

  it('is told by the path, within what was sent', () => {
    const schema = z.object({ list: z.array(z.object({ a: z.string() })) })
    expect(faultsIn(schema, { list: [{ a: 'x' }, {}] }, ['settings'])[0]?.path).toBe('settings.list.1.a')
  })

  it('names each field that does not exist', () => {
    expect(faultsIn(z.strictObject({ a: z.string() }), { a: '', b: 1, c: 2 }).map(({ path }) => path)).toEqual([
      'b',
      'c',
    ])
  })

  it('goes by the way that was come closest to', () => {
    const schema = z.union([z.strictObject({ a: z.string(), b: z.string() }), z.strictObject({ c: z.int() })])
    expect(faultsIn(schema, { c: 'x' })).toEqual([expect.objectContaining({ path: 'c', code: 'not_number' })])
  })

  it('holds nothing of the value: it may be a secret', () => {
    const schema = z.object({ key: z.string().max(3), kind: z.enum(['a']) })
    expect(JSON.stringify(faultsIn(schema, { key: 'top secret', kind: 'top secret' }))).not.toContain('top secret')
  })
})
