import { DataSourceError, type DataSourceErrorCode, type FailedResponse, retryAfterMs } from '@wellhead/datasource-node'

/**
 * https://r.jina.ai/docs: `{data: null, code, name, status, message, readableMessage, retryAfter?}`, where `status` is the HTTP status × 100 + n.
 * Something in front of Reader answers without it.
 */
export function toError(response: FailedResponse): DataSourceError {
  const body: Record<string, unknown> =
    typeof response.json === 'object' && response.json !== null ? { ...response.json } : {}
  const said = typeof body.message === 'string' ? body.message : ''
  const [code, sentence] = judge(response.status, body)
  const detail = ['invalid_request', 'not_found', 'content_unavailable'].includes(code) ? saying(said) : ''
  return new DataSourceError(code, sentence + detail, {
    status: response.status,
    retryAfterMs: code === 'rate_limited' ? (retryAfterMs(response.headers) ?? waitIn(body.retryAfter)) : undefined,
  })
}

function judge(
  status: number,
  { status: number, name }: Record<string, unknown>,
): readonly [DataSourceErrorCode, string] {
  const isReader = typeof number === 'number' || typeof name === 'string'
  if (status === 401) return ['unauthorized', 'Jina refuses the API key.']
  if (status === 402 && number === 40202)
    return ['missing_scope', 'The plan of the Jina account does not include this.']
  if (status === 402) return ['quota_exhausted', 'The Jina account has no tokens left.']
  if (status === 403 && isReader) return ['missing_scope', 'Jina does not allow this to the API key.']
  if (status === 403) return ['provider_unavailable', 'Something in front of Jina Reader blocks the request.']
  if (status === 404) return ['not_found', 'Jina Reader does not have this.']
  if (status === 408) return ['provider_unavailable', 'Jina Reader took too long.']
  if (status === 409) return ['content_unavailable', 'The page has more tokens than may be spent on it.']
  // A bad domain, a target that does not answer.
  if (status === 422 && (number === 42206 || name === 'AssertionFailureError'))
    return ['not_found', 'Jina Reader cannot reach the page.']
  if (status === 422) return ['content_unavailable', 'Jina Reader could not read the page.']
  if (status === 429) return ['rate_limited', 'Jina Reader was asked too often.']
  if (status === 451) return ['content_unavailable', 'Jina Reader does not read this site.']
  if (status >= 500) return ['provider_unavailable', `Jina Reader cannot answer right now (HTTP ${status}).`]
  return ['invalid_request', `Jina Reader refuses the request (HTTP ${status}).`]
}

/** Seconds, in the body of a 429 whose header does not say it. */
function waitIn(seconds: unknown): number | undefined {
  const value = typeof seconds === 'string' && seconds.trim() !== '' ? Number(seconds) : seconds
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? Math.ceil(value * 1000) : undefined
}

/** What Reader says, cut short. It is kept with the run, so anything that looks like a key is taken out. */
function saying(said: string): string {
  const text = said.replace(/\bjina_\w+|Bearer\s+\S+/gi, '[removed]').slice(0, 300)
  return text ? ` Jina says: ${text}` : ''
}
