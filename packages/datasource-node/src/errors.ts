/**
 * What can go wrong between a data source and its provider, as a short closed list of codes.
 *
 * - `unauthorized`: the provider refuses the credential, also after one refresh. The member must authorize again.
 * - `missing_scope`: the credential is good, but was not granted what this call needs.
 * - `not_found`: the item does not exist, or is not shared with this connection.
 * - `rate_limited`: asked too often; `retryAfterMs` says how long to wait where the provider said so.
 * - `quota_exhausted`: the account must pay or wait for its next billing period; the credential is good.
 * - `content_unavailable`: the item exists but its content cannot be had (too large to export, blocked, not downloadable).
 * - `cursor_expired`: the listing must start over.
 * - `provider_unavailable`: the provider is down or cannot be reached; asking again later may work.
 * - `invalid_request`: the provider, or the source, refuses the parameters.
 * - `invalid_response`: the provider's answer cannot be read.
 * - `misconfigured`: the operator's settings are wrong (client, endpoint, API version), not the member's.
 * - `cancelled`: the caller's signal was aborted.
 */
export const dataSourceErrorCodes = [
  'unauthorized',
  'missing_scope',
  'not_found',
  'rate_limited',
  'quota_exhausted',
  'content_unavailable',
  'cursor_expired',
  'provider_unavailable',
  'invalid_request',
  'invalid_response',
  'misconfigured',
  'cancelled',
] as const

export type DataSourceErrorCode = (typeof dataSourceErrorCodes)[number]

/** An unsuccessful HTTP answer, as handed to a data source's `toError`. The body is cut at 64 KiB. */
export interface FailedResponse {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** The body as JSON; `undefined` when it is not JSON (an HTML page of a proxy, a cut-off answer). */
  readonly json: unknown
}

// Known across copies of this package: two plugins may each bring their own.
const marker = Symbol.for('wellhead.datasource.error')

export class DataSourceError extends Error {
  readonly code: DataSourceErrorCode
  /** Milliseconds to wait before asking again, where the provider said so. */
  readonly retryAfterMs: number | undefined
  /** The HTTP status behind it, where there was one. */
  readonly status: number | undefined

  /** The message is shown to members and stored in runs: it must never carry a credential. */
  constructor(
    code: DataSourceErrorCode,
    message: string,
    options: { retryAfterMs?: number | undefined; status?: number | undefined; cause?: unknown } = {},
  ) {
    super(message)
    this.name = 'DataSourceError'
    this.code = code
    this.retryAfterMs = options.retryAfterMs
    this.status = options.status
    // Not enumerable, so that no logger spills a raw answer.
    if (options.cause !== undefined) Object.defineProperty(this, 'cause', { value: options.cause, enumerable: false })
    Object.defineProperty(this, marker, { value: true, enumerable: false })
  }
}

/** Whether `value` is a `DataSourceError`, whichever copy of this package made it. */
export function isDataSourceError(value: unknown): value is DataSourceError {
  return typeof value === 'object' && value !== null && (value as Record<symbol, unknown>)[marker] === true
}

/** Whether asking again later may help without anybody doing anything. */
export function isRetryable(error: DataSourceError): boolean {
  return error.code === 'rate_limited' || error.code === 'provider_unavailable'
}

/**
 * `Retry-After` in milliseconds from now: delay-seconds or an HTTP date (RFC 9110, section 10.2.3).
 * `undefined` when the header is absent or unreadable.
 */
export function retryAfterMs(headers: Headers, now: number = Date.now()): number | undefined {
  const value = headers.get('retry-after')?.trim()
  if (!value) return undefined
  if (/^\d+(\.\d+)?$/.test(value)) return Math.ceil(Number(value) * 1000)
  const date = Date.parse(value)
  return Number.isNaN(date) ? undefined : Math.max(0, date - now)
}
