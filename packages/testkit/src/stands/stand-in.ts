/** For the author of a source whose provider has no stand-in yet: a server that can make trouble, in want of the provider's answers alone. */
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import type { StandFault, Trouble } from '../suite/stand.ts'

export interface StandInRequest {
  readonly method: string
  readonly url: URL
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

export interface StandInAnswer {
  /** Default 200. */
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  /** Bytes and streams go as they are, a stream with a Content-Length of yours; everything else as JSON. */
  readonly body?: unknown
}

export interface StandIn {
  /** `http://127.0.0.1:PORT`. */
  readonly origin: string
  readonly trouble: Trouble
  close(): Promise<void>
}

/** Starts a server on 127.0.0.1 that gives what `answer` gives, or goes wrong as its `trouble` is told. */
export async function startStandIn(answer: (request: StandInRequest) => StandInAnswer): Promise<StandIn> {
  let origin = ''
  let faults: StandFault[] = []
  const closing = new AbortController()

  function take(method: string, { pathname }: URL): StandFault | undefined {
    const fault = faults.find((one) => one.method === method && one.url.pathname === pathname)
    faults = faults.filter((one) => one !== fault)
    return fault
  }

  async function handle(request: StandInRequest, response: ServerResponse): Promise<void> {
    const fault = take(request.method, request.url)
    switch (fault?.kind) {
      case undefined:
        return send(response, answer(request))
      case 'slow':
        await sleep(fault.delayMs ?? 1000, undefined, { signal: closing.signal }).catch(() => {})
        return send(response, answer(request))
      case 'reset':
        return void response.socket?.resetAndDestroy()
      case 'truncated':
        return sendHalf(response, answer(request))
      case 'malformed_json':
        return send(response, { headers: json, body: Buffer.from('{"items":[{') })
      case 'empty':
        return send(response, { headers: json, body: Buffer.alloc(0) })
      case 'html': {
        const body = Buffer.from('<!doctype html><title>Gateway</title><h1>Please try again later</h1>')
        return send(response, { status: fault.status ?? 200, headers: { 'content-type': 'text/html' }, body })
      }
      case 'status': {
        const headers = fault.retryAfter === undefined ? {} : { 'retry-after': fault.retryAfter }
        return send(response, { status: fault.status ?? 500, headers, body: fault.body ?? { error: fault.code } })
      }
    }
  }

  const server = createServer((incoming, response) => {
    const chunks: Buffer[] = []
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
    incoming.on('end', () => {
      const { method = 'GET', headers, url = '/' } = incoming
      const request = { method, headers, url: new URL(url, origin), body: Buffer.concat(chunks).toString() }
      handle(request, response).catch((error: unknown) => response.destroy(error as Error))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    origin,
    trouble: {
      fault: (fault) => void faults.push(fault),
      clearFaults() {
        faults = []
      },
      reaches: (url) => url.origin === origin,
    },
    async close() {
      closing.abort()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

const json = { 'content-type': 'application/json' }

function begin(response: ServerResponse, { status = 200, headers, body }: StandInAnswer): Uint8Array | Readable {
  const isRaw = body instanceof Readable || body instanceof Uint8Array
  const bytes = isRaw ? body : Buffer.from(body === undefined ? '' : JSON.stringify(body))
  const length = bytes instanceof Uint8Array ? { 'content-length': String(bytes.byteLength) } : {}
  response.writeHead(status, { ...(isRaw ? {} : json), ...length, ...headers })
  return bytes
}

function send(response: ServerResponse, answer: StandInAnswer): void {
  if (response.destroyed) return
  const bytes = begin(response, answer)
  if (bytes instanceof Uint8Array) return void response.end(bytes)
  // The reader may have gone.
  bytes.on('error', () => response.destroy()).pipe(response)
  response.on('close', () => bytes.destroy())
}

/** Of a stream, only the head comes. */
function sendHalf(response: ServerResponse, answer: StandInAnswer): void {
  const bytes = begin(response, answer)
  const half = bytes instanceof Uint8Array ? bytes.subarray(0, bytes.byteLength / 2) : new Uint8Array()
  if (!(bytes instanceof Uint8Array)) bytes.destroy()
  response.write(half, () => response.socket?.destroy())
}
