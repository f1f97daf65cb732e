import { type DataSource, DataSourceError, oauth2, readJson } from '@wellhead/datasource-node'
import { z } from 'zod'

const entry = (id: string) => ({
  id,
  type: 'item',
  title: id,
  url: null,
  icon: null,
  parentId: null,
  lastEditedAt: null,
})
const listing = z.looseObject({ items: z.array(z.looseObject({ id: z.string() })), next_cursor: z.string().nullable() })

const spec = oauth2({
  scopes: ['read'],
  consent: 'Reads.',
  registrationUrl: 'https://items.example/apps',
  clientAuth: 'basic',
  rotation: 'rotates',
  replay: { kind: 'kills' },
})

/** A source that keeps the contract. */
export const good = {
  specVersion: 1,
  id: 'good',
  name: 'Items',
  description: 'Items.',
  icon: '<svg xmlns="http://www.w3.org/2000/svg"/>',
  kind: 'online_document',
  documentationUrl: 'https://items.example/docs',
  endpoints: {
    api: 'https://api.items.example',
    authorize: 'https://items.example/authorize',
    token: 'https://items.example/token',
    revoke: 'https://items.example/revoke',
    introspect: 'https://items.example/introspect',
  },
  auth: [spec],
  parameters: z.object({ query: z.string().optional().meta({ title: 'Query' }) }),
  async identify(ctx) {
    const me = await readJson(await ctx.fetch(`${ctx.endpoint('api')}/me`), z.looseObject({ id: z.string() }))
    return { accountId: me.id, grantKey: me.id, name: me.id, avatarUrl: null }
  },
  toError: ({ status }) => new DataSourceError(codeOf(status), `HTTP ${status}`, { status }),
  async listPages(ctx, { cursor }) {
    const url = `${ctx.endpoint('api')}/items${cursor ? `?cursor=${cursor}` : ''}`
    const { items, next_cursor } = await readJson(await ctx.fetch(url), listing)
    return { pages: items.map(({ id }) => entry(id)), nextCursor: next_cursor }
  },
  async readPage(ctx, { id }) {
    const answer = await ctx.fetch(`${ctx.endpoint('api')}/items/${id}`)
    const { markdown } = await readJson(answer, z.looseObject({ markdown: z.string() }))
    return { ...entry(id), mimeType: 'text/markdown', content: markdown }
  },
} as const satisfies DataSource

function codeOf(status: number) {
  if (status === 401) return 'unauthorized'
  if (status === 404) return 'not_found'
  if (status === 429) return 'rate_limited'
  return status >= 500 ? 'provider_unavailable' : 'invalid_request'
}

const broken = (id: string, change: Partial<DataSource>) => ({ ...good, id, ...change }) as DataSource

/** Each breaks one thing, named by its id. */
export const sources: readonly DataSource[] = [
  good,
  broken('rotation', { auth: [{ ...spec, rotation: 'keeps' }] }),
  broken('client-auth', { auth: [{ ...spec, tokenRequestFormat: 'json' }] }),
  broken('one-page', {
    listPages: async (ctx, input) => ({ ...(await good.listPages(ctx, input)), nextCursor: null }),
  }),
  broken('same-page', { listPages: async (ctx) => good.listPages(ctx, {}) }),
  broken('empty', { readPage: async (ctx, input) => ({ ...(await good.readPage(ctx, input)), content: '' }) }),
  broken('account', {
    identify: async (ctx) => ({ ...(await good.identify(ctx)), accountId: crypto.randomUUID() }),
  }),
  broken('down', { toError: ({ status }) => new DataSourceError('unauthorized', `HTTP ${status}`, { status }) }),
  broken('label', { parameters: z.object({ query: z.string() }) }),
  broken('elsewhere', {
    identify: async (ctx) => {
      await ctx.fetch('https://telemetry.example/')
      return good.identify(ctx)
    },
  }),
]
