import type { AuthSpec, DataSourceContext, FetchInit, Logger, TokenInfo } from '@wellhead/datasource-node'
import { DataSourceError } from '@wellhead/datasource-node'
import type { Egress } from '../egress/egress.ts'
import type { HostedDataSource } from '../load/registry.ts'
import type { Pacer } from '../pace/pacer.ts'
import { type Call, toCaller } from './call.ts'
import type { CredentialPort } from './credential-port.ts'
import { fetchWithin } from './fetch-within.ts'
import { cancelled } from './map-egress-error.ts'
import { prepareRequest } from './prepare-request.ts'
import { resumeBody } from './resume-body.ts'

export interface RetryOptions {
  /** Most times that one request is sent, replays after a refresh not counted. Default 5. */
  readonly tries?: number
  /** Milliseconds after which no further try is begun or waited for. Default 90,000. */
  readonly patienceMs?: number
  /** Milliseconds before the second try; doubled for each one after it, up to 60,000. Default 1,000. */
  readonly baseMs?: number
}

export interface ContextOptions {
  readonly hosted: HostedDataSource
  readonly settings: Readonly<Record<string, unknown>>
  /** How this connection's credential is attached and judged: one of `hosted.source.auth`. */
  readonly auth: AuthSpec
  readonly credential: CredentialPort
  readonly egress: Egress
  readonly signal: AbortSignal
  readonly log: Logger
  readonly now?: () => number
  readonly retry?: RetryOptions
  /** Holds requests to the source's own hosts back. Default: they go out at once. */
  readonly pacer?: Pacer
  /**
   * Whether a 401 on a token that cannot be refreshed any more asks the source's `identify` if the token works at all. Off where
   * `identify` itself is what is being called. Default true.
   */
  readonly verifyIdentity?: boolean
  /** What `identify` is given then. Default: empty. */
  readonly tokenInfo?: TokenInfo
}

/** The context of one connection for one call, run or job. Holds no state but what it is given. */
export function createContext(options: ContextOptions): DataSourceContext {
  const { hosted, settings, signal, log } = options
  const now = options.now ?? Date.now

  async function fetch(url: string | URL, init: FetchInit = {}): Promise<Response> {
    const call: Call = { options, now, secrets: new Set(), ownHost: false, identify }
    try {
      if (signal.aborted) throw cancelled()
      const request = prepareRequest(url, init)
      const answer = await fetchWithin(call, request)
      return request.resume ? resumeBody(call, request, answer) : answer.response
    } catch (error) {
      throw toCaller(call, error)
    }
  }

  async function identify(credential: CredentialPort): Promise<void> {
    const context = createContext({ ...options, credential, verifyIdentity: false })
    await hosted.source.identify(context, options.tokenInfo ?? {})
  }

  return {
    settings,
    signal,
    log,
    now,
    fetch,
    endpoint(name) {
      const url = hosted.endpoints[name]
      if (url === undefined) {
        throw new DataSourceError('misconfigured', `The data source ${hosted.source.id} has no endpoint "${name}".`)
      }
      return url.replace(/\/+$/, '')
    },
  }
}
