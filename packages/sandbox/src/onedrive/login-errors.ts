import { randomUUID } from 'node:crypto'
import type { GrantRefusal } from '../oauth/grants.ts'

/**
 * An error of the identity platform: RFC 6749, section 5.2, with numbers and traces of its own.
 * https://learn.microsoft.com/entra/identity-platform/reference-error-codes
 */
export class LoginError extends Error {
  readonly status: number
  readonly error: string
  /** The number behind AADSTS. */
  readonly number: number
  readonly suberror: string | undefined
  constructor(status: number, error: string, number: number, sentence: string, suberror?: string) {
    super(sentence)
    this.status = status
    this.error = error
    this.number = number
    this.suberror = suberror
  }
}

export const description = ({ number, message }: LoginError): string => `AADSTS${number}: ${message}`

export function loginErrorBody(error: LoginError, now: number): Record<string, unknown> {
  const traceId = randomUUID()
  const correlationId = randomUUID()
  const timestamp = new Date(now).toISOString().replace('T', ' ').replace(/\.\d+/, '')
  return {
    error: error.error,
    error_description: `${description(error)}\r\nTrace ID: ${traceId}\r\nCorrelation ID: ${correlationId}\r\nTimestamp: ${timestamp}`,
    error_codes: [error.number],
    timestamp,
    trace_id: traceId,
    correlation_id: correlationId,
    error_uri: `https://login.microsoftonline.com/error?code=${error.number}`,
    ...(error.suberror === undefined ? {} : { suberror: error.suberror }),
  }
}

export const missingParameter = (name: string): LoginError =>
  new LoginError(400, 'invalid_request', 900144, `The request body must contain the following parameter: '${name}'.`)

export const unknownScope = (scope: string): LoginError =>
  new LoginError(
    400,
    'invalid_scope',
    70011,
    `The provided value for the input parameter 'scope' is not valid. The scope '${scope}' does not exist.`,
  )

/** Why a code or a refresh token is refused. */
export function refusedGrant(reason: GrantRefusal): LoginError {
  const [number, sentence, suberror, error = 'invalid_grant'] = grantErrors[reason]
  return new LoginError(400, error, number, sentence, suberror)
}

const expired =
  'The provided authorization code or refresh token has expired due to inactivity. Send a new interactive authorization request.'
const grantErrors: Readonly<Record<GrantRefusal, readonly [number, string, string?, string?]>> = {
  unknown_code: [70000, "The provided value for the input parameter 'code' is not valid.", 'bad_token'],
  used_code: [
    54005,
    'OAuth2 Authorization code was already redeemed, please retry with a new valid code or use an existing refresh token.',
  ],
  expired_code: [70008, expired],
  redirect_uri_mismatch: [
    500112,
    'The reply address does not match the reply address provided when requesting Authorization code.',
  ],
  verifier_missing: [501481, 'The Code_Verifier is missing although the authorization request had a code_challenge.'],
  verifier_mismatch: [
    501481,
    'The Code_Verifier does not match the code_challenge supplied in the authorization request.',
  ],
  unknown_refresh_token: [
    50173,
    'The provided grant has expired due to it being revoked, a fresh auth token is needed.',
  ],
  expired_refresh_token: [700082, 'The refresh token has expired due to inactivity.'],
  scope_exceeds: [
    65001,
    'The user or administrator has not consented to use the application. Send an interactive authorization request.',
    'consent_required',
  ],
}
