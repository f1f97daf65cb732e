/**
 * Says what a token endpoint's answer means: seven outcomes, one policy each (see refresh/refresh.ts). Pure.
 *
 * - `refreshed`: new tokens.
 * - `revoked`: the grant, or the code, is gone (RFC 6749, section 5.2, `invalid_grant`).
 * - `client_misconfigured`: our client or endpoint is wrong; the member's grant is not to blame.
 * - `rate_limited`: refused before it was processed.
 * - `provider_down`: provably not processed.
 * - `unknown_outcome`: it may have been processed, so the refresh token may be spent.
 * - `invalid_answer`: processed, and unusable but for the new refresh token that it carries, which must not be lost.
 */
import { type OAuth2Spec, retryAfterMs, type TokenErrorMeaning } from '@wellhead/datasource-node'
import type { TokenAnswer } from './token-client.ts'

export interface IssuedTokens {
  readonly accessToken: string
  /** `null` when the answer has none: the former one stays. */
  readonly refreshToken: string | null
  /** Seconds from the sending of the request; `null` when neither the answer nor the spec says. */
  readonly lifetimeSeconds: number | null
  /** `null` when the answer does not say: as asked for (RFC 6749, section 5.1). */
  readonly scopes: readonly string[] | null
  /** The answer without its tokens. */
  readonly info: Readonly<Record<string, unknown>>
}

export type Judgement =
  | { readonly outcome: 'refreshed'; readonly tokens: IssuedTokens }
  | { readonly outcome: 'revoked'; readonly message: string }
  | { readonly outcome: 'client_misconfigured'; readonly message: string }
  | { readonly outcome: 'rate_limited'; readonly message: string; readonly retryAfterMs: number | undefined }
  | { readonly outcome: 'provider_down'; readonly message: string; readonly retryAfterMs: number | undefined }
  | { readonly outcome: 'unknown_outcome'; readonly message: string }
  | { readonly outcome: 'invalid_answer'; readonly message: string; readonly refreshToken: string }

// RFC 6749, section 5.2: errors that are about the request or the client, never about the grant.
const clientErrors = new Set([
  'invalid_client',
  'unauthorized_client',
  'unsupported_grant_type',
  'invalid_request',
  'invalid_scope',
])

/** No provider means more than this; a larger `expires_in` is a mistake. One year, in seconds. */
const LONGEST_LIFETIME = 365 * 24 * 3600

export function judge(spec: OAuth2Spec, answer: TokenAnswer): Judgement {
  if (answer.kind === 'not_sent')
    return {
      outcome: 'provider_down',
      message: `The provider could not be reached (${answer.reason}).`,
      retryAfterMs: undefined,
    }
  if (answer.kind === 'lost')
    return { outcome: 'unknown_outcome', message: `The provider's answer was lost on the way (${answer.reason}).` }

  const body = isRecord(answer.json) ? answer.json : undefined
  const wait = retryAfterMs(answer.headers)
  const status = answer.status

  const isSuccess = status >= 200 && status < 300
  // Some answer 200 with an error in the body; what carries a new refresh token beside it has issued one nevertheless.
  if (isSuccess && (typeof body?.error !== 'string' || nonEmpty(body.refresh_token))) return judgeSuccess(spec, body)

  const error = typeof body?.error === 'string' ? body.error : undefined
  const meaning = error === undefined ? undefined : meaningOf(spec, error)
  const message = describe(error, status)
  if (meaning === 'rate_limited' || (meaning === undefined && status === 429))
    return { outcome: 'rate_limited', message, retryAfterMs: wait }
  if (meaning === 'provider_down') return { outcome: 'provider_down', message, retryAfterMs: wait }
  if (meaning && status < 500) return { outcome: meaning, message } as Judgement
  if (spec.notProcessedStatuses.includes(status)) return { outcome: 'provider_down', message, retryAfterMs: wait }
  // An error that nobody documented does not prove that nothing was done.
  if (status >= 500 || status === 408 || isSuccess) return { outcome: 'unknown_outcome', message }
  // A 4xx without an OAuth error comes from something in front of the endpoint: a firewall's page, a wrong address.
  if (status === 404 || status === 405 || status === 410 || (status >= 300 && status < 400))
    return { outcome: 'client_misconfigured', message }
  return { outcome: 'provider_down', message, retryAfterMs: wait }
}

function judgeSuccess(spec: OAuth2Spec, body: Record<string, unknown> | undefined): Judgement {
  if (!body) return { outcome: 'unknown_outcome', message: 'The provider answered with something unreadable.' }
  const refreshToken = nonEmpty(body.refresh_token)
  const accessToken = nonEmpty(body.access_token)
  const problem = !accessToken
    ? 'has no access_token'
    : typeof body.token_type === 'string' && body.token_type.toLowerCase() === 'bearer'
      ? undefined
      : 'has a token_type other than bearer'
  if (!accessToken || problem) {
    const message = `The provider's answer ${problem}.`
    // The new refresh token is kept before anything else of the answer is judged: the old one is spent.
    return refreshToken ? { outcome: 'invalid_answer', message, refreshToken } : { outcome: 'unknown_outcome', message }
  }
  const info = Object.fromEntries(Object.entries(body).filter(([name]) => !/token$|secret/i.test(name)))
  return {
    outcome: 'refreshed',
    tokens: {
      accessToken,
      refreshToken: refreshToken ?? null,
      lifetimeSeconds: lifetime(body.expires_in) ?? spec.assumedLifetimeSeconds ?? null,
      scopes: typeof body.scope === 'string' && body.scope ? splitScopes(spec, body.scope) : null,
      info,
    },
  }
}

/** Seconds; undefined for what is missing, less than one, or not a number. */
function lifetime(value: unknown): number | undefined {
  const seconds = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
  if (typeof seconds !== 'number' || !Number.isFinite(seconds) || seconds < 1) return undefined
  return Math.min(Math.floor(seconds), LONGEST_LIFETIME)
}

function splitScopes(spec: OAuth2Spec, scope: string): string[] {
  // RFC 6749, section 3.3 says spaces; some providers answer with the delimiter that they ask for.
  return scope.split(spec.scopeDelimiter === ' ' ? /\s+/ : new RegExp(`[\\s${spec.scopeDelimiter}]+`)).filter(Boolean)
}

function meaningOf(spec: OAuth2Spec, error: string): TokenErrorMeaning | undefined {
  const known = Object.hasOwn(spec.tokenErrors, error) ? spec.tokenErrors[error] : undefined
  if (known) return known
  if (error === 'invalid_grant') return 'revoked'
  if (clientErrors.has(error)) return 'client_misconfigured'
  if (error === 'temporarily_unavailable') return 'provider_down'
  if (error === 'slow_down') return 'rate_limited'
  return undefined
}

/** The `error` code is safe to repeat when it is of the form that RFC 6749 allows; the description is the provider's text and may hold anything. */
function describe(error: string | undefined, status: number): string {
  const code = error && /^[\w.-]{1,64}$/.test(error) ? ` and the error ${error}` : ''
  return `The provider answered with status ${status}${code}.`
}

const nonEmpty = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined)

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
