/** What is wrong with what was sent, field by field, in words for whoever sent it. */
import type { z } from 'zod'

/** A field by its path of keys joined by dots, and a sentence. A page in another language has its own sentence for the code. */
export interface Fault {
  readonly path: string
  readonly message: string
  /** Absent where the sentence is the schema's own. */
  readonly code?: FaultCode
  /** What the sentence names: the least, the most, what can be chosen. */
  readonly limit?: string | number
}

const sentences = {
  needed: () => 'This is needed.',
  not_text: () => 'This must be text.',
  not_number: () => 'This must be a number.',
  not_whole: () => 'This must be a whole number.',
  not_boolean: () => 'This must be true or false.',
  not_list: () => 'This must be a list.',
  not_object: () => 'This must be an object.',
  too_small: (limit) => `This must be at least ${limit}.`,
  not_above: (limit) => `This must be more than ${limit}.`,
  too_large: (limit) => `This must be at most ${limit}.`,
  not_below: (limit) => `This must be less than ${limit}.`,
  too_short: (limit) => `This must have at least ${counted(limit, 'character')}.`,
  too_long: (limit) => `This must have at most ${counted(limit, 'character')}.`,
  too_few: (limit) => `This must have at least ${counted(limit, 'entry', 'entries')}.`,
  too_many: (limit) => `This must have at most ${counted(limit, 'entry', 'entries')}.`,
  not_multiple: (limit) => `This must be a multiple of ${limit}.`,
  not_address: () => 'This must be a web address that begins with http:// or https://.',
  not_email: () => 'This must be an e-mail address.',
  not_instant: () => 'This must be a date and time, such as 2026-01-31T12:00:00Z.',
  not_offered: (limit) => `This must be one of: ${limit}.`,
  not_this: (limit) => `This must be ${limit}.`,
  unknown_field: () => 'There is no such field.',
  not_valid: () => 'This is not valid.',
} satisfies Record<string, (limit: string | number) => string>

export type FaultCode = keyof typeof sentences
export const faultCodes = Object.keys(sentences) as FaultCode[]

/** To be given to `safeParse`, so that `faultsOf` finds these sentences in place of the library's. */
export const inPlainWords = {
  error: (issue: z.core.$ZodRawIssue) => sentenceOf(plain(issue)),
  // Only looked at here, to tell what is missing from what is wrong.
  reportInput: true,
} satisfies z.core.ParseContext<z.core.$ZodIssue>

export function faultsOf(error: z.core.$ZodError, outer: readonly PropertyKey[] = []): Fault[] {
  return error.issues.flatMap((issue) => faultsOfIssue(issue, outer))
}

function faultsOfIssue(issue: z.core.$ZodIssue, outer: readonly PropertyKey[]): Fault[] {
  const path = [...outer, ...issue.path].map(String)
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({ path: [...path, key].join('.'), ...withSentence({ code: 'unknown_field' }) }))
  const found = plain(issue)
  const isOwn = issue.message !== sentenceOf(found)
  // Of what can be given in several ways, the way that was come closest to, where the schema has no words of its own.
  const [closest] = issue.code === 'invalid_union' ? issue.errors.toSorted((a, b) => a.length - b.length) : []
  if (closest?.length && !isOwn) return closest.flatMap((inner) => faultsOfIssue(inner, path))
  const where = path.join('.')
  return [isOwn ? { path: where, message: ended(issue.message) } : { path: where, ...withSentence(found) }]
}

interface Found {
  readonly code: FaultCode
  readonly limit?: string | number
}

const byType: Readonly<Record<string, FaultCode>> = {
  string: 'not_text',
  number: 'not_number',
  int: 'not_whole',
  boolean: 'not_boolean',
  array: 'not_list',
  object: 'not_object',
  record: 'not_object',
}

function plain(issue: z.core.$ZodRawIssue | z.core.$ZodIssue): Found {
  const { input } = issue
  switch (issue.code) {
    case 'invalid_type':
      if (input === undefined) return { code: 'needed' }
      return { code: byType[issue.expected as string] ?? 'not_valid' }
    case 'too_small':
    case 'too_big': {
      const isSmall = issue.code === 'too_small'
      const limit = Number(isSmall ? issue.minimum : issue.maximum)
      if (issue.origin === 'string') {
        if (isSmall && (input === '' || limit === 1)) return { code: 'needed' }
        return { code: isSmall ? 'too_short' : 'too_long', limit }
      }
      if (issue.origin === 'array' || issue.origin === 'set') return { code: isSmall ? 'too_few' : 'too_many', limit }
      if (issue.inclusive === false) return { code: isSmall ? 'not_above' : 'not_below', limit }
      return { code: isSmall ? 'too_small' : 'too_large', limit }
    }
    case 'not_multiple_of':
      return { code: 'not_multiple', limit: Number(issue.divisor) }
    case 'invalid_value':
      if (input === undefined) return { code: 'needed' }
      return {
        code: issue.values.length === 1 ? 'not_this' : 'not_offered',
        limit: issue.values.map(String).join(', '),
      }
    case 'invalid_format': {
      if (input === '') return { code: 'needed' }
      const code = ({ url: 'not_address', email: 'not_email', datetime: 'not_instant' } as const)[
        issue.format as string
      ]
      return { code: code ?? 'not_valid' }
    }
    default:
      return { code: 'not_valid' }
  }
}

const sentenceOf = ({ code, limit = '' }: Found): string => sentences[code](limit)
const withSentence = (found: Found) => ({ message: sentenceOf(found), ...found })
const ended = (message: string) => (/[.!?]$/.test(message) ? message : `${message}.`)

function counted(count: string | number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`
}
