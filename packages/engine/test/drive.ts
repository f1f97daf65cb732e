/** A small drive by API key, and the data source over it. Its API is asked once: no retry hides an answer from the engine. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { apiKey, DataSourceError, defineDataSource, readJson, retryAfterMs } from '@wellhead/datasource-node'
import { z } from 'zod'

export interface DriveFile {
  /** What is sent, piece by piece. */
  readonly pieces: Iterable<Uint8Array>
  /** Bytes that the provider announces, in its answer's header; sent in chunks without it. */
  readonly contentLength?: number
  /** Bytes that the entry of the file tells. */
  readonly size?: number
  /** Breaks the connection off after the last piece instead of ending the answer. */
  readonly breaks?: boolean
  /** Says nothing more after the last piece. */
  readonly stalls?: boolean
  /** Is listed in a form that cannot be read. */
  readonly garbled?: boolean
}

export interface DriveProvider {
  readonly origin: string
  readonly key: string
  readonly files: Map<string, DriveFile>
  /** Batches of changes after each other: a cursor is the number of batches seen. */
  readonly changes: { changed: string[]; deleted: string[] }[]
  intercept: ((request: IncomingMessage, response: ServerResponse) => boolean) | undefined
  readonly requests: { path: string; authorization: string | undefined }[]
  close(): Promise<void>
}

export async function startDrive(): Promise<DriveProvider> {
  const server = createServer((request, response) => {
    provider.requests.push({ path: request.url ?? '', authorization: request.headers.authorization })
    if (provider.intercept?.(request, response)) return
    if (request.headers.authorization !== `Bearer ${provider.key}`) return answer(response, 401, {})
    const url = new URL(request.url ?? '/', 'http://drive.test')
    if (url.pathname === '/me') return answer(response, 200, { id: 'acc1', name: 'Acme drive' })
    const ids = [...provider.files.keys()]
    if (url.pathname === '/folder') {
      const from = Number(url.searchParams.get('from') ?? 0)
      const page = ids.slice(from, from + 2).map((id) => (provider.files.get(id)?.garbled ? null : id))
      return answer(response, 200, { ids: page, next: from + 2 < ids.length ? from + 2 : null })
    }
    if (url.pathname === '/changes') {
      const at = Number(url.searchParams.get('from') ?? 0)
      const batch = provider.changes[at] ?? { changed: [], deleted: [] }
      const next = Math.min(at + 1, provider.changes.length)
      return answer(response, 200, { ...batch, next: String(next), more: next < provider.changes.length })
    }
    const file = provider.files.get(decodeURIComponent(url.pathname.replace('/files/', '')))
    if (!file) return answer(response, 404, {})
    void send(response, file).catch(() => response.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const provider: DriveProvider = {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    key: 'drive-key-0123456789',
    files: new Map(),
    changes: [],
    intercept: undefined,
    requests: [],
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
  return provider
}

export function answer(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}) {
  response.writeHead(status, { 'content-type': 'application/json', ...headers })
  response.end(JSON.stringify(body))
}

async function send(response: ServerResponse, file: DriveFile): Promise<void> {
  const length = file.contentLength === undefined ? {} : { 'content-length': String(file.contentLength) }
  const size = file.size === undefined ? {} : { 'x-size': String(file.size) }
  response.writeHead(200, { 'content-type': 'application/octet-stream', ...length, ...size })
  for (const piece of file.pieces) if (!response.write(piece)) await once(response, 'drain')
  if (file.stalls) return
  if (file.breaks) response.destroy()
  else response.end()
}

const entry = (id: string, size: number | null = null) => ({
  id,
  name: id,
  type: 'file' as const,
  parentId: null,
  path: `/${id}`,
  mimeType: null,
  size,
  modifiedAt: null,
  revision: '1',
  url: null,
})

const askedOnce = { replayable: false } as const

export const drive = defineDataSource({
  specVersion: 1,
  id: 'drive',
  name: 'Drive',
  description: 'A drive for tests.',
  icon: '<svg xmlns="http://www.w3.org/2000/svg"/>',
  kind: 'online_drive',
  documentationUrl: 'https://drive.example/docs',
  endpoints: { api: 'https://api.drive.example' },
  auth: [apiKey({ label: 'API key', help: 'Ask.', keyUrl: 'https://drive.example/keys', placeholder: 'drive-…' })],
  parameters: z.object({}),
  async identify(ctx) {
    const me = await readJson(
      await ctx.fetch(`${ctx.endpoint('api')}/me`, askedOnce),
      z.object({ id: z.string(), name: z.string() }),
    )
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
      `The drive answered with status ${status}.`,
      { status, retryAfterMs: retryAfterMs(headers) },
    ),
  async listFolder(ctx, { cursor }) {
    const url = `${ctx.endpoint('api')}/folder?from=${cursor ?? 0}`
    const page = await readJson(
      await ctx.fetch(url, askedOnce),
      z.object({ ids: z.array(z.string().nullable()), next: z.number().nullable() }),
    )
    const ids = page.ids.filter((id) => id !== null)
    return {
      entries: ids.map((id) => entry(id)),
      nextCursor: page.next === null ? null : String(page.next),
      ...(ids.length < page.ids.length ? { warnings: ['An entry of the folder could not be read.'] } : {}),
    }
  },
  async download(ctx, { id }) {
    const response = await ctx.fetch(`${ctx.endpoint('api')}/files/${encodeURIComponent(id)}`, {
      ...askedOnce,
      maxBytes: Number.POSITIVE_INFINITY,
    })
    const told = response.headers.get('x-size')
    const size = told === null ? null : Number(told)
    return {
      entry: entry(id, size),
      mimeType: 'application/octet-stream',
      size,
      body: response.body as ReadableStream<Uint8Array>,
    }
  },
  async changes(ctx, { cursor }) {
    const page = await readJson(
      await ctx.fetch(`${ctx.endpoint('api')}/changes?from=${cursor ?? 0}`, askedOnce),
      z.object({ changed: z.array(z.string()), deleted: z.array(z.string()), next: z.string(), more: z.boolean() }),
    )
    return {
      changed: page.changed.map((id) => entry(id)),
      deleted: page.deleted.map((id) => ({ id, path: null })),
      nextCursor: page.next,
      hasMore: page.more,
    }
  },
})
