import { randomUUID } from 'node:crypto'
import type { FastifyReply } from 'fastify'

/** An error of the REST API: https://developers.notion.com/reference/status-codes */
export class NotionError extends Error {
  readonly status: number
  readonly code: string
  readonly additionalData: Readonly<Record<string, unknown>> | undefined
  readonly headers: Readonly<Record<string, string>>
  constructor(
    status: number,
    code: string,
    message: string,
    more: { additionalData?: Readonly<Record<string, unknown>>; headers?: Readonly<Record<string, string>> } = {},
  ) {
    super(message)
    this.status = status
    this.code = code
    this.additionalData = more.additionalData
    this.headers = more.headers ?? {}
  }
}

/** An error of the OAuth endpoints: RFC 6749 section 5.2, with Notion's request_id. */
export class OAuthError extends Error {
  readonly status: number
  readonly error: string
  constructor(status: number, error: string, description: string) {
    super(description)
    this.status = status
    this.error = error
  }
}

export const validationError = (message: string) => new NotionError(400, 'validation_error', message)

export function notionErrorBody(error: NotionError, requestId: string): Record<string, unknown> {
  return {
    object: 'error',
    status: error.status,
    code: error.code,
    message: error.message,
    ...(error.additionalData ? { additional_data: error.additionalData } : {}),
    request_id: requestId,
  }
}

export function oauthErrorBody(error: OAuthError, requestId: string): Record<string, unknown> {
  return { error: error.error, error_description: error.message, request_id: requestId }
}

/** Answers with whichever envelope the error belongs to. */
export function sendError(error: unknown, reply: FastifyReply): FastifyReply {
  const requestId = randomUUID()
  reply.header('x-notion-request-id', requestId)
  if (error instanceof OAuthError) {
    // RFC 6749 section 5.2: a client that tried the Authorization header is told the scheme.
    if (error.status === 401) reply.header('www-authenticate', 'Basic realm="Notion"')
    return reply.code(error.status).header('cache-control', 'no-store').send(oauthErrorBody(error, requestId))
  }
  if (error instanceof NotionError)
    return reply.code(error.status).headers(error.headers).send(notionErrorBody(error, requestId))
  const status = (error as { statusCode?: number }).statusCode ?? 500
  const judged =
    status === 413
      ? new NotionError(413, 'validation_error', 'The request body is larger than 500 KB.')
      : new NotionError(500, 'internal_server_error', 'Unexpected error occurred.')
  return reply.code(judged.status).send(notionErrorBody(judged, requestId))
}

/** The codes by status, for injected faults. */
export const codeByStatus: Readonly<Record<number, readonly [code: string, message: string]>> = {
  400: ['validation_error', 'body failed validation.'],
  401: ['unauthorized', 'API token is invalid.'],
  403: ['restricted_resource', 'Insufficient permissions for this endpoint.'],
  404: ['object_not_found', 'Could not find object.'],
  409: ['conflict_error', 'Conflict occurred while saving. Please try again.'],
  429: ['rate_limited', 'You have been rate limited. Please try again in a few minutes.'],
  500: ['internal_server_error', 'Unexpected error occurred.'],
  502: ['bad_gateway', 'Bad gateway.'],
  503: ['service_unavailable', 'Notion is unavailable. Please try again later.'],
  504: ['gateway_timeout', 'Notion timed out. Please try again later.'],
  529: ['service_overload', 'Notion is overloaded. Please try again later.'],
}
