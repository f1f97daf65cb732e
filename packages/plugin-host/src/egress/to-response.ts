import { readText, streamBody, tooLarge } from './body-stream.ts'
import { EgressError } from './egress-error.ts'
import type { Answer } from './exchange.ts'
import type { Outgoing } from './redirect.ts'
import type { Watch } from './watch-signals.ts'

/** An answer whose body is read as a whole. */
export interface Asked {
  readonly status: number
  readonly headers: Headers
  /** The body as UTF-8. To be called once. @throws EgressError */
  text(): Promise<string>
}

export interface Arrived {
  readonly answer: Answer
  readonly request: Outgoing
  readonly wasRedirected: boolean
  readonly maxBytes: number
  readonly watch: Watch
}

/** RFC 9110, section 6.4.1: no body follows these, and `Response` takes none. */
const bodiless: readonly number[] = [204, 205, 304]

export function toResponse(arrived: Arrived): Response {
  const { answer, request, wasRedirected } = arrived
  const { status, statusText, headers } = answer
  const body = hasBody(arrived) ? streamBody(bodyOf(arrived)) : null
  // `Response` takes no other characters.
  const phrase = /^[\t\x20-\x7e]*$/.test(statusText) ? statusText : ''
  const response = new Response(body, { status, statusText: phrase, headers })
  Object.defineProperty(response, 'url', { value: request.url.href })
  Object.defineProperty(response, 'redirected', { value: wasRedirected })
  return response
}

/** What a `Response` costs in streams is most of what a small answer costs. */
export function toAsked(arrived: Arrived): Asked {
  const { status, headers } = arrived.answer
  const has = hasBody(arrived)
  return { status, headers, text: async () => (has ? readText(bodyOf(arrived)) : '') }
}

/** @throws EgressError for an answer that is none, and for a body that says it is too large */
function hasBody({ answer, request, maxBytes, watch }: Arrived): boolean {
  const { status, headers, body } = answer
  const { host } = request.url
  if (status < 200 || status > 599) {
    body.destroy()
    throw new EgressError('egress_reset', `The host ${host} answered with the status ${status}.`, { sent: true })
  }
  if (bodiless.includes(status) || request.method === 'HEAD') {
    body.resume()
    body.once('close', watch.end)
    return false
  }
  if (Number(headers.get('content-length') ?? 0) > maxBytes) {
    body.destroy()
    throw tooLarge(host, maxBytes)
  }
  return true
}

const bodyOf = ({ answer, request, maxBytes, watch }: Arrived) => ({
  raw: answer.body,
  headers: answer.headers,
  host: request.url.host,
  maxBytes,
  signal: watch.signal,
  onEnd: watch.end,
})
