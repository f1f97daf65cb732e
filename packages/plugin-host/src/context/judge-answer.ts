import {
  type AuthSpec,
  type DataSource,
  DataSourceError,
  type DataSourceErrorCode,
  type FailedResponse,
  isDataSourceError,
  retryAfterMs,
} from '@wellhead/datasource-node'

/** What an unsuccessful answer means: the data source's word, and the bare status where it has none. */
export function judgeAnswer(
  source: DataSource,
  failed: FailedResponse,
  facts: { credentialSent: boolean; now: number },
): DataSourceError {
  const error = wordOf(source, failed)
  // An answer to a request without the credential says nothing about the credential.
  const code = error.code === 'unauthorized' && !facts.credentialSent ? 'content_unavailable' : error.code
  const wait = error.retryAfterMs ?? retryAfterMs(failed.headers, facts.now)
  if (code === error.code && wait === error.retryAfterMs && error.status !== undefined) return error
  return new DataSourceError(code, error.message, {
    retryAfterMs: wait,
    status: error.status ?? failed.status,
    cause: error.cause,
  })
}

function wordOf(source: DataSource, failed: FailedResponse): DataSourceError {
  let cause: unknown
  try {
    const error = source.toError(failed)
    if (isDataSourceError(error)) return error
  } catch (thrown) {
    if (isDataSourceError(thrown)) return thrown
    cause = thrown
  }
  return new DataSourceError(codeOf(failed.status), `The provider answered with the status ${failed.status}.`, {
    cause,
  })
}

function codeOf(status: number): DataSourceErrorCode {
  if (status === 401) return 'unauthorized'
  if (status === 403) return 'missing_scope'
  if (status === 404) return 'not_found'
  if (status === 429) return 'rate_limited'
  if (status >= 500) return 'provider_unavailable'
  return 'invalid_request'
}

/** Whether the answer says that an access token is no longer good. An API key has no successor, so it is never asked. */
export function refusesToken(auth: AuthSpec, failed: FailedResponse): boolean {
  if (auth.method !== 'oauth2') return false
  try {
    return auth.isUnauthorized({ status: failed.status, headers: failed.headers, json: failed.json })
  } catch {
    return failed.status === 401
  }
}
