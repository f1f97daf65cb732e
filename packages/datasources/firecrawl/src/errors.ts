import { DataSourceError, type DataSourceErrorCode, type FailedResponse, retryAfterMs } from '@wellhead/datasource-node'

/** https://docs.firecrawl.dev/api-reference/v2-introduction#response-codes */
export function toError(response: FailedResponse): DataSourceError {
  const { status } = response
  const body = (typeof response.json === 'object' && response.json) || {}
  const said = 'error' in body && typeof body.error === 'string' ? body.error : ''
  const reason = 'code' in body && typeof body.code === 'string' ? body.code : ''
  const [code, sentence] = judge(status, said, reason)
  const detail = code === 'invalid_request' || code === 'content_unavailable' ? saying(said) : ''
  return new DataSourceError(code, sentence + detail, {
    status,
    retryAfterMs: code === 'rate_limited' ? (retryAfterMs(response.headers) ?? waitIn(said)) : undefined,
  })
}

function judge(status: number, said: string, reason: string): readonly [DataSourceErrorCode, string] {
  if (status === 401) return ['unauthorized', 'Firecrawl refuses the API key.']
  if (status === 402) return ['quota_exhausted', 'The Firecrawl account has too few credits left for this.']
  if (status === 403 && /key is restricted/i.test(said))
    return ['missing_scope', 'The API key is restricted, and not for this.']
  // A site that Firecrawl does not serve; or, without its envelope, something in front of it.
  if (status === 403 && said) return ['content_unavailable', 'Firecrawl does not crawl this site.']
  if (status === 403) return ['provider_unavailable', 'Something in front of Firecrawl blocks the request.']
  if (status === 404 && /expired/i.test(said))
    return ['cursor_expired', 'The crawl has expired at Firecrawl, which keeps it for 24 hours.']
  if (status === 404) return ['not_found', 'Firecrawl does not have this.']
  if (status === 429) return ['rate_limited', 'Firecrawl was asked too often.']
  if (status === 408) return ['provider_unavailable', 'Firecrawl took too long.']
  // The site's fault and not Firecrawl's, although some of these come with a 500.
  if (reason.startsWith('SCRAPE_')) return ['content_unavailable', 'Firecrawl could not read the page.']
  if (status >= 500) return ['provider_unavailable', `Firecrawl cannot answer right now (HTTP ${status}).`]
  return ['invalid_request', `Firecrawl refuses the request (HTTP ${status}).`]
}

/** "… please retry after 32s, resets at …": `Retry-After` is not always sent. */
function waitIn(said: string): number | undefined {
  const seconds = /retry after (\d+)\s*s/i.exec(said)?.[1]
  return seconds === undefined ? undefined : Number(seconds) * 1000
}

/** What Firecrawl says, cut short. It is kept with the run, so anything that looks like a key is taken out. */
export function saying(said: string): string {
  const text = said.replace(/\bfc-\w+|Bearer\s+\S+/gi, '[removed]').slice(0, 300)
  return text ? ` Firecrawl says: ${text}` : ''
}
