/** Problems (RFC 9457): what the API throws, and how anything that was thrown becomes an answer. */
import { type Problem, type ProblemCode, problems } from '@wellhead/client/schema'
import { EngineError, type Fault, faultsOf } from '@wellhead/engine'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { z } from 'zod'

export class ApiProblem extends Error {
  readonly code: ProblemCode
  readonly errors: readonly Fault[] | undefined
  readonly details: Readonly<Record<string, unknown>> | undefined
  readonly retryAfterSeconds: number | undefined

  /** `detail` is shown to the caller: never a secret, and nothing of another workspace. */
  constructor(
    code: ProblemCode,
    detail: string,
    more: {
      errors?: readonly Fault[]
      details?: Readonly<Record<string, unknown>>
      retryAfterSeconds?: number | undefined
    } = {},
  ) {
    super(detail)
    this.name = 'ApiProblem'
    this.code = code
    this.errors = more.errors
    this.details = more.details
    this.retryAfterSeconds = more.retryAfterSeconds
  }
}

/** What zod found, by the field's name as it was sent. */
export function invalidRequest(error: z.core.$ZodError): ApiProblem {
  const errors = faultsOf(error)
  const first = errors[0]
  const detail = first ? `${first.path ? `${first.path}: ` : ''}${first.message}` : 'The request is not valid.'
  return new ApiProblem('invalid_request', detail, { errors })
}

/** Codes of the web framework's own refusals. */
const frameworkCodes: Readonly<Record<string, readonly [ProblemCode, string]>> = {
  FST_ERR_CTP_INVALID_JSON_BODY: ['invalid_request', 'The body is not JSON.'],
  FST_ERR_CTP_EMPTY_JSON_BODY: ['invalid_request', 'The body is empty; send JSON.'],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: ['invalid_request', 'The body is not as long as its Content-Length says.'],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: ['unsupported_media_type', 'Send application/json.'],
  FST_ERR_CTP_BODY_TOO_LARGE: ['payload_too_large', 'The body is larger than 1 MiB.'],
  FST_ERR_BAD_URL: ['invalid_request', 'The address is not valid.'],
}

/** Connection faults of the database, by its driver's codes and SQLSTATE class 08, 53 and 57P. */
const databaseAway =
  /^(ECONNREFUSED|ECONNRESET|EPIPE|ENOTFOUND|CONNECT_TIMEOUT|CONNECTION_(CLOSED|ENDED|DESTROYED)|08...|53...|57P..)$/

export function problemOfError(error: unknown): ApiProblem {
  if (error instanceof ApiProblem) return error
  if (error instanceof EngineError)
    return new ApiProblem(error.code, error.message, {
      retryAfterSeconds: error.retryAfterSeconds,
      ...(Object.keys(error.details).length > 0 ? { details: error.details } : {}),
    })
  const code = (error as { code?: unknown } | null)?.code
  const known = typeof code === 'string' ? frameworkCodes[code] : undefined
  if (known) return new ApiProblem(...known)
  // What the JSON parser refuses has a status and no code.
  if (error instanceof SyntaxError && (error as { statusCode?: number }).statusCode === 400)
    return new ApiProblem('invalid_request', 'The body is not JSON.')
  for (let cause = error; cause instanceof Error; cause = cause.cause)
    if (databaseAway.test(String((cause as { code?: unknown }).code)))
      return new ApiProblem('database_unavailable', 'The database does not answer. Try again.', {
        retryAfterSeconds: 5,
      })
  return new ApiProblem('internal_error', 'Something went wrong here. The log has it under the id in `instance`.')
}

export function problemDocument(problem: ApiProblem, publicUrl: string, requestId: string): Problem {
  const { status, title } = problems[problem.code]
  return {
    type: `${publicUrl}/problems/${problem.code}`,
    title,
    status,
    detail: problem.message,
    code: problem.code,
    instance: `urn:wellhead:request:${requestId}`,
    ...(problem.errors ? { errors: [...problem.errors] } : {}),
    ...(problem.details ? { details: problem.details } : {}),
  }
}

export function sendProblem(
  request: FastifyRequest,
  reply: FastifyReply,
  problem: ApiProblem,
  publicUrl: string,
): FastifyReply {
  const document = problemDocument(problem, publicUrl, request.id)
  if (problem.retryAfterSeconds !== undefined)
    reply.header('retry-after', Math.max(1, Math.ceil(problem.retryAfterSeconds)))
  else if (document.status === 503) reply.header('retry-after', 5)
  if (problem.code === 'unauthenticated') reply.header('www-authenticate', 'Bearer realm="wellhead"')
  return reply
    .code(document.status)
    .header('cache-control', 'no-store')
    .type('application/problem+json; charset=utf-8')
    .send(JSON.stringify(document))
}

/**
 * An unexpected error for the log. A database error's message holds the query's parameters, which can be a session's token or
 * a sealed credential, so only the query's text and the server's own words on it are taken.
 */
export function errorForLog(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { thrown: typeof error }
  const query = (error as { query?: unknown }).query
  const frames = error.stack
    ?.split('\n')
    .filter((line) => /^\s+at /.test(line))
    .slice(0, 8)
  return {
    name: error.name,
    ...(query === undefined ? { message: error.message } : { query: String(query).slice(0, 500) }),
    ...(typeof (error as { code?: unknown }).code === 'string' ? { code: (error as { code?: unknown }).code } : {}),
    ...(frames ? { frames } : {}),
    ...(error.cause instanceof Error ? { cause: { name: error.cause.name, message: error.cause.message } } : {}),
  }
}
