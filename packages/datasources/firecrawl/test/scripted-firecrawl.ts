import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Asked {
  readonly method: string
  /** Path and query. */
  readonly path: string
  readonly headers: IncomingMessage['headers']
  readonly json: Record<string, unknown> | undefined
}

export type Answer = { readonly status?: number; readonly body: unknown } | 'reset' | 'hang'

export interface ScriptedFirecrawl extends AsyncDisposable {
  readonly origin: string
  readonly asked: readonly Asked[]
}

/** A server that answers as a test says: for what a well-behaved stand-in never does. */
export async function startScriptedFirecrawl(
  answer: (asked: Asked, number: number) => Answer,
): Promise<ScriptedFirecrawl> {
  const asked: Asked[] = []
  const server = createServer(async (request: IncomingMessage, response: ServerResponse) => {
    let body = ''
    for await (const chunk of request) body += chunk
    const one: Asked = {
      method: request.method ?? '',
      path: request.url ?? '',
      headers: request.headers,
      json: body ? JSON.parse(body) : undefined,
    }
    asked.push(one)
    const given = answer(one, asked.length)
    if (given === 'hang') return
    if (given === 'reset') return void request.socket.resetAndDestroy()
    const text = typeof given.body === 'string' ? given.body : JSON.stringify(given.body)
    const type = typeof given.body === 'string' ? 'text/html' : 'application/json'
    response.writeHead(given.status ?? 200, { 'content-type': type }).end(text)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

export const failure = (status: number, error: string, more: object = {}): Answer => ({
  status,
  body: { success: false, error, ...more },
})

export const page = (number: number, more: object = {}) => ({
  markdown: `# Page ${number}`,
  metadata: { title: `Page ${number}`, sourceURL: `https://site.test/${number}`, statusCode: 200, ...more },
})

export const job = (status: string, data: unknown[], next?: string, more: object = {}): Answer => ({
  body: { success: true, status, total: 4, completed: data.length, data, ...(next ? { next } : {}), ...more },
})
