import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Asked {
  /** As in `files/list_folder`. */
  readonly name: string
  readonly headers: IncomingMessage['headers']
  // biome-ignore lint/suspicious/noExplicitAny: the argument as it came, asserted by the tests
  readonly argument: any
}

export interface Answer {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  /** An object is sent as JSON, a string or bytes as they are. */
  readonly body?: unknown
  /** Announce more bytes than are sent, and break the connection. */
  readonly breakOff?: boolean
}

export interface ScriptedDropbox extends AsyncDisposable {
  readonly endpoints: { readonly api: string; readonly content: string }
  readonly asked: readonly Asked[]
}

export const homeAccount = {
  account_id: 'dbid:AAH4f99T0taONIb-OurWxbNQ6ywGRopQngc',
  name: { display_name: 'Ada L' },
  email: 'ada@acme.test',
  root_info: { '.tag': 'user', root_namespace_id: '1', home_namespace_id: '1' },
}

/** A server that answers as a test says: for what a well-behaved stand-in never does. The account is told by itself unless the test does. */
export async function startScriptedDropbox(answer: (asked: Asked) => Answer | undefined): Promise<ScriptedDropbox> {
  const asked: Asked[] = []
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    const header = request.headers['dropbox-api-arg']
    const text = typeof header === 'string' ? header : body
    const one: Asked = {
      name: (request.url ?? '').replace(/^\/2\//, ''),
      headers: request.headers,
      argument: text === '' ? undefined : JSON.parse(text),
    }
    asked.push(one)
    const own: Answer =
      one.name === 'users/get_current_account' ? { body: homeAccount } : { status: 404, body: 'Unknown' }
    const { status = 200, headers = {}, body: content = '', breakOff } = answer(one) ?? own
    const isRaw = typeof content === 'string' || Buffer.isBuffer(content)
    const bytes = Buffer.from(isRaw ? (content as string) : JSON.stringify(content))
    response.writeHead(status, {
      'content-type': isRaw ? 'text/plain' : 'application/json',
      ...(breakOff ? { 'content-length': String(bytes.length + 1000) } : {}),
      ...headers,
    })
    if (breakOff) response.write(bytes, () => response.destroy())
    else response.end(bytes)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/2`
  return {
    endpoints: { api: base, content: base },
    asked,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

export const conflict = (...tags: string[]): Answer => {
  const error = tags.reduceRight<Record<string, unknown> | undefined>(
    (inside, tag) => ({ '.tag': tag, ...(inside ? { [tag]: inside } : {}) }),
    undefined,
  )
  return { status: 409, body: { error_summary: `${tags.join('/')}/..`, error } }
}

export const file = (number: number, more: object = {}) => ({
  '.tag': 'file',
  name: `File ${number}.txt`,
  path_lower: `/file ${number}.txt`,
  path_display: `/File ${number}.txt`,
  id: `id:${number}`,
  client_modified: '2026-05-12T15:50:38Z',
  server_modified: '2026-05-12T15:50:38Z',
  rev: 'a1c10ce0dd78',
  size: 3,
  is_downloadable: true,
  ...more,
})

export const page = (entries: unknown[], cursor = 'c1', has_more = false): Answer => ({
  body: { entries, cursor, has_more },
})

/** Of content that is shorter than a block. */
export const hashOf = (text: string) =>
  createHash('sha256').update(createHash('sha256').update(text).digest()).digest('hex')

export const sent = (metadata: object, body: string, more: Partial<Answer> = {}): Answer => ({
  body,
  ...more,
  headers: { 'dropbox-api-result': JSON.stringify(metadata), ...more.headers },
})
