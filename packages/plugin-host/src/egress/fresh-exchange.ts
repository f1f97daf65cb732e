import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http'
import { isIP, type LookupFunction, connect as netConnect, type Socket } from 'node:net'
import { type SecureContext, connect as tlsConnect } from 'node:tls'
import { EgressError } from './egress-error.ts'
import { type Answer, type Sending, toHeaders } from './exchange.ts'
import { judgeFailure } from './judge-failure.ts'

export interface FreshOptions {
  readonly lookup: LookupFunction
  /** Whom to trust, where that is not Node's own list. */
  readonly secureContext: SecureContext | undefined
  /** Milliseconds, name and handshake included. */
  readonly connectTimeoutMs: number
  /** Milliseconds without a byte of the body. */
  readonly idleTimeoutMs: number
}

/**
 * One request on a connection of its own, and the head of its answer. The socket is opened first, and only when it stands is the request
 * written, once: what fails before provably reached nobody.
 *
 * @throws EgressError
 */
export function freshExchange(
  { url, method, headers, body, signal, onStart }: Sending,
  options: FreshOptions,
): Promise<Answer> {
  return new Promise<Answer>((resolve, reject) => {
    let started = false
    let request: ClientRequest | undefined
    let response: IncomingMessage | undefined

    const fail = (error: unknown) => {
      signal.removeEventListener('abort', abort)
      clearTimeout(connecting)
      socket?.destroy()
      reject(judgeFailure(error, url.host, started))
    }
    const abort = () => {
      // Whoever reads the body is told; before that, whoever waits for the answer.
      if (response) response.destroy(signal.reason)
      else fail(signal.reason)
      request?.destroy()
    }
    let socket: Socket | undefined
    const connecting = setTimeout(
      () => fail(Object.assign(new Error('The connection was not made in time.'), { code: 'ETIMEDOUT' })),
      options.connectTimeoutMs,
    )
    if (signal.aborted) return fail(signal.reason)
    signal.addEventListener('abort', abort, { once: true })

    const opened = open(url, options)
    socket = opened
    opened.on('error', fail)
    opened.once(url.protocol === 'https:' ? 'secureConnect' : 'connect', () => {
      clearTimeout(connecting)
      try {
        onStart()
      } catch (cause) {
        return fail(
          new EgressError('egress_aborted', `The request to ${url.host} was held back.`, { sent: false, cause }),
        )
      }
      started = true
      try {
        request = httpRequest({
          createConnection: () => opened,
          method,
          path: url.pathname + url.search,
          headers: { ...Object.fromEntries(headers), host: url.host, connection: 'close' },
          setHost: false,
        })
      } catch (error) {
        return fail(error)
      }
      request.on('error', fail)
      request.once('response', (answered) => {
        response = answered
        // An error after this belongs to whoever reads the body; without a listener it would end the process.
        answered.on('error', () => {})
        answered.once('close', () => signal.removeEventListener('abort', abort))
        opened.setTimeout(options.idleTimeoutMs, () =>
          answered.destroy(Object.assign(new Error('The body stopped.'), { code: 'ETIMEDOUT' })),
        )
        resolve({
          status: answered.statusCode ?? 0,
          statusText: answered.statusMessage ?? '',
          headers: toHeaders(answered.headersDistinct),
          body: answered,
        })
      })
      request.end(body)
    })
  })
}

function open(url: URL, { lookup, secureContext }: FreshOptions): Socket {
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const port = url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port)
  const to = { host, port, lookup }
  const socket =
    url.protocol === 'https:'
      ? tlsConnect({
          ...to,
          ALPNProtocols: ['http/1.1'],
          // A name alone is named in the handshake (RFC 6066, section 3).
          ...(isIP(host) ? {} : { servername: host }),
          ...(secureContext ? { secureContext } : {}),
        })
      : netConnect(to)
  return socket.setNoDelay(true)
}
