import { DataSourceError, type DataSourceErrorCode, type FailedResponse, retryAfterMs } from '@wellhead/datasource-node'

/** https://developers.google.com/workspace/drive/api/guides/handle-errors */
export function toError(response: FailedResponse): DataSourceError {
  const { status } = response
  const said = readEnvelope(response.json)
  const [code, sentence] = judge(status, said)
  const detail = code === 'invalid_request' || code === 'content_unavailable' ? saying(said.message) : ''
  return new DataSourceError(code, sentence + detail, {
    status,
    retryAfterMs: code === 'rate_limited' ? retryAfterMs(response.headers) : undefined,
  })
}

/** What an error says, in its older form (`errors`) and its newer one (`status` and `details`). */
interface Said {
  readonly isEnvelope: boolean
  readonly message: string
  readonly reasons: readonly string[]
  readonly locations: readonly string[]
}

const rateLimits = ['userRateLimitExceeded', 'rateLimitExceeded', 'RATE_LIMIT_EXCEEDED']
/** Asking again soon does not help. */
const quotas = ['dailyLimitExceeded', 'dailyLimitExceededUnreg', 'sharingRateLimitExceeded']
const scopes = ['insufficientPermissions', 'ACCESS_TOKEN_SCOPE_INSUFFICIENT']
const projectFaults = ['accessNotConfigured', 'SERVICE_DISABLED']

function judge(status: number, said: Said): readonly [DataSourceErrorCode, string] {
  const isAny = (reasons: readonly string[]) => said.reasons.some((reason) => reasons.includes(reason))
  if (status === 401) return ['unauthorized', 'Google Drive refuses the credential.']
  if (status === 404 || status === 410)
    return ['not_found', 'Google Drive does not have this, or it is not shared with this account.']
  if ((status === 403 || status === 429) && isAny(quotas))
    return ['quota_exhausted', "The Google Cloud project's quota for today is used up."]
  if (status === 429 || (status === 403 && isAny(rateLimits)))
    return ['rate_limited', 'Google Drive was asked too often.']
  if (status === 403) return judgeForbidden(said, isAny)
  if (status === 408 || status >= 500)
    return ['provider_unavailable', `Google Drive cannot answer right now (HTTP ${status}).`]
  if (status === 400 && (said.locations.includes('pageToken') || /page ?token/i.test(said.message)))
    return ['cursor_expired', 'Google Drive no longer knows this cursor; the listing must start over.']
  return ['invalid_request', `Google Drive refuses the request (HTTP ${status}).`]
}

function judgeForbidden(
  said: Said,
  isAny: (reasons: readonly string[]) => boolean,
): readonly [DataSourceErrorCode, string] {
  // An HTML page comes from something in front of the API, and says nothing about credential or file.
  if (!said.isEnvelope) return ['provider_unavailable', 'Something in front of Google Drive blocks the request.']
  if (isAny(projectFaults))
    return ['misconfigured', 'The Google Drive API is not enabled in the Google Cloud project of the OAuth client.']
  if (isAny(scopes) || said.reasons.length === 0)
    return ['missing_scope', 'The account did not allow Wellhead to see and download its files.']
  // What is left is about the one file: too large to export, download forbidden, malware, a policy of its domain.
  return ['content_unavailable', 'Google Drive does not give this file.']
}

function readEnvelope(json: unknown): Said {
  const error = object(object(json).error)
  const parts = [...list(error.errors), ...list(error.details)]
  return {
    isEnvelope: Object.keys(error).length > 0,
    message: text(error.message),
    reasons: parts.map(({ reason }) => text(reason)).filter(Boolean),
    locations: parts.map(({ location }) => text(location)).filter(Boolean),
  }
}

/** What Google says, cut short. It is kept with the run, so anything that looks like a token is taken out. */
function saying(message: string): string {
  const kept = message.replace(/\bya29\.[\w.-]+|\b1\/\/[\w-]+|Bearer\s+\S+/gi, '[removed]').slice(0, 300)
  return kept ? ` Google says: ${kept}` : ''
}

type Json = Readonly<Record<string, unknown>>
const object = (value: unknown): Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {}
const list = (value: unknown): readonly Json[] => (Array.isArray(value) ? value.map(object) : [])
const text = (value: unknown): string => (typeof value === 'string' ? value : '')
