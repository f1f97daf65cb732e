import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Asked {
  readonly method: string
  /** Path and query. */
  readonly path: string
  readonly headers: IncomingMessage['headers']
  readonly json: Record<string, unknown>
}

export interface Answer {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  /** An object is sent as JSON, a string as it is. */
  readonly body: unknown
  /** Announce more bytes than are sent, and break the connection. */
  readonly breakOff?: boolean
}

export interface ScriptedNotion extends AsyncDisposable {
  readonly origin: string
  readonly asked: readonly Asked[]
}

/** A server that answers as a test says: for what a well-behaved stand-in never does. */
export async function startScriptedNotion(answer: (asked: Asked) => Answer): Promise<ScriptedNotion> {
  const asked: Asked[] = []
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    const one = {
      method: request.method ?? '',
      path: request.url ?? '',
      headers: request.headers,
      json: body ? JSON.parse(body) : {},
    }
    asked.push(one)
    const { status = 200, headers = {}, body: content, breakOff } = answer(one)
    const bytes = typeof content === 'string' ? content : JSON.stringify(content)
    response.writeHead(status, {
      'content-type': typeof content === 'string' ? 'text/html' : 'application/json',
      ...(breakOff ? { 'content-length': String(bytes.length + 1000) } : {}),
      ...headers,
    })
    if (breakOff) response.write(bytes, () => response.destroy())
    else response.end(bytes)
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

export const failure = (status: number, code: string, message = 'No.', additional_data?: unknown): Answer => ({
  status,
  body: { object: 'error', status, code, message, request_id: 'r1', ...(additional_data ? { additional_data } : {}) },
})

export const listing = (results: unknown[], next: string | null = null, extra: object = {}): Answer => ({
  body: { object: 'list', results, next_cursor: next, has_more: next !== null, ...extra },
})

/** A well-formed id made of a number. */
export const id = (number: number): string => `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`

export const words = (content: string, more: object = {}) => [
  { type: 'text', text: { content, link: null }, plain_text: content, href: null, annotations: {}, ...more },
]

export const page = (number: number, title: string, more: object = {}) => ({
  object: 'page',
  id: id(number),
  created_time: '2026-01-01T00:00:00.000Z',
  last_edited_time: '2026-01-02T00:00:00.000Z',
  in_trash: false,
  url: `https://www.notion.so/${number}`,
  parent: { type: 'workspace', workspace: true },
  icon: null,
  properties: { Name: { id: 'title', type: 'title', title: words(title) } },
  ...more,
})

export const block = (number: number, type: string, payload: unknown, more: object = {}) => ({
  object: 'block',
  id: id(number),
  type,
  has_children: false,
  in_trash: false,
  [type]: payload,
  ...more,
})
