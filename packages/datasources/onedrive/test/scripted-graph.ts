import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Asked {
  /** Path and query. */
  readonly path: string
  readonly headers: IncomingMessage['headers']
}

export interface Answer {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  /** An object is sent as JSON, a string as it is. */
  readonly body?: unknown
}

export interface ScriptedGraph extends AsyncDisposable {
  readonly origin: string
  readonly asked: readonly Asked[]
}

/** A server that answers as a test says: for what a well-behaved stand-in never does. */
export async function startScriptedGraph(answer: (asked: Asked, origin: string) => Answer): Promise<ScriptedGraph> {
  const asked: Asked[] = []
  let origin = ''
  const server = createServer((request, response) => {
    const one = { path: request.url ?? '', headers: request.headers }
    asked.push(one)
    const { status = 200, headers = {}, body = '' } = answer(one, origin)
    const bytes = typeof body === 'string' ? body : JSON.stringify(body)
    const type = typeof body === 'string' ? 'text/plain' : 'application/json'
    const length = { 'content-length': String(Buffer.byteLength(bytes)) }
    response.writeHead(status, { 'content-type': type, ...length, ...headers }).end(bytes)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    origin,
    asked,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

export const file = (id: string, more: object = {}) => ({
  id,
  name: `${id}.txt`,
  size: 5,
  file: { mimeType: 'text/plain' },
  parentReference: { driveId: 'b!own', id: 'ROOT', path: '/drive/root:' },
  ...more,
})

/** An account with one drive, whose top is answered by `top`. */
export const account = (top: (asked: Asked, origin: string) => Answer) => (asked: Asked, origin: string) => {
  if (asked.path.startsWith('/me/drive?')) return { body: { id: 'b!own' } }
  if (asked.path.startsWith('/me/drives?')) return { body: { value: [{ id: 'b!own', name: 'OneDrive' }] } }
  return top(asked, origin)
}
