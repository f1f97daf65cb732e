import { isIP } from 'node:net'
import { createSecureContext, getCACertificates } from 'node:tls'
import { type AddressPolicy, createAddressPolicy } from './address-policy.ts'
import { acceptedEncodings } from './body-stream.ts'
import { createDispatchers } from './dispatchers.ts'
import { EgressError } from './egress-error.ts'
import { exchange } from './exchange.ts'
import { freshExchange } from './fresh-exchange.ts'
import { createGuardedLookup, denied, type Resolve, resolveAllowed, resolveBySystem } from './guarded-lookup.ts'
import { judgeFailure } from './judge-failure.ts'
import { type Outgoing, redirected, redirectTarget } from './redirect.ts'
import { type Arrived, type Asked, toAsked, toResponse } from './to-response.ts'
import { watchSignals } from './watch-signals.ts'

export interface EgressOptions {
  /** Private or otherwise special ranges (CIDR) that requests may go to nevertheless. */
  readonly allow: readonly string[]
  /**
   * URL of an HTTP proxy for everything but `noProxy`. Literal addresses are checked as ever; a name is checked by what it
   * resolves to here, and left to the proxy when it does not resolve here.
   */
  readonly proxy?: string
  /** Hosts that are asked without the proxy: comma-separated, as in NO_PROXY. */
  readonly noProxy?: string
  /** Certificate authorities in PEM that are trusted besides Node's own. */
  readonly ca?: readonly string[]
  /** How names are resolved. Default: the operating system's resolver. */
  readonly resolve?: Resolve
  /** Milliseconds until a connection must stand. Default 10,000. */
  readonly connectTimeoutMs?: number
  /** Milliseconds that the body may stand still while it is being read. Default 30,000. */
  readonly idleTimeoutMs?: number
}

export interface EgressInit {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
  /** Ends the request, or the body that is being read, with `egress_aborted`. */
  readonly signal?: AbortSignal
  /**
   * Milliseconds until the headers of the last answer must have arrived, redirects included. Default 30,000. While the process is
   * stopped they do not pass.
   */
  readonly timeoutMs?: number
  /** What `timeoutMs` bounds: the way to the headers, or the whole exchange, body included. Default `headers`. */
  readonly timeoutOf?: 'headers' | 'exchange'
  /** Most bytes of the body, packed and unpacked. Default 32 MiB. */
  readonly maxBytes?: number
  /** Follow no redirect from https to http: `egress_not_encrypted`. Default: follow, as browsers do. */
  readonly staysEncrypted?: boolean
  /** `error`: an answer that redirects is `egress_too_many_redirects`. `manual`: it is given back as it is. Default `follow`. */
  readonly redirect?: 'follow' | 'error' | 'manual'
  /**
   * Called before each redirect is followed; may change the headers. Authorization, Cookie and Proxy-Authorization are gone
   * from them already when the origin differs.
   */
  readonly onRedirect?: (from: URL, to: URL, headers: Headers) => void
  /** Called with the headers of the last answer as they came, before its Content-Encoding is undone. */
  readonly onAnswer?: (headers: Headers) => void
  /** Called once, right before the first byte is handed to a socket. When it throws, nothing is sent: `egress_aborted`. */
  readonly onSent?: () => void
  /** `fresh`: on a connection of its own, so that no kept one can break under it. For what must not be sent twice. Default `pooled`. */
  readonly connection?: 'pooled' | 'fresh'
}

/** The one way out of the process to a provider. */
export interface Egress {
  /**
   * Resolves with the answer, whatever its status; the body streams and must be read or cancelled. Nothing is retried.
   *
   * @throws EgressError always, never anything else; also from the body's reader
   */
  fetch(url: string | URL, init?: EgressInit): Promise<Response>
  /** The same for a small answer that is read as a whole. @throws EgressError always; also from `text` */
  ask(url: string | URL, init?: EgressInit): Promise<Asked>
  /** Ends every request with `egress_aborted` and closes the connections. */
  close(): Promise<void>
}

const maxRedirects = 5

/** What the connection itself decides (RFC 9110, section 7.6.1), and what would name another host than the one checked. */
const ownHeaders = [
  'host',
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authorization',
  'content-length',
  'transfer-encoding',
  'te',
  'trailer',
  'upgrade',
  'expect',
]

/** @throws TypeError when an option cannot be read */
export function createEgress(options: EgressOptions): Egress {
  const isAllowed = createAddressPolicy(options.allow)
  const resolve = options.resolve ?? resolveBySystem
  // `ca` replaces Node's own list, so it is joined with it (NODE_EXTRA_CA_CERTS included).
  const ca = options.ca?.length ? [...getCACertificates('default'), ...options.ca] : undefined
  const common = {
    lookup: createGuardedLookup(resolve, isAllowed),
    connectTimeoutMs: options.connectTimeoutMs ?? 10_000,
    idleTimeoutMs: options.idleTimeoutMs ?? 30_000,
  }
  const dispatchers = createDispatchers({ ...common, ca, proxy: options.proxy, noProxy: options.noProxy })
  const secureContext = ca && createSecureContext({ ca })
  const closing = new AbortController()

  async function send<Got>(input: string | URL, init: EgressInit, to: (arrived: Arrived) => Got): Promise<Got> {
    const maxBytes = init.maxBytes ?? 32 * 1024 * 1024
    let request = firstRequest(input, init)
    let sent = false
    const onStart = () => {
      if (!sent) init.onSent?.()
      sent = true
    }

    const watch = watchSignals(request.url.host, init.timeoutMs ?? 30_000, () => sent, [init.signal, closing.signal])
    try {
      for (let redirects = 0; ; redirects++) {
        const { url } = request
        checkUrl(url, isAllowed)
        if (options.proxy && !isLiteral(url)) await checkBeforeProxy(url, resolve, isAllowed, watch.signal)
        const sending = { ...request, signal: watch.signal, onStart }
        const { pooled, freshThroughProxy } = dispatchers
        const isFresh = init.connection === 'fresh'
        const answer =
          isFresh && !freshThroughProxy
            ? await freshExchange(sending, { ...common, secureContext })
            : await exchange({ ...sending, dispatcher: isFresh && freshThroughProxy ? freshThroughProxy : pooled })

        const target = init.redirect === 'manual' ? undefined : redirectTarget(answer.status, answer.headers, url)
        if (target === undefined) {
          if (init.timeoutOf !== 'exchange') watch.endTimeLimit()
          init.onAnswer?.(answer.headers)
          return to({ answer, request, wasRedirected: redirects > 0, maxBytes, watch })
        }
        answer.body.destroy()
        if (target === 'invalid') throw invalidUrl('The redirect cannot be read.')
        if (init.redirect === 'error' || redirects === maxRedirects) {
          throw new EgressError('egress_too_many_redirects', `The host ${url.host} redirects.`, { sent: true })
        }
        if (init.staysEncrypted && url.protocol === 'https:' && target.protocol !== 'https:') {
          throw new EgressError('egress_not_encrypted', `The host ${url.host} redirects to a URL without encryption.`, {
            sent: true,
          })
        }
        request = redirected(request, answer.status, target)
        init.onRedirect?.(url, target, request.headers)
      }
    } catch (error) {
      watch.end()
      throw judgeFailure(error, request.url.host, sent)
    }
  }

  return {
    fetch: (url, init = {}) => send(url, init, toResponse),
    ask: (url, init = {}) => send(url, init, toAsked),
    async close() {
      closing.abort()
      await dispatchers.close()
    },
  }
}

function firstRequest(input: string | URL, init: EgressInit): Outgoing {
  const headers = new Headers()
  for (const [name, value] of Object.entries(init.headers ?? {})) {
    try {
      headers.set(name, value)
    } catch {
      // Not the cause's words: they would repeat the value.
      throw invalidUrl('A header has characters that HTTP cannot carry.')
    }
  }
  for (const name of ownHeaders) headers.delete(name)
  if (!headers.has('user-agent')) headers.set('user-agent', 'Wellhead')
  if (!headers.has('accept-encoding')) headers.set('accept-encoding', acceptedEncodings)
  const method = (init.method ?? 'GET').toUpperCase()
  // A copy, so that nobody's later change to a URL object moves the request.
  if (!URL.canParse(String(input))) throw invalidUrl('The URL is not absolute.')
  return { url: new URL(String(input)), method, headers, body: init.body }
}

function checkUrl(url: URL, isAllowed: AddressPolicy): void {
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw invalidUrl('The URL is neither http nor https.')
  if (url.username !== '' || url.password !== '') throw invalidUrl('The URL carries a user name or a password.')
  // A socket asks no resolver for a literal address, so nobody else would check it.
  if (isLiteral(url) && !isAllowed(bare(url))) throw denied(bare(url))
}

async function checkBeforeProxy(
  url: URL,
  resolve: Resolve,
  isAllowed: AddressPolicy,
  signal: AbortSignal,
): Promise<void> {
  const aborted = new Promise<never>((_, reject) => {
    if (signal.aborted) reject(signal.reason)
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
  aborted.catch(() => {})
  try {
    await Promise.race([resolveAllowed(url.hostname, resolve, isAllowed), aborted])
  } catch (error) {
    // Behind a proxy there is often no DNS for the outside. The proxy resolves for itself in any case: what is asked here can
    // refuse a name that is private to us, and cannot vouch for one that is not.
    if (!(error instanceof EgressError && error.code === 'egress_dns')) throw error
  }
}

const bare = (url: URL): string => url.hostname.replace(/^\[|\]$/g, '')
const isLiteral = (url: URL): boolean => isIP(bare(url)) !== 0

function invalidUrl(message: string): EgressError {
  return new EgressError('egress_invalid_url', message, { sent: false })
}
