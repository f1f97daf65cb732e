/** A small provider by API key, and the data source over it. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  apiKey,
  type DataSourceContext,
  DataSourceError,
  defineDataSource,
  readJson,
  retryAfterMs,
} from '@wellhead/datasource-node'
import { z } from 'zod'

export interface NotesProvider {
  readonly origin: string
  readonly key: string
  /** Answers before the usual one; return true when it answered. */
  intercept: ((request: IncomingMessage, response: ServerResponse) => boolean) | undefined
  readonly requests: { path: string; authorization: string | undefined }[]
  close(): Promise<void>
}

export async function startNotes(notes: number = 7): Promise<NotesProvider> {
  const key = 'notes-key-0123456789'
  const requests: NotesProvider['requests'] = []
  const server = createServer((request, response) => {
    requests.push({ path: request.url ?? '', authorization: request.headers.authorization })
    if (provider.intercept?.(request, response)) return
    const answer = (status: number, body: unknown) => {
      response.writeHead(status, { 'content-type': 'application/json' })
      response.end(JSON.stringify(body))
    }
    if (request.headers.authorization !== `Bearer ${key}`) return answer(401, { error: 'unauthorized' })
    const url = new URL(request.url ?? '/', 'http://notes.test')
    if (url.pathname === '/me') return answer(200, { id: 'acc1', name: 'Acme notes' })
    if (url.pathname === '/notes') {
      const from = Number(url.searchParams.get('from') ?? 0)
      const ids = Array.from({ length: notes }, (_, index) => String(index + 1)).slice(from, from + 3)
      return answer(200, { ids, next: from + 3 < notes ? String(from + 3) : null })
    }
    const id = url.pathname.replace('/notes/', '')
    if (Number(id) >= 1 && Number(id) <= notes) return answer(200, { id, text: `# Note ${id}\n` })
    return answer(404, { error: 'not_found' })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const provider: NotesProvider = {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    key,
    intercept: undefined,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
  return provider
}

const entry = (id: string) => ({
  id,
  type: 'note',
  title: `Note ${id}`,
  url: null,
  icon: null,
  parentId: null,
  lastEditedAt: null,
})

const api = (ctx: DataSourceContext) => (ctx.settings.baseUrl as string | undefined) ?? ctx.endpoint('api')

export const notes = defineDataSource({
  specVersion: 1,
  id: 'notes',
  name: 'Notes',
  description: 'Notes for tests.',
  icon: '<svg xmlns="http://www.w3.org/2000/svg"/>',
  kind: 'online_document',
  documentationUrl: 'https://notes.example/docs',
  endpoints: { api: 'https://api.notes.example' },
  settings: z.object({ baseUrl: z.url().optional() }),
  hosts: ({ endpoints, settings }) => [(settings.baseUrl as string | undefined) ?? endpoints.api],
  auth: [
    apiKey({
      label: 'API key',
      help: 'Ask for one.',
      keyUrl: 'https://notes.example/keys',
      placeholder: 'notes-key-…',
    }),
  ],
  parameters: z.object({}),
  async identify(ctx) {
    const me = await readJson(await ctx.fetch(`${api(ctx)}/me`), z.object({ id: z.string(), name: z.string() }))
    return { accountId: me.id, grantKey: me.id, name: me.name, avatarUrl: null }
  },
  toError: ({ status, headers }) =>
    new DataSourceError(
      status === 401
        ? 'unauthorized'
        : status === 404
          ? 'not_found'
          : status === 429
            ? 'rate_limited'
            : 'provider_unavailable',
      `Notes answered with status ${status}.`,
      { status, retryAfterMs: retryAfterMs(headers) },
    ),
  async listPages(ctx, { cursor }) {
    const url = new URL(`${api(ctx)}/notes`)
    if (cursor) url.searchParams.set('from', cursor)
    const page = await readJson(
      await ctx.fetch(url),
      z.object({ ids: z.array(z.string()), next: z.string().nullable() }),
    )
    return { pages: page.ids.map(entry), nextCursor: page.next }
  },
  async readPage(ctx, { id }) {
    const note = await readJson(
      await ctx.fetch(`${api(ctx)}/notes/${encodeURIComponent(id)}`),
      z.object({ id: z.string(), text: z.string() }),
    )
    return { ...entry(note.id), mimeType: 'text/markdown', content: note.text }
  },
})
