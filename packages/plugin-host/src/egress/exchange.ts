import type { Readable } from 'node:stream'
import type { Dispatcher } from 'undici'
import { EgressError } from './egress-error.ts'
import { judgeFailure } from './judge-failure.ts'
import type { Outgoing } from './redirect.ts'

export interface Answer {
  readonly status: number
  readonly statusText: string
  readonly headers: Headers
  /** Raw bytes, not decoded. It must be read to its end or destroyed. */
  readonly body: Readable
}

export interface Sending extends Outgoing {
  /** Its reason must be an EgressError. */
  readonly signal: AbortSignal
  /** Called right before the first byte is handed to the socket. When it throws, none is. */
  readonly onStart: () => void
}

/**
 * One request and the head of its answer, no redirects. The request is handed to a socket at most once: undici would put
 * it on another connection in a few corners, and an unknown outcome must not become two requests.
 *
 * @throws EgressError
 */
export function exchange(options: Sending & { dispatcher: Dispatcher }): Promise<Answer> {
  const { url, signal } = options
  let started = false
  const start = (): EgressError | undefined => {
    if (signal.aborted) return judgeFailure(signal.reason, url.host, started)
    if (started)
      return new EgressError('egress_reset', `The host ${url.host} broke off the connection.`, { sent: true })
    try {
      options.onStart()
    } catch (cause) {
      return new EgressError('egress_aborted', `The request to ${url.host} was held back.`, { sent: false, cause })
    }
    started = true
    return undefined
  }

  return new Promise<Answer>((resolve, reject) => {
    let settled = false
    const fail = (error: unknown) => {
      if (settled) return
      settled = true
      signal.removeEventListener('abort', onAbort)
      reject(judgeFailure(error, url.host, started))
    }
    // undici sees an abort only once it has a connection; the caller must not wait for that.
    const onAbort = () => fail(signal.reason)
    if (signal.aborted) {
      fail(signal.reason)
      return
    }
    signal.addEventListener('abort', onAbort, { once: true })

    const request: Dispatcher.RequestOptions = {
      origin: url.origin,
      path: url.pathname + url.search,
      method: options.method as Dispatcher.HttpMethod,
      headers: Object.fromEntries(options.headers),
      body: options.body === undefined ? null : options.body,
      signal,
    }
    options.dispatcher
      .compose((dispatch) => (opts, handler) => dispatch(opts, watched(handler, start)))
      .request(request)
      .then((data) => {
        // An error after this belongs to whoever reads the body; without a listener it would end the process.
        data.body.on('error', () => {})
        if (settled) {
          data.body.destroy()
          return
        }
        settled = true
        signal.removeEventListener('abort', onAbort)
        resolve({
          status: data.statusCode,
          statusText: data.statusText,
          headers: toHeaders(data.headers),
          body: data.body,
        })
      }, fail)
  })
}

/** Passes everything on, but asks `start` before the request goes to a socket. */
function watched(
  handler: Dispatcher.DispatchHandler,
  start: () => EgressError | undefined,
): Dispatcher.DispatchHandler {
  return {
    onRequestStart(controller, context) {
      const refusal = start()
      if (refusal) controller.abort(refusal)
      else handler.onRequestStart?.(controller, context)
    },
    onRequestUpgrade: (...args) => handler.onRequestUpgrade?.(...args),
    onResponseStart: (...args) => handler.onResponseStart?.(...args),
    onResponseData: (...args) => handler.onResponseData?.(...args),
    onResponseEnd: (...args) => handler.onResponseEnd?.(...args),
    onResponseError: (...args) => handler.onResponseError?.(...args),
  }
}

export function toHeaders(raw: Readonly<Record<string, string | string[] | undefined>>): Headers {
  const headers = new Headers()
  for (const [name, value] of Object.entries(raw)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one === undefined) continue
      try {
        headers.append(name, one)
      } catch {
        // A header that no HTTP client can represent is no reason to lose the answer.
      }
    }
  }
  return headers
}
