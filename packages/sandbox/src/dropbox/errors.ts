import { randomBytes } from 'node:crypto'
import type { FastifyReply } from 'fastify'
import type { Fault } from '../faults.ts'
import type { FaultAnswer } from '../provider.ts'

/**
 * Errors of the API. https://www.dropbox.com/developers/documentation/http/documentation#error-handling
 *
 * 400 is plain text, addressed to the developer; all others are JSON: a summary that ends in a random number of dots, so that nobody
 * compares the whole of it, and the error as a union whose `.tag` comes first.
 */
export class DropboxError extends Error {
  readonly status: number
  readonly body: unknown
  readonly headers: Readonly<Record<string, string>>
  constructor(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}) {
    super(`Dropbox answers ${status}`)
    this.status = status
    this.body = body
    this.headers = headers
  }
}

/** An error of the token endpoint: RFC 6749, section 5.2. */
export class OAuthError extends Error {
  readonly status: number
  readonly error: string
  constructor(error: string, description: string, status = 400) {
    super(description)
    this.status = status
    this.error = error
  }
}

/** A union, with the values inside it: `tagged('path', 'not_found')`. The last part may be an object of its own. */
type Union = { readonly '.tag': string } & Readonly<Record<string, unknown>>

export function tagged(...parts: readonly [string, ...(string | Readonly<Record<string, unknown>>)[]]): Union {
  const [tag, ...inside] = parts
  const [first] = inside
  if (first === undefined) return { '.tag': tag }
  if (typeof first === 'string')
    return { '.tag': tag, [tag]: tagged(...(inside as [string, ...(string | Readonly<Record<string, unknown>>)[]])) }
  return { '.tag': tag, ...first }
}

/** The tags on the way to the innermost one. */
function tagsOf(error: unknown): string[] {
  const tag = (error as { '.tag'?: unknown } | undefined)?.['.tag']
  if (typeof tag !== 'string') return []
  return [tag, ...tagsOf((error as Record<string, unknown>)[tag])]
}

const dots = () => '.'.repeat(1 + Math.floor(Math.random() * 3))

const withSummary = (error: Readonly<Record<string, unknown>>, tags = tagsOf(error)) => ({
  error_summary: `${tags.join('/')}/${dots()}`,
  error,
})

/** 409: what the route documents, by its tags. */
export const routeError = (...parts: Parameters<typeof tagged>): DropboxError =>
  new DropboxError(409, withSummary(tagged(...parts)))

export const badRequest = (name: string, why: string): DropboxError =>
  new DropboxError(400, `Error in call to API function "${name}": ${why}`)

export const authError = (...parts: Parameters<typeof tagged>): DropboxError =>
  new DropboxError(401, withSummary(tagged(...parts)))

export const pathRootError = (...parts: Parameters<typeof tagged>): DropboxError =>
  new DropboxError(422, withSummary(tagged(...parts), [parts[0]]))

export function rateLimited(seconds: number, form: 'json' | 'text'): DropboxError {
  const headers = { 'retry-after': String(seconds) }
  if (form === 'text') return new DropboxError(429, 'Your app is making too many requests.', headers)
  const error = { reason: tagged('too_many_requests'), retry_after: seconds }
  return new DropboxError(429, withSummary(error, tagsOf(error.reason)), headers)
}

export function sendError(error: unknown, reply: FastifyReply, name: string): FastifyReply {
  if (error instanceof OAuthError)
    return reply
      .code(error.status)
      .header('cache-control', 'no-store')
      .send({ error: error.error, error_description: error.message })
  const tooLarge = (error as { statusCode?: number }).statusCode === 413
  const judged =
    error instanceof DropboxError
      ? error
      : tooLarge
        ? badRequest(name, 'The request body is too large.')
        : new DropboxError(500, withSummary(tagged('other')))
  const type = typeof judged.body === 'string' ? 'text/plain; charset=utf-8' : 'application/json'
  const body = typeof judged.body === 'string' ? judged.body : JSON.stringify(judged.body)
  return reply.code(judged.status).headers(judged.headers).header('content-type', type).send(body)
}

export const requestId = (): string => randomBytes(16).toString('hex')

/** An injected status in Dropbox's own words; its code is the tags, such as `path/not_found`. */
export function faultAnswer(fault: Fault, path: string): FaultAnswer {
  const status = fault.status ?? 500
  const headers = { 'x-dropbox-request-id': requestId() }
  if (path.startsWith('/oauth2/')) {
    const usual = status < 500 ? 'invalid_request' : 'server_error'
    return { status, headers, body: { error: fault.code ?? usual, error_description: 'Injected.' } }
  }
  const { body } = injected(status, fault, path.replace(/^\/2\//, ''))
  return { status, headers, body }
}

function injected(status: number, fault: Fault, name: string): DropboxError {
  const tags = (usual: string) => (fault.code ?? usual).split('/') as [string, ...string[]]
  if (status === 400) return badRequest(name, fault.code ?? 'injected.')
  if (status === 401 && fault.code === 'missing_scope')
    return authError('missing_scope', { required_scope: 'files.metadata.read' })
  if (status === 401) return authError(...tags('invalid_access_token'))
  if (status === 403) return new DropboxError(403, withSummary(tagged(...tags('invalid_account_type/endpoint'))))
  if (status === 409) return routeError(...tags('other'))
  if (status === 422) return pathRootError(...tags('no_permission'))
  if (status === 429) {
    const error = { reason: tagged(...tags('too_many_requests')), retry_after: Number(fault.retryAfter ?? 1) }
    return new DropboxError(429, withSummary(error, tagsOf(error.reason)))
  }
  return new DropboxError(status, withSummary(tagged(...tags('other'))))
}
