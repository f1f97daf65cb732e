import { DataSourceError, type DataSourceErrorCode, type FailedResponse, retryAfterMs } from '@wellhead/datasource-node'

/** The handbook answers `{ "error": "…", "message": "…" }`. */
export function toError({ status, headers, json }: FailedResponse): DataSourceError {
  const reason = typeof json === 'object' && json !== null && 'error' in json ? json.error : undefined
  const [code, sentence] = judge(status, reason)
  return new DataSourceError(code, sentence, { status, retryAfterMs: retryAfterMs(headers) })
}

function judge(status: number, reason: unknown): readonly [DataSourceErrorCode, string] {
  if (status === 401) return ['unauthorized', 'The handbook refuses the credential.']
  if (status === 402) return ['quota_exhausted', 'The handbook wants to be paid first.']
  if (status === 403) return ['missing_scope', 'The connection was not granted what this needs.']
  if (status === 404) return ['not_found', 'The handbook has no such page.']
  if (status === 410 || reason === 'invalid_cursor')
    return ['cursor_expired', 'The handbook no longer knows this cursor; the listing must start over.']
  if (status === 429) return ['rate_limited', 'The handbook was asked too often.']
  if (status === 408 || status >= 500)
    return ['provider_unavailable', `The handbook cannot answer right now (HTTP ${status}).`]
  return ['invalid_request', `The handbook refuses the request (HTTP ${status}).`]
}
