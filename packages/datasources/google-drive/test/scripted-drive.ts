import { createHash } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Asked {
  readonly path: string
  readonly query: Readonly<Record<string, string>>
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
}

export interface Answer {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  /** An object is sent as JSON, anything else as it is. */
  readonly body?: unknown
  /** Announce all of the body, send so many bytes of it, and break the connection. */
  readonly breakAfter?: number
}

export interface ScriptedDrive extends AsyncDisposable {
  readonly api: string
  readonly asked: readonly Asked[]
}

/** A server that answers as a test says: for what a well-behaved stand-in never does. */
export async function startScriptedDrive(answer: (asked: Asked) => Answer): Promise<ScriptedDrive> {
  const asked: Asked[] = []
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://drive.test')
    const one = { path: url.pathname, query: Object.fromEntries(url.searchParams), headers: request.headers }
    asked.push(one)
    const { status = 200, headers = {}, body = '', breakAfter } = answer(one)
    const isBytes = typeof body === 'string' || Buffer.isBuffer(body)
    const bytes = isBytes ? Buffer.from(body) : Buffer.from(JSON.stringify(body))
    response.writeHead(status, {
      'content-type': isBytes ? 'application/octet-stream' : 'application/json; charset=utf-8',
      'content-length': bytes.length,
      ...headers,
    })
    if (breakAfter === undefined) response.end(bytes)
    else response.write(bytes.subarray(0, breakAfter), () => response.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    api: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

export const folderType = 'application/vnd.google-apps.folder'
export const md5 = (content: string): string => createHash('md5').update(content).digest('hex')

export const folder = (id: string, more: object = {}) => ({ id, name: id, mimeType: folderType, ...more })
export const file = (id: string, more: object = {}) => ({ id, name: id, mimeType: 'text/plain', ...more })
export const files = (listed: readonly unknown[], more: object = {}): Answer => ({ body: { files: listed, ...more } })
