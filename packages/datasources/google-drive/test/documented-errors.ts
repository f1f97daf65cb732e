import type { DataSourceErrorCode } from '@wellhead/datasource-node'

/** https://developers.google.com/workspace/drive/api/guides/handle-errors */
export const envelope = (code: number, reason: string, more: { location?: string; message?: string } = {}) => ({
  error: {
    code,
    message: more.message ?? reason,
    errors: [{ domain: 'global', reason, message: more.message ?? reason, ...more }],
  },
})

/** The newer form, without `errors`. */
const rpc = (code: number, status: string, reason?: string) => ({
  error: { code, message: 'No.', status, ...(reason ? { details: [{ '@type': 'ErrorInfo', reason }] } : {}) },
})

export const expiredPageToken = {
  status: 400,
  body: envelope(400, 'invalid', { location: 'pageToken', message: 'Invalid Value' }),
}

const reasons: readonly (readonly [status: number, reason: string, code: DataSourceErrorCode])[] = [
  [401, 'authError', 'unauthorized'],
  [403, 'insufficientPermissions', 'missing_scope'],
  [403, 'dailyLimitExceeded', 'quota_exhausted'],
  [403, 'sharingRateLimitExceeded', 'quota_exhausted'],
  [429, 'dailyLimitExceeded', 'quota_exhausted'],
  [403, 'userRateLimitExceeded', 'rate_limited'],
  [403, 'rateLimitExceeded', 'rate_limited'],
  [429, 'rateLimitExceeded', 'rate_limited'],
  [404, 'notFound', 'not_found'],
  [403, 'exportSizeLimitExceeded', 'content_unavailable'],
  [403, 'fileNotDownloadable', 'content_unavailable'],
  [403, 'cannotDownloadFile', 'content_unavailable'],
  [403, 'cannotDownloadAbusiveFile', 'content_unavailable'],
  [403, 'insufficientFilePermissions', 'content_unavailable'],
  [403, 'appNotAuthorizedToFile', 'content_unavailable'],
  [403, 'domainPolicy', 'content_unavailable'],
  [403, 'accessNotConfigured', 'misconfigured'],
  [400, 'badRequest', 'invalid_request'],
  [408, 'requestTimeout', 'provider_unavailable'],
  [500, 'backendError', 'provider_unavailable'],
  [502, 'badGateway', 'provider_unavailable'],
  [503, 'backendError', 'provider_unavailable'],
  [504, 'gatewayTimeout', 'provider_unavailable'],
]

export const errors: readonly { status: number; body: unknown; code: DataSourceErrorCode }[] = [
  ...reasons.map(([status, reason, code]) => ({ status, body: envelope(status, reason), code })),
  { ...expiredPageToken, code: 'cursor_expired' },
  { status: 403, body: rpc(403, 'PERMISSION_DENIED'), code: 'missing_scope' },
  { status: 403, body: rpc(403, 'PERMISSION_DENIED', 'ACCESS_TOKEN_SCOPE_INSUFFICIENT'), code: 'missing_scope' },
  { status: 403, body: rpc(403, 'PERMISSION_DENIED', 'SERVICE_DISABLED'), code: 'misconfigured' },
  { status: 429, body: rpc(429, 'RESOURCE_EXHAUSTED'), code: 'rate_limited' },
  { status: 401, body: rpc(401, 'UNAUTHENTICATED'), code: 'unauthorized' },
  { status: 403, body: '<html>We are sorry</html>', code: 'provider_unavailable' },
]
