import { DataSourceError, type DataSourceErrorCode, type FailedResponse, retryAfterMs } from '@wellhead/datasource-node'
import { type Json, object, text } from './json.ts'

/** Notion's error codes: https://developers.notion.com/reference/status-codes */
export function toError(response: FailedResponse): DataSourceError {
  const { status } = response
  const body = object(response.json)
  const [code, sentence] = judge(status, text(body.code), text(body.message), object(body.additional_data))
  const detail = code === 'invalid_request' ? ` Notion says: ${withoutTokens(text(body.message))}` : ''
  return new DataSourceError(code, sentence + detail, {
    status,
    retryAfterMs: code === 'rate_limited' ? waitMs(response, object(body.additional_data).retry_after) : undefined,
  })
}

function judge(status: number, code: string, message: string, facts: Json): readonly [DataSourceErrorCode, string] {
  if (status === 401) return ['unauthorized', 'Notion refuses the credential.']
  // The edge in front of Notion blocks with an HTML page: that says nothing about the credential.
  if (status === 403 && code === '') return ['provider_unavailable', 'Notion is blocking requests at its edge.']
  if (status === 403) return ['missing_scope', 'The connection lacks a capability; it needs "Read content" in Notion.']
  if (status === 404) return ['not_found', 'Notion does not have this, or it is not shared with the connection.']
  // Documented as not to be retried: waiting does not lift the block.
  if (status === 429 && facts.rate_limit_reason === 'public_api_request_blocked') {
    return ['quota_exhausted', 'Notion has blocked the requests of this connection.']
  }
  if (status === 429 || status === 529) return ['rate_limited', 'Notion was asked too often.']
  if (status === 501) return ['invalid_request', 'Notion does not offer this call.']
  if (status === 408 || status === 409 || status >= 500) {
    return ['provider_unavailable', `Notion cannot answer right now (HTTP ${status}).`]
  }
  if (code === 'missing_version') {
    return ['misconfigured', 'Notion saw no API version: something on the way drops the Notion-Version header.']
  }
  if (code === 'validation_error' && message.includes('start_cursor')) {
    return ['cursor_expired', 'Notion no longer knows this cursor; the listing must start over.']
  }
  return ['invalid_request', `Notion refuses the request (HTTP ${status}).`]
}

/** `Retry-After`, else the same number in the body (`additional_data.retry_after`, a string of seconds). */
function waitMs(response: FailedResponse, inBody: unknown): number | undefined {
  const seconds = typeof inBody === 'string' || typeof inBody === 'number' ? Number(inBody) : Number.NaN
  return retryAfterMs(response.headers) ?? (seconds >= 0 ? Math.ceil(seconds * 1000) : undefined)
}

/** The sentence is kept with the run, so anything that looks like a token is taken out of it. */
function withoutTokens(message: string): string {
  return message.replace(/\b(?:ntn|nrt|secret)_\w+|Bearer\s+\S+/gi, '[removed]').slice(0, 300) || 'nothing more.'
}
