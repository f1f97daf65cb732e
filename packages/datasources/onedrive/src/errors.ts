import { DataSourceError, type DataSourceErrorCode, type FailedResponse, retryAfterMs } from '@wellhead/datasource-node'
import { type Json, object, text } from './json.ts'

/**
 * Errors of Graph: https://learn.microsoft.com/graph/errors and https://learn.microsoft.com/onedrive/developer/rest-api/concepts/errors. Codes
 * nest from the general to the special, and their case is not the same for work and personal accounts.
 */
export function toError(response: FailedResponse): DataSourceError {
  const { status } = response
  const outer = object(object(response.json).error)
  const message = text(outer.message)
  const wait = retryAfterMs(response.headers)
  const [code, sentence] = judge(status, codesOf(outer), message, wait !== undefined)
  const detail = code === 'invalid_request' && message ? ` OneDrive says: ${withoutTokens(message)}` : ''
  return new DataSourceError(code, sentence + detail, {
    status,
    retryAfterMs: code === 'rate_limited' || code === 'provider_unavailable' ? wait : undefined,
  })
}

function judge(
  status: number,
  codes: readonly string[],
  message: string,
  saysWhen: boolean,
): readonly [DataSourceErrorCode, string] {
  const says = (...known: readonly string[]) => codes.some((code) => known.includes(code))
  if (status === 401) return ['unauthorized', 'OneDrive refuses the credential.']
  if (says('malwaredetected', 'virussuspicious')) return ['content_unavailable', 'OneDrive found malware in this file.']
  if (status === 410 || codes.some((code) => code.startsWith('resync')))
    return ['cursor_expired', 'OneDrive no longer knows this cursor; it must be started over.']
  if (status === 429 || says('activitylimitreached', 'toomanyrequests', 'throttledrequest'))
    return status === 509 ? bandwidth : ['rate_limited', 'OneDrive was asked too often.']
  // Something in front of Graph, or a download URL that has expired: neither says anything about the grant.
  if (status === 403 && codes.length === 0)
    return ['provider_unavailable', 'Something in front of OneDrive blocks the request.']
  if (status === 403) return ['missing_scope', 'The connection may not read this in OneDrive.']
  if (/\bSPO license\b/i.test(message)) return ['not_found', noOneDrive]
  if (status === 404)
    return ['not_found', 'OneDrive does not have this, or it is not shared with the account any more.']
  if (status === 423) return ['content_unavailable', 'This is locked in OneDrive.']
  if (status === 406 || status === 415) return ['content_unavailable', 'OneDrive cannot give this in another format.']
  if (status === 507 || says('quotalimitreached')) return ['quota_exhausted', 'The OneDrive of this account is full.']
  if (status === 509) return bandwidth
  if (status === 503 && saysWhen) return ['rate_limited', 'OneDrive asks to wait.']
  if (status === 408 || status >= 500)
    return ['provider_unavailable', `OneDrive cannot answer right now (HTTP ${status}).`]
  if (status === 400 && /skiptoken/i.test(message))
    return ['cursor_expired', 'OneDrive no longer knows this cursor; the listing must start over.']
  return ['invalid_request', `OneDrive refuses the request (HTTP ${status}).`]
}

export const noOneDrive = 'This account has no OneDrive.'

const bandwidth = ['quota_exhausted', 'The OneDrive of this account has used up its bandwidth.'] as const

/** The code and those inside, in lower case. */
function codesOf(error: Json, depth = 0): readonly string[] {
  const code = text(error.code).toLowerCase()
  const inner = object(error.innerError ?? error.innererror)
  const below = depth < 5 && Object.keys(inner).length > 0 ? codesOf(inner, depth + 1) : []
  return code === '' ? below : [code, ...below]
}

/** The sentence is kept with the run, so anything that looks like a token is taken out of it. */
function withoutTokens(message: string): string {
  return message
    .replace(/\b(?:eyJ|EwB|M\.C5|[01]\.AX)[\w.!*$-]+|Bearer\s+\S+|tempauth=\S+/gi, '[removed]')
    .slice(0, 300)
}
