/** A small provider by API key and OAuth, and the data source over it. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { apiKey, DataSourceError, defineDataSource, oauth2, readJson } from '@wellhead/datasource-node'
import { z } from 'zod'

export interface NotesProvider {
  readonly endpoints: Readonly<Record<string, string>>
  readonly client: { readonly clientId: string; readonly clientSecret: string }
  readonly key: string
  /** Every secret that it has given out or was sent. */
  readonly secrets: string[]
  /** What the next token requests answer with. */
  tokenAnswer: 'good' | 'revoked' | 'down' | 'lost'
  /** Milliseconds that `/me` waits. */
  identifyDelayMs: number
  close(): Promise<void>
}

/** Longer than what is kept in a row. */
export const longText = `# Long\n\n${'0123456789abcdef'.repeat(100_000)}`

export async function startNotes(redirectUri: string): Promise<NotesProvider> {
  const key = 'notes-key-0123456789'
  const client = { clientId: 'notes-client', clientSecret: 'notes-client-secret-0123456789' }
  const secrets = [key, client.clientSecret]
  const good = new Set([key])
  let made = 0
  const server = createServer(async (request, response) => {
    request.resume()
    const url = new URL(request.url ?? '/', 'http://notes.test')
    const answer = (status: number, value: unknown) => {
      response.writeHead(status, { 'content-type': 'application/json' })
      response.end(JSON.stringify(value))
    }
    if (url.pathname === '/authorize') {
      const back = new URL(redirectUri)
      const state = url.searchParams.get('state') ?? ''
      if (url.searchParams.get('deny')) back.search = new URLSearchParams({ error: 'access_denied', state }).toString()
      else back.search = new URLSearchParams({ code: secret('code'), state }).toString()
      response.writeHead(302, { location: back.href }).end()
      return
    }
    if (url.pathname === '/token') {
      if (provider.tokenAnswer === 'down') return answer(503, {})
      // The request was read and its answer never arrives.
      if (provider.tokenAnswer === 'lost') return void response.destroy()
      if (provider.tokenAnswer === 'revoked') return answer(400, { error: 'invalid_grant' })
      const access = secret('access')
      good.add(access)
      return answer(200, {
        access_token: access,
        refresh_token: secret('refresh'),
        token_type: 'bearer',
        expires_in: 3600,
      })
    }
    if (!good.has(request.headers.authorization?.replace('Bearer ', '') ?? ''))
      return answer(401, { error: 'unauthorized' })
    if (url.pathname === '/me') {
      if (provider.identifyDelayMs) await new Promise((resolve) => setTimeout(resolve, provider.identifyDelayMs))
      return answer(200, { id: 'acc1', name: 'Acme notes' })
    }
    if (url.pathname === '/notes') return answer(200, { ids: ['1', '2', '3'] })
    const id = url.pathname.replace('/notes/', '')
    if (id === 'long') return answer(200, { id, text: longText })
    if (id === '1' || id === '2' || id === '3') return answer(200, { id, text: `# Note ${id}\n` })
    return answer(404, { error: 'not_found' })
  })
  const secret = (kind: string): string => {
    const value = `${kind}-secret-${++made}-0123456789`
    secrets.push(value)
    return value
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const provider: NotesProvider = {
    endpoints: { api: origin, authorize: `${origin}/authorize`, token: `${origin}/token` },
    client,
    key,
    secrets,
    tokenAnswer: 'good',
    identifyDelayMs: 0,
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
  title: `Nöte "${id}"`,
  url: null,
  icon: null,
  parentId: null,
  lastEditedAt: null,
})

export const notes = defineDataSource({
  specVersion: 1,
  id: 'notes',
  name: 'Notes',
  description: 'Notes for tests.',
  icon: '<svg xmlns="http://www.w3.org/2000/svg"/>',
  kind: 'online_document',
  documentationUrl: 'https://notes.example/docs',
  endpoints: {
    api: 'https://api.notes.example',
    authorize: 'https://notes.example/a',
    token: 'https://notes.example/t',
  },
  settings: z.object({ base_url: z.url().optional() }),
  hosts: ({ endpoints, settings }) => [(settings.base_url as string | undefined) ?? endpoints.api],
  auth: [
    apiKey({
      label: 'API key',
      help: 'Ask for one.',
      keyUrl: 'https://notes.example/keys',
      placeholder: 'notes-key-…',
    }),
    oauth2({
      scopes: ['read'],
      consent: 'Reads your notes.',
      registrationUrl: 'https://notes.example/apps',
      clientAuth: 'basic',
      rotation: 'rotates',
      replay: { kind: 'unknown' },
    }),
  ],
  parameters: z.object({ depth: z.number().optional() }),
  async identify(ctx) {
    const me = await readJson(
      await ctx.fetch(`${ctx.endpoint('api')}/me`),
      z.object({ id: z.string(), name: z.string() }),
    )
    return { accountId: me.id, grantKey: me.id, name: me.name, avatarUrl: null }
  },
  toError: ({ status }) =>
    new DataSourceError(
      status === 401 ? 'unauthorized' : status === 404 ? 'not_found' : 'provider_unavailable',
      `Notes answered with status ${status}.`,
      { status },
    ),
  async listPages(ctx) {
    const page = await readJson(await ctx.fetch(`${ctx.endpoint('api')}/notes`), z.object({ ids: z.array(z.string()) }))
    return { pages: page.ids.map(entry), nextCursor: null }
  },
  async readPage(ctx, { id }) {
    const note = await readJson(
      await ctx.fetch(`${ctx.endpoint('api')}/notes/${encodeURIComponent(id)}`),
      z.object({ id: z.string(), text: z.string() }),
    )
    return { ...entry(note.id), mimeType: 'text/markdown', content: note.text }
  },
})
