import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { MachineAnswer } from '../authorization-server.ts'
import type { Fault } from '../faults.ts'
import type { SeenRequest } from '../request-log.ts'
import { wait } from './wait.ts'

export interface HttpExchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  /** Aborted when the server closes. */
  readonly closing: AbortSignal
  readonly seen: SeenRequest
  /** Resolves when what is held may go on. */
  released(): Promise<void>
}

/** Does the work of a request and answers, or goes wrong as the fault says. */
export async function answerWith(
  exchange: HttpExchange,
  fault: Fault | undefined,
  work: () => MachineAnswer,
): Promise<void> {
  const { response, closing } = exchange
  if (!fault) return send(exchange, work())
  exchange.seen.fault = fault.kind
  await wait(fault.delayMs, closing)
  const answer = !('processed' in fault) || fault.processed ? work() : undefined
  await wait(fault.answerDelayMs, closing)
  switch (fault.kind) {
    case 'delay':
      return send(exchange, answer!)
    case 'reset':
      return void exchange.request.socket.resetAndDestroy()
    case 'hang':
      // Until the client or the server closes the connection.
      return
    case 'hold':
      if (!response.destroyed) await Promise.race([exchange.released(), once(response, 'close')])
      return response.destroyed ? undefined : send(exchange, answer ?? work())
    case 'status':
      return send(exchange, { status: fault.status, body: (fault.body ?? {}) as never, headers: retryAfter(fault) })
    case 'error': {
      const status = fault.error === 'invalid_client' ? 401 : 400
      return send(exchange, { status, body: { error: fault.error, error_description: 'By a fault.' } })
    }
    case 'redirect':
      exchange.seen.status = 307
      return void response.writeHead(307, { location: fault.location }).end()
    case 'html':
      exchange.seen.status = fault.status
      response.writeHead(fault.status, { 'content-type': 'text/html' })
      return void response.end('<!doctype html><title>Gateway</title><h1>Please try again later</h1>')
    case 'invalid_json':
      exchange.seen.status = 200
      response.writeHead(200, { 'content-type': 'application/json' })
      return void response.end(JSON.stringify(answer?.body ?? {}).slice(0, -1))
    case 'truncated': {
      const text = JSON.stringify(answer?.body ?? {})
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': String(text.length) })
      return void response.write(text.slice(0, text.length / 2), () => exchange.request.socket.resetAndDestroy())
    }
    case 'huge':
      return send(exchange, { ...answer!, body: { ...answer?.body, padding: 'x'.repeat(fault.bytes) } })
    case 'answer': {
      if (answer!.status !== 200) return send(exchange, answer!)
      const body = { ...answer!.body, ...fault.set }
      return send(exchange, {
        ...answer!,
        body: Object.fromEntries(Object.entries(body).filter(([name]) => !fault.drop.includes(name))),
      })
    }
  }
}

export function send({ response, seen }: Pick<HttpExchange, 'response' | 'seen'>, answer: MachineAnswer): void {
  seen.status = answer.status
  if (response.destroyed) return
  const raw = typeof answer.body === 'string' ? (answer.body as string) : undefined
  response.writeHead(answer.status, {
    'content-type': raw === undefined ? 'application/json' : 'text/plain',
    // RFC 6749, section 5.1.
    'cache-control': 'no-store',
    pragma: 'no-cache',
    ...answer.headers,
  })
  response.end(raw ?? JSON.stringify(answer.body))
}

function retryAfter({ retryAfter: value }: Extract<Fault, { kind: 'status' }>): Record<string, string> {
  if (value === undefined) return {}
  if (typeof value === 'number') return { 'retry-after': String(value) }
  return { 'retry-after': new Date(Date.now() + value.dateIn * 1000).toUTCString() }
}
