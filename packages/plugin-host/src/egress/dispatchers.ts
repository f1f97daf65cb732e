import type { LookupFunction } from 'node:net'
import { Agent, type Dispatcher, EnvHttpProxyAgent } from 'undici'

export interface DispatcherOptions {
  readonly lookup: LookupFunction
  readonly proxy?: string | undefined
  readonly noProxy?: string | undefined
  /** Whom to trust, in place of Node's own list. */
  readonly ca?: readonly string[] | undefined
  readonly connectTimeoutMs: number
  readonly idleTimeoutMs: number
}

export interface Dispatchers {
  /** Keeps connections open and uses them again. */
  readonly pooled: Dispatcher
  /** The same with one connection per request, through the proxy. Undefined without one: see fresh-exchange.ts. */
  readonly freshThroughProxy: Dispatcher | undefined
  close(): Promise<void>
}

export function createDispatchers(options: DispatcherOptions): Dispatchers {
  const pooled = createDispatcher(options, 1)
  const freshThroughProxy = options.proxy ? createDispatcher(options, 0) : undefined
  return {
    pooled,
    freshThroughProxy,
    close: async () => {
      await Promise.all([pooled.destroy(), freshThroughProxy?.destroy()])
    },
  }
}

function createDispatcher(options: DispatcherOptions, pipelining: 0 | 1): Dispatcher {
  const ca = options.ca ? { ca: [...options.ca] } : {}
  const connect = { timeout: options.connectTimeoutMs, allowH2: false, ...ca }
  const common = {
    connect: { ...connect, lookup: options.lookup },
    // HTTP/2 multiplexes requests over one connection: one fault would take many unknown outcomes with it.
    allowH2: false,
    // 0 closes the connection after its request; 1 sends none before the answer to the one before it.
    pipelining,
    // The caller's own timer bounds the headers, over all redirects.
    headersTimeout: 0,
    bodyTimeout: options.idleTimeoutMs,
  }
  if (!options.proxy) return new Agent(common)
  // The proxy's own address is the operator's word and is not checked.
  return new EnvHttpProxyAgent({
    ...common,
    httpProxy: options.proxy,
    httpsProxy: options.proxy,
    // Empty rather than absent: undici would read the environment.
    noProxy: options.noProxy ?? '',
    requestTls: connect,
    proxyTls: connect,
    connectTimeout: options.connectTimeoutMs,
  })
}
