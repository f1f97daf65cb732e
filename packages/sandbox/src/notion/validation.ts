import type { FastifyRequest } from 'fastify'
import type { z } from 'zod'
import { NotionError, validationError } from './errors.ts'

/** Parses by a strict schema; the first failure in Notion's own sentence. `where` is `body`, `query` or `path`. */
export function validated<S extends z.ZodType>(schema: S, value: unknown, where: string): z.infer<S> {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  throw validationError(sentence(result.error, value, where))
}

/** `body failed validation: body.page_size should be ≤ `100`, instead was `200`.` */
export function sentence(error: z.ZodError, value: unknown, where: string): string {
  const issue = error.issues[0]
  if (!issue) return `${where} failed validation.`
  const extra = issue.code === 'unrecognized_keys' ? [issue.keys[0] as string] : []
  const path = [...issue.path, ...extra]
  const found = path.reduce<unknown>(
    (inside, key) => (inside as Record<PropertyKey, unknown> | undefined)?.[key],
    value,
  )
  const should =
    issue.code === 'unrecognized_keys'
      ? 'not present'
      : issue.code === 'too_big'
        ? `≤ \`${issue.maximum}\``
        : issue.code === 'too_small'
          ? `≥ \`${issue.minimum}\``
          : found === undefined
            ? 'defined'
            : issue.code === 'invalid_type'
              ? `a ${issue.expected} or \`undefined\``
              : issue.code === 'invalid_value'
                ? issue.values.map((allowed) => `\`${JSON.stringify(allowed)}\``).join(' or ')
                : 'valid'
  const instead = found === undefined ? 'undefined' : JSON.stringify(found)
  return `${where} failed validation: ${[where, ...path].join('.')} should be ${should}, instead was \`${instead}\`.`
}

/** The JSON body of an API request; no body at all is an empty object. */
export function jsonBody(request: FastifyRequest): unknown {
  const text = request.body
  if (typeof text !== 'string' || text === '') return {}
  if (!isJson(request)) throw new NotionError(400, 'invalid_json', 'Error parsing JSON body.')
  try {
    return JSON.parse(text)
  } catch {
    throw new NotionError(400, 'invalid_json', 'Error parsing JSON body.')
  }
}

export function isJson(request: FastifyRequest): boolean {
  return /^application\/json\s*(;|$)/i.test(request.headers['content-type'] ?? '')
}

const uuid = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i

/** An id with dashes and in lower case; Notion takes it without dashes too. */
export function idParam(request: FastifyRequest, name: string): string {
  const given = (request.params as Record<string, string>).id ?? ''
  if (!uuid.test(given))
    throw validationError(`path failed validation: path.${name} should be a valid uuid, instead was \`"${given}"\`.`)
  const bare = given.replaceAll('-', '').toLowerCase()
  return [bare.slice(0, 8), bare.slice(8, 12), bare.slice(12, 16), bare.slice(16, 20), bare.slice(20)].join('-')
}
