import {
  type AuthSpec,
  type DataSourceContext,
  DataSourceError,
  type FetchInit,
  isDataSourceError,
  isRetryable,
  type Logger,
  type TokenInfo,
} from '@wellhead/datasource-node'
import type { Egress } from '../egress/egress.ts'
import { EgressError } from '../egress/egress-error.ts'
import type { HostedDataSource } from '../load/registry.ts'
import { allowedOrigins } from './allowed-origins.ts'
import type { CredentialPort, LiveCredential } from './credential-port.ts'
import { readFailedResponse } from './failed-response.ts'
import { guardBody } from './guard-body.ts'
import { judgeAnswer, refusesToken } from './judge-answer.ts'
import { asDataSourceError, cancelled, mapEgressError } from './map-egress-error.ts'
import { type PreparedRequest, prepareRequest } from './prepare-request.ts'
import { redact } from './redact.ts'
import { abortable, retryDelay, sleep } from './retry-delay.ts'

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
  /**
   * Whether a 401 on a token that cannot be refreshed any more asks the source's `identify` if the token works at all. Off where
   * `identify` itself is what is being called. Default true.
   */
  readonly verifyIdentity?: boolean
  /** What `identify` is given then. Default: empty. */
  readonly tokenInfo?: TokenInfo
}

/** A token this young was just issued, so it is asked whether it works at all before it is given up. */
const youngMs = 60_000

/** The context of one connection for one call, run or job. Holds no state but what it is given. */
export function createContext(options: ContextOptions): DataSourceContext {
  const { hosted, settings, signal, log } = options
  const now = options.now ?? Date.now

  return {
    settings,
    signal,
    log,
    now,
    endpoint(name) {
      const url = hosted.endpoints[name]
      if (url === undefined) {
        throw new DataSourceError('misconfigured', `The data source ${hosted.source.id} has no endpoint "${name}".`)
      }
      return url.replace(/\/+$/, '')
    },
    async fetch(url, init = {}) {
      const call: Call = { options, now, secrets: new Set(), ownHost: false }
      try {
        return await fetchWithin(call, url, init)
      } catch (error) {
        throw toCaller(call, error)
      }
    },
  }
}

/** One `fetch` of a data source. */
interface Call {
  readonly options: ContextOptions
  readonly now: () => number
  /** What no message may repeat. */
  readonly secrets: Set<string>
  /** Whether the URL asked for is on one of the data source's own hosts. */
  ownHost: boolean
}

function toCaller(call: Call, error: unknown): DataSourceError {
  return redact(asDataSourceError(error, call.ownHost, call.options.signal), call.secrets)
}

async function fetchWithin(call: Call, url: string | URL, init: FetchInit): Promise<Response> {
  const { hosted, settings, signal, log, retry } = call.options
  const tries = retry?.tries ?? 5
  const patienceMs = retry?.patienceMs ?? 90_000
  const baseMs = retry?.baseMs ?? 1_000
  const begun = performance.now()
  const left = () => patienceMs - (performance.now() - begun)

  if (signal.aborted) throw cancelled()
  const request = prepareRequest(url, init)
  const origins = ownOrigins(hosted, settings)
  call.ownHost = origins.has(request.url.origin)

  let renewed: LiveCredential | undefined
  for (let attempt = 1; ; ) {
    const timeoutMs = attempt === 1 ? request.timeoutMs : Math.min(request.timeoutMs, Math.max(1, left()))
    const outcome = await send(call, { ...request, timeoutMs }, origins, renewed)
    if ('response' in outcome) return outcome.response

    if (outcome.refused) {
      const next = await renew(call, outcome.refused, outcome.error, renewed !== undefined)
      // Refused means not processed: the replay is safe for every request, and its body is still at hand.
      renewed = next
      continue
    }

    const { error } = outcome
    if (!isRetryable(error) || !(request.replayable || outcome.notSent) || attempt >= tries) throw error
    const delay = retryDelay(attempt, baseMs, error.retryAfterMs)
    if (delay > left()) throw error
    log.debug('asking the provider again', { code: error.code, attempt, delay_ms: Math.round(delay) })
    await sleep(delay, signal)
    attempt++
  }
}

function ownOrigins(hosted: HostedDataSource, settings: Readonly<Record<string, unknown>>): ReadonlySet<string> {
  try {
    return allowedOrigins(hosted, settings)
  } catch (error) {
    if (isDataSourceError(error)) throw error
    throw new DataSourceError('misconfigured', `The hosts of ${hosted.source.id} cannot be told.`, { cause: error })
  }
}

type Outcome =
  | { readonly response: Response }
  | {
      readonly error: DataSourceError
      /** The credential that the answer says is no longer good. */
      readonly refused?: LiveCredential
      /** Provably nothing of the request reached the provider. */
      readonly notSent?: boolean
    }

/** Sends the request once and judges the answer. */
async function send(
  call: Call,
  request: PreparedRequest,
  origins: ReadonlySet<string>,
  renewed: LiveCredential | undefined,
): Promise<Outcome> {
  const { options, now, secrets } = call
  const { auth, egress, signal, log, hosted } = options
  const { header } = auth.placement
  let credential: LiveCredential | undefined
  let attached: string | undefined
  const headers = { ...request.headers }
  if (call.ownHost) {
    credential = await abortable(newest(options.credential, renewed), signal)
    secrets.add(credential.secret)
    attached = attachment(auth, credential)
    headers[header.toLowerCase()] = attached
  }

  const begun = performance.now()
  let response: Response
  try {
    response = await egress.fetch(request.url, {
      method: request.method,
      headers,
      ...(request.body === undefined ? {} : { body: request.body }),
      signal,
      timeoutMs: request.timeoutMs,
      maxBytes: request.maxBytes,
      onRedirect: (_from, to, next) => {
        // Once it has left the data source's hosts it stays off: a foreign host may have chosen where this leads.
        if (!origins.has(to.origin)) attached = undefined
        if (attached === undefined) {
          if (credential) next.delete(header)
        } else next.set(header, attached)
      },
    })
  } catch (error) {
    if (error instanceof EgressError && !signal.aborted) {
      return { error: mapEgressError(error, call.ownHost), notSent: !error.sent }
    }
    throw error
  }

  log.debug('the provider answered', {
    method: request.method,
    host: request.url.host,
    status: response.status,
    duration_ms: Math.round(performance.now() - begun),
  })
  if (response.ok || response.status === 304) return { response: guardBody(response, (error) => toCaller(call, error)) }

  const failed = await readFailedResponse(response, Math.min(request.timeoutMs, 30_000))
  if (signal.aborted) throw cancelled()
  const credentialSent = attached !== undefined
  const error = judgeAnswer(hosted.source, failed, { credentialSent, now: now() })
  return credential && credentialSent && refusesToken(auth, failed) ? { error, refused: credential } : { error }
}

async function newest(port: CredentialPort, renewed: LiveCredential | undefined): Promise<LiveCredential> {
  const current = await port.current()
  return renewed && renewed.generation > current.generation ? renewed : current
}

function attachment(auth: AuthSpec, credential: LiveCredential): string {
  // A pasted key with a line break or a typographic dash: no header can carry it, and no provider ever issued it.
  if (!/^[\x20-\x7e]+$/.test(credential.secret)) {
    throw new DataSourceError('unauthorized', 'The credential has characters that cannot be part of one.')
  }
  return auth.placement.scheme === '' ? credential.secret : `${auth.placement.scheme} ${credential.secret}`
}

/** The credential to replay with. @throws DataSourceError when there is none, or none would help */
async function renew(
  call: Call,
  refused: LiveCredential,
  error: DataSourceError,
  wasRenewed: boolean,
): Promise<LiveCredential> {
  const { credential: port, signal } = call.options
  if (!wasRenewed) {
    // Somebody else's refresh may have ended this token while our request was under way.
    const current = await abortable(port.current(), signal)
    if (current.generation > refused.generation) return current
    const isYoung = call.now() - refused.issuedAt < youngMs
    if (port.refresh && !(isYoung && call.options.verifyIdentity === false)) {
      // A token that was just issued and works is refused for what it asks, not for what it is. One that does not work
      // was ended by somebody, or lives by another clock than ours.
      const why = isYoung ? await refusal(call, refused, error) : undefined
      if (why && why.code !== 'unauthorized') throw why
      const fresh = await abortable(port.refresh(refused.generation), signal)
      if (fresh.generation > refused.generation) return fresh
    }
  }
  throw await refusal(call, refused, error)
}

/** Why a token is refused that no refresh would mend: it does not work at all, or only not for this. */
async function refusal(call: Call, refused: LiveCredential, error: DataSourceError): Promise<DataSourceError> {
  const { options } = call
  const status = error.status
  const unauthorized =
    error.code === 'unauthorized'
      ? error
      : new DataSourceError('unauthorized', 'The provider refuses the credential.', { status })
  if (options.verifyIdentity === false || options.auth.method !== 'oauth2') return unauthorized
  const identity = createContext({ ...options, credential: { current: async () => refused }, verifyIdentity: false })
  try {
    await options.hosted.source.identify(identity, options.tokenInfo ?? {})
  } catch (thrown) {
    // Not an answer to the question: the grant must not be given up for it.
    if (isDataSourceError(thrown) && (isRetryable(thrown) || thrown.code === 'cancelled')) return thrown
    return unauthorized
  }
  return new DataSourceError('missing_scope', 'The provider accepts the credential, but not for this request.', {
    status,
  })
}
