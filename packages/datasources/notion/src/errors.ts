import { DataSourceError, type DataSourceErrorCode, type FailedResponse, retryAfterMs } from '@wellhead/datasource-node'
import { object, text } from './json.ts'

/** Notion's error codes: https://developers.notion.com/reference/status-codes */
export function toError(response: FailedResponse): DataSourceError {
  const body = object(response.json)
  const { code, sentence } = judge(response.status, text(body.code), response)
  const detail = code === 'invalid_request' ? readable(text(body.message)) : ''
  return new DataSourceError(code, detail ? `${sentence} Notion says: ${detail}` : sentence, {
    status: response.status,
    ...(code === 'rate_limited' ? { retryAfterMs: waitMs(response) } : {}),
  })
}

interface Judgement {
  readonly code: DataSourceErrorCode
  readonly sentence: string
}

function judge(status: number, code: string, response: FailedResponse): Judgement {
  const reason = text(object(object(response.json).additional_data).rate_limit_reason)
  if (status === 401) return { code: 'unauthorized', sentence: 'Notion refuses the credential.' }
  if (status === 403) {
    // The edge in front of Notion blocks with an HTML page: that says nothing about the credential.
    if (code === '') return { code: 'provider_unavailable', sentence: 'Notion is blocking requests at its edge.' }
    return {
      code: 'missing_scope',
      sentence: 'The Notion connection lacks a capability for this; it needs "Read content".',
    }
  }
  if (status === 404) {
    return { code: 'not_found', sentence: 'Notion does not have this, or it is not shared with the connection.' }
  }
  if (status === 429 && reason === 'public_api_request_blocked') {
    // Documented as not to be retried: waiting does not lift the block.
    return { code: 'quota_exhausted', sentence: 'Notion has blocked the requests of this connection.' }
  }
  if (status === 429 || status === 529) return { code: 'rate_limited', sentence: 'Notion was asked too often.' }
  if (status === 501) return { code: 'invalid_request', sentence: 'Notion does not offer this call.' }
  if (status === 408 || status === 409 || status >= 500) {
    return { code: 'provider_unavailable', sentence: `Notion cannot answer right now (HTTP ${status}).` }
  }
  if (code === 'missing_version') {
    return {
      code: 'misconfigured',
      sentence: 'Notion saw no API version: something between drops the Notion-Version header.',
    }
  }
  if (code === 'validation_error' && /start_cursor/.test(text(object(response.json).message))) {
    return { code: 'cursor_expired', sentence: 'Notion no longer knows this cursor; the listing must start over.' }
  }
  return { code: 'invalid_request', sentence: `Notion refuses the request (HTTP ${status}).` }
}

/** `Retry-After`, else the same number in the body (`additional_data.retry_after`, a string of seconds). */
function waitMs(response: FailedResponse): number | undefined {
  const inHeader = retryAfterMs(response.headers)
  if (inHeader !== undefined) return inHeader
  const seconds = Number(object(object(response.json).additional_data).retry_after ?? Number.NaN)
  return Number.isFinite(seconds) && seconds >= 0 ? Math.ceil(seconds * 1000) : undefined
}

/** The message is kept with the run, so anything that looks like one of Notion's tokens is taken out of it. */
function readable(message: string): string {
  return message.replace(/\b(?:ntn|nrt|secret)_\w+|Bearer\s+\S+/gi, '[removed]').slice(0, 300)
}
