import type { DataSourceErrorCode } from '@wellhead/datasource-node'

const envelope = (code: string, message = 'No.', innerError: object = {}) => ({ error: { code, message, innerError } })
const nested = envelope('activityLimitReached', 'The request has been throttled', {
  code: 'throttledRequest',
  innerError: { code: 'quota' },
})

/** Unsuccessful answers of Graph, as documented and as seen, and what they mean. */
export const errors: {
  status: number
  body?: unknown
  headers?: Record<string, string>
  code: DataSourceErrorCode
}[] = [
  { status: 400, body: envelope('invalidRequest'), code: 'invalid_request' },
  { status: 400, body: envelope('invalidRequest', 'The $skiptoken is invalid.'), code: 'cursor_expired' },
  { status: 400, body: envelope('BadRequest', 'Tenant does not have a SPO license.'), code: 'not_found' },
  { status: 401, body: envelope('InvalidAuthenticationToken', 'Access token is empty.'), code: 'unauthorized' },
  { status: 401, body: envelope('unauthenticated'), code: 'unauthorized' },
  { status: 403, body: envelope('accessDenied'), code: 'missing_scope' },
  { status: 403, body: envelope('AccessDenied'), code: 'missing_scope' },
  { status: 403, body: envelope('accessDenied', 'No.', { code: 'malwareDetected' }), code: 'content_unavailable' },
  { status: 403, body: '<html>Blocked</html>', code: 'provider_unavailable' },
  { status: 404, body: envelope('itemNotFound'), code: 'not_found' },
  { status: 404, body: '', code: 'not_found' },
  { status: 406, body: envelope('notAcceptable'), code: 'content_unavailable' },
  { status: 408, body: '', code: 'provider_unavailable' },
  { status: 410, body: envelope('resyncRequired'), code: 'cursor_expired' },
  { status: 410, body: envelope('ResyncChangesApplyDifferences'), code: 'cursor_expired' },
  { status: 400, body: envelope('resyncChangesUploadDifferences'), code: 'cursor_expired' },
  { status: 416, body: envelope('invalidRange'), code: 'invalid_request' },
  { status: 423, body: envelope('locked'), code: 'content_unavailable' },
  { status: 429, body: nested, code: 'rate_limited' },
  { status: 429, body: '', code: 'rate_limited' },
  { status: 403, body: envelope('TooManyRequests'), code: 'rate_limited' },
  { status: 500, body: envelope('generalException'), code: 'provider_unavailable' },
  { status: 503, body: envelope('serviceNotAvailable'), code: 'provider_unavailable' },
  { status: 503, body: envelope('serviceNotAvailable'), headers: { 'retry-after': '9' }, code: 'rate_limited' },
  { status: 504, body: '', code: 'provider_unavailable' },
  { status: 507, body: envelope('quotaLimitReached'), code: 'quota_exhausted' },
  { status: 509, body: envelope('activityLimitReached'), code: 'quota_exhausted' },
]
