import { DataSourceError, isDataSourceError } from '@wellhead/datasource-node'
import { EgressError } from '../egress/egress-error.ts'

/** What a failed exchange means to a data source. `ownHost`: the URL was one of the data source's own. */
export function mapEgressError(error: EgressError, ownHost: boolean): DataSourceError {
  const to = (code: DataSourceError['code']) => new DataSourceError(code, error.message, { cause: error })
  switch (error.code) {
    case 'egress_denied':
    case 'egress_invalid_url':
      // An endpoint or a base URL is the operator's or a setting's; any other URL came from parameters or an answer.
      return to(ownHost && !error.sent ? 'misconfigured' : 'invalid_request')
    case 'egress_dns':
    case 'egress_refused':
    case 'egress_tls':
    case 'egress_timeout':
    case 'egress_reset':
      return to('provider_unavailable')
    case 'egress_too_large':
    case 'egress_too_many_redirects':
    case 'egress_not_encrypted':
      return to('invalid_response')
    case 'egress_aborted':
      return to('cancelled')
  }
}

export function cancelled(cause?: unknown): DataSourceError {
  return new DataSourceError('cancelled', 'The call was cancelled.', { cause })
}

/** Whatever was thrown, as a DataSourceError. */
export function asDataSourceError(error: unknown, ownHost: boolean, signal: AbortSignal): DataSourceError {
  if (signal.aborted) return isDataSourceError(error) && error.code === 'cancelled' ? error : cancelled(error)
  if (isDataSourceError(error)) return error
  if (error instanceof EgressError) return mapEgressError(error, ownHost)
  // Neither the provider nor the network: the credential could not be had, or code of ours failed.
  return new DataSourceError('provider_unavailable', 'The request could not be made.', { cause: error })
}
