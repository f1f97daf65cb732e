import type { FastifyReply } from 'fastify'
import type { Fault } from '../faults.ts'
import type { FaultAnswer } from '../provider.ts'

/** An error of the Drive API: https://developers.google.com/workspace/drive/api/guides/handle-errors */
export class DriveError extends Error {
  readonly status: number
  readonly reason: string
  readonly more: { readonly domain?: string; readonly location?: string; readonly rpcStatus?: string }
  constructor(status: number, reason: string, message: string, more: DriveError['more'] = {}) {
    super(message)
    this.status = status
    this.reason = reason
    this.more = more
  }
}

/** An error of the token and revoke endpoints (RFC 6749, section 5.2). */
export class OAuthError extends Error {
  readonly status: number
  readonly error: string
  constructor(status: number, error: string, description: string) {
    super(description)
    this.status = status
    this.error = error
  }
}

export const fileNotFound = (id: string) =>
  new DriveError(404, 'notFound', `File not found: ${id}.`, { location: 'fileId' })

export const invalidValue = (parameter: string, message = 'Invalid Value') =>
  new DriveError(400, 'invalid', message, { location: parameter })

export const invalidParameter = (parameter: string, message: string) =>
  new DriveError(400, 'invalidParameter', message, { location: parameter })

export const rateLimited = () =>
  new DriveError(403, 'userRateLimitExceeded', 'User Rate Limit Exceeded', { domain: 'usageLimits' })

export const unauthorized = () =>
  new DriveError(
    401,
    'authError',
    'Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential.',
    { location: 'Authorization', rpcStatus: 'UNAUTHENTICATED' },
  )

export function driveErrorBody({ status, reason, message, more }: DriveError) {
  const { domain = 'global', location, rpcStatus } = more
  // The header's name is that of the location of authError alone; every other location is a parameter.
  const locationType = location === 'Authorization' ? 'header' : 'parameter'
  return {
    error: {
      code: status,
      message,
      errors: [
        {
          message: reason === 'authError' ? 'Invalid Credentials' : message,
          domain,
          reason,
          ...(location === undefined ? {} : { location, locationType }),
        },
      ],
      ...(rpcStatus === undefined ? {} : { status: rpcStatus }),
    },
  }
}

export const oauthErrorBody = ({ error, message }: OAuthError) => ({ error, error_description: message })

/** Answers with whichever envelope the error belongs to. */
export function sendError(error: unknown, reply: FastifyReply): FastifyReply {
  if (error instanceof OAuthError)
    return reply.code(error.status).header('cache-control', 'no-store').send(oauthErrorBody(error))
  if (error instanceof DriveError) return reply.code(error.status).send(driveErrorBody(error))
  const status = (error as { statusCode?: number }).statusCode ?? 500
  const judged =
    status < 500
      ? new DriveError(status, 'badRequest', 'Bad Request')
      : new DriveError(500, 'backendError', 'Internal Error')
  return reply.code(status).send(driveErrorBody(judged))
}

/** Reason -> status, message and domain, as the API answers them. */
const byReason: Readonly<Record<string, readonly [status: number, message: string, domain?: string]>> = {
  authError: [401, 'Invalid Credentials'],
  userRateLimitExceeded: [403, 'User Rate Limit Exceeded', 'usageLimits'],
  rateLimitExceeded: [403, 'Rate Limit Exceeded', 'usageLimits'],
  dailyLimitExceeded: [403, 'Daily Limit Exceeded', 'usageLimits'],
  sharingRateLimitExceeded: [403, 'Sharing Rate Limit Exceeded'],
  accessNotConfigured: [403, 'Google Drive API has not been used in this project or it is disabled.', 'usageLimits'],
  insufficientPermissions: [403, 'Insufficient Permission: Request had insufficient authentication scopes.'],
  insufficientFilePermissions: [403, 'The user does not have sufficient permissions for this file.'],
  appNotAuthorizedToFile: [403, 'The user has not granted the app access to the file.'],
  domainPolicy: [403, 'The domain administrators have disabled Drive apps.'],
  exportSizeLimitExceeded: [403, 'This file is too large to be exported.'],
  notFound: [404, 'File not found.'],
  backendError: [500, 'Internal Error'],
}

const reasonByStatus: Readonly<Record<number, string>> = {
  400: 'badRequest',
  401: 'authError',
  403: 'insufficientFilePermissions',
  404: 'notFound',
  429: 'rateLimitExceeded',
}

/** An injected status or reason in Google's own words. */
export function faultAnswer(fault: Fault, path: string): FaultAnswer {
  if (path === '/token' || path === '/revoke') {
    const status = fault.status ?? (fault.code === 'deleted_client' || fault.code === 'invalid_client' ? 401 : 400)
    const usual = status === 401 ? 'invalid_client' : status < 500 ? 'invalid_request' : 'internal_failure'
    return { status, body: oauthErrorBody(new OAuthError(status, fault.code ?? usual, 'Bad Request')) }
  }
  const reason = fault.code ?? reasonByStatus[fault.status ?? 500] ?? 'backendError'
  const [usual = 500, message = 'Error', domain] = byReason[reason] ?? []
  const status = fault.status ?? usual
  if (reason === 'authError') return { status, body: driveErrorBody(unauthorized()) }
  return { status, body: driveErrorBody(new DriveError(status, reason, message, domain ? { domain } : {})) }
}
