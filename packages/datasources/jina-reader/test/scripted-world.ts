import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Asked {
  readonly method: string
  readonly path: string
  readonly headers: IncomingMessage['headers']
  readonly json: Record<string, unknown> | undefined
  /** Milliseconds, of a clock that only goes forward. */
  readonly at: number
}

/** A text is sent as it is, anything else as JSON. `cut`: the connection ends before the body does. */
export type Answer =
  | {
      readonly status?: number
      readonly headers?: Record<string, string>
      readonly body?: unknown
      readonly cut?: boolean
    }
  | 'reset'
  | 'hang'

export interface Server extends AsyncDisposable {
  readonly origin: string
  readonly asked: readonly Asked[]
}

/** A server that answers as a test says: for what a well-behaved stand-in never does. */
export async function startServer(answer: (asked: Asked, number: number) => Answer | Promise<Answer>): Promise<Server> {
  const asked: Asked[] = []
  const server = createServer(async (request: IncomingMessage, response: ServerResponse) => {
    let body = ''
    for await (const chunk of request) body += chunk
    const one: Asked = {
      method: request.method ?? '',
      path: request.url ?? '',
      headers: request.headers,
      json: body ? JSON.parse(body) : undefined,
      at: performance.now(),
    }
    asked.push(one)
    const given = await answer(one, asked.length)
    if (given === 'hang') return
    if (given === 'reset') return void request.socket.resetAndDestroy()
    const raw = typeof given.body === 'string' || Buffer.isBuffer(given.body)
    const type = raw ? 'text/plain' : 'application/json'
    response.writeHead(given.status ?? 200, { 'content-type': type, ...given.headers })
    if (given.cut) return void response.write(String(given.body), () => setTimeout(() => request.socket.destroy(), 20))
    response.end(raw ? given.body : given.body === undefined ? '' : JSON.stringify(given.body))
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

/** An answer in Reader's envelope. */
export const refusal = (code: number, status: number, name: string, more: object = {}): Answer => ({
  status: code,
  body: { data: null, code, status, name, message: `${name}!`, readableMessage: `${name}: ${name}!`, ...more },
})

export interface ScriptedPage {
  readonly title?: string
  readonly content?: string
  /** Paths, or whole URLs. */
  readonly links?: readonly string[]
  readonly warning?: string
  /** Where it was found: a path, or a whole URL. */
  readonly url?: string
}

/** A site of two servers: its own, with robots.txt and sitemaps, and a Reader that knows its pages. */
export async function startWorld(script: {
  /** By path. What is missing answers 404. */
  readonly files?: Readonly<Record<string, Answer | ((origin: string) => Answer)>>
  /** By path, or by the whole URL for pages of another site. */
  readonly pages: Readonly<Record<string, ScriptedPage | ((number: number) => Answer | Promise<Answer>)>>
  readonly index?: Answer
}) {
  const site = await startServer(({ path }) => {
    const file = script.files?.[path] ?? { status: 404 }
    return typeof file === 'function' ? file(site.origin) : file
  })
  const times = new Map<string, number>()
  const reader = await startServer(({ method, json }) => {
    if (method === 'GET') return script.index ?? { body: { code: 200, data: {} } }
    const url = String(json?.url)
    const path = url.startsWith(`${site.origin}/`) ? url.slice(site.origin.length) : url
    const page = script.pages[path]
    times.set(path, (times.get(path) ?? 0) + 1)
    if (page === undefined) return refusal(422, 42206, 'AssertionFailureError')
    if (typeof page === 'function') return page(times.get(path) ?? 1)
    const { title = path, content = `# ${path}`, links = [], warning, url: found } = page
    const at = new URL(found ?? url, site.origin).href
    const pairs = links.map((link) => ['more', new URL(link, at).href])
    const data = { title, description: '', url: at, content, links: pairs, images: {}, usage: { tokens: 9 } }
    return { body: { code: 200, status: 20000, data: { ...data, ...(warning ? { warning } : {}) } } }
  })
  return {
    site,
    reader,
    /** The pages that Reader was asked for, in order. */
    read: () =>
      reader.asked
        .filter(({ method }) => method === 'POST')
        .map(({ json }) => String(json?.url).replace(site.origin, '')),
    async [Symbol.asyncDispose]() {
      await reader[Symbol.asyncDispose]()
      await site[Symbol.asyncDispose]()
    },
  }
}

export const sitemap = (urls: readonly string[]) =>
  `<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">${urls.map((url) => `<url><loc>${url}</loc></url>`).join('')}</urlset>`
export const sitemapIndex = (urls: readonly string[]) =>
  `<?xml version="1.0"?><sitemapindex>${urls.map((url) => `<sitemap><loc>${url}</loc></sitemap>`).join('')}</sitemapindex>`
