import type { DataSourceError } from '@wellhead/datasource-node'
import type { ContextOptions } from './create-context.ts'
import type { CredentialPort } from './credential-port.ts'
import { asDataSourceError } from './map-egress-error.ts'
import { redact } from './redact.ts'

/** One `fetch` of a data source. */
export interface Call {
  readonly options: ContextOptions
  readonly now: () => number
  /** What no message may repeat. */
  readonly secrets: Set<string>
  /** Whether the URL asked for is on one of the data source's own hosts. */
  ownHost: boolean
  /** Asks the source's `identify` with this credential and no other. */
  identify(credential: CredentialPort): Promise<void>
}

export function toCaller(call: Call, error: unknown): DataSourceError {
  return redact(asDataSourceError(error, call.ownHost, call.options.signal), call.secrets)
}
