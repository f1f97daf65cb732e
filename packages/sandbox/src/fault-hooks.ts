import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Fault } from './faults.ts'
import type { House, Provider } from './provider.ts'

const edgePage = `<!DOCTYPE html>
<html lang="en"><head><title>Attention Required! | Edge</title></head>
<body><h1>Sorry, you have been blocked</h1><p>You are unable to access this site. Ray ID: 0000000000000000</p></body></html>
`

interface RequestState {
  readonly path: string
  readonly setStatus: (status: number) => void
  /** A fault that waits for the real answer. */
  late?: Fault
  /** The answer is ours already: leave it alone. */
  answered?: boolean
}

/** Logs every request of one provider and lets injected faults have their way with it. */
export function addFaultHooks(app: FastifyInstance, provider: Provider, house: House): void {
  const states = new WeakMap<FastifyRequest, RequestState>()
  const prefix = `/${provider.id}`

  app.addHook('onRequest', async (request, reply) => {
    const path = request.url.replace(/\?.*$/s, '').slice(prefix.length) || '/'
    const setStatus = house.log.begin({ at: house.clock.now(), provider: provider.id, method: request.method, path })
    const state: RequestState = { path, setStatus }
    states.set(request, state)
    const fault = house.faults.take(provider.id, `${request.method} ${path}`)
    if (!fault) return
    if (fault.processed || fault.kind === 'truncated') {
      state.late = fault
      return
    }
    if (fault.kind === 'slow') {
      await sleep(fault.delayMs ?? 1000)
      return
    }
    if (fault.kind === 'reset') {
      cut(reply)
      return reply
    }
    state.answered = true
    const answer = spoil(fault, provider, path, undefined)
    return reply.code(answer.status).headers(answer.headers).send(answer.payload)
  })

  // In callback style because two faults end the answer themselves and never call done.
  app.addHook('onSend', (request, reply, payload, done) => {
    const state = states.get(request)
    const fault = state?.answered ? undefined : state?.late
    if (!state || !fault) {
      state?.setStatus(reply.statusCode)
      return done(null, payload)
    }
    if (fault.kind === 'reset') return cut(reply)
    if (fault.kind === 'slow') {
      setTimeout(() => {
        state.setStatus(reply.statusCode)
        done(null, payload)
      }, fault.delayMs ?? 1000)
      return
    }
    if (fault.kind === 'truncated' && payload instanceof Readable) {
      state.setStatus(reply.statusCode)
      return truncateStream(reply, payload)
    }
    const body =
      typeof payload === 'string' || Buffer.isBuffer(payload) ? Buffer.from(payload as string) : Buffer.alloc(0)
    if (fault.kind === 'truncated') {
      state.setStatus(reply.statusCode)
      return truncate(reply, body)
    }
    const answer = spoil(fault, provider, state.path, body)
    reply.removeHeader('content-length')
    reply.code(answer.status).headers(answer.headers)
    state.setStatus(answer.status)
    done(null, answer.payload)
  })
}

/** What a client receives in place of the real answer. */
function spoil(fault: Fault, provider: Provider, path: string, real: Buffer | undefined) {
  const retry: Record<string, string> = fault.retryAfter === undefined ? {} : { 'retry-after': fault.retryAfter }
  const json = { 'content-type': 'application/json; charset=utf-8' }
  switch (fault.kind) {
    case 'html':
      return {
        status: fault.status ?? 403,
        headers: { ...retry, 'content-type': 'text/html; charset=UTF-8' },
        payload: edgePage,
      }
    case 'malformed_json': {
      const text =
        real && real.length > 1 ? real.subarray(0, real.length - 1).toString() : '{"object":"list","results":[{'
      return { status: fault.status ?? 200, headers: { ...retry, ...json }, payload: text }
    }
    case 'empty':
      return { status: fault.status ?? 200, headers: { ...retry, ...json }, payload: '' }
    default: {
      const own = fault.body === undefined ? provider.faultAnswer?.(fault, path) : undefined
      const body = own?.body ?? fault.body ?? { error: fault.code ?? 'injected_fault' }
      const isText = typeof body === 'string'
      return {
        status: fault.status ?? own?.status ?? 500,
        headers: { ...own?.headers, ...retry, ...(isText ? { 'content-type': 'text/plain; charset=utf-8' } : json) },
        payload: isText ? body : JSON.stringify(body),
      }
    }
  }
}

/** Cuts the connection with a TCP reset. */
function cut(reply: FastifyReply): void {
  reply.hijack()
  const socket = reply.raw.socket
  if (socket && 'resetAndDestroy' in socket) socket.resetAndDestroy()
  else reply.raw.destroy()
}

/** Announces the whole body and sends half of it. */
function truncate(reply: FastifyReply, body: Buffer): void {
  const headers = Object.entries(reply.getHeaders()).filter(([name]) => name !== 'content-length')
  const status = reply.statusCode
  reply.hijack()
  for (const [name, value] of headers) if (value !== undefined) reply.raw.setHeader(name, value)
  reply.raw.setHeader('content-length', Math.max(body.length, 2))
  reply.raw.writeHead(status)
  reply.raw.write(body.subarray(0, Math.floor(body.length / 2)), () => reply.raw.socket?.destroy())
}

/** Announces all of a stream and ends the connection after half of it. */
function truncateStream(reply: FastifyReply, payload: Readable): void {
  const headers = Object.entries(reply.getHeaders())
  const status = reply.statusCode
  let left = Math.floor(Number(reply.getHeader('content-length') ?? 0) / 2)
  reply.hijack()
  for (const [name, value] of headers) if (value !== undefined) reply.raw.setHeader(name, value)
  reply.raw.writeHead(status)
  payload
    .on('data', (chunk: Buffer) => {
      const part = chunk.subarray(0, left)
      left -= part.length
      if (left <= 0) payload.destroy()
      if (!reply.raw.write(part, () => left <= 0 && reply.raw.socket?.destroy())) {
        payload.pause()
        reply.raw.once('drain', () => payload.resume())
      }
    })
    .on('error', () => reply.raw.destroy())
}
