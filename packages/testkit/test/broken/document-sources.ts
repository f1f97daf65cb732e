import { setTimeout as sleep } from 'node:timers/promises'
import { type DataSource, DataSourceError, type Endpoints, oauth2, readJson } from '@wellhead/datasource-node'
import { z } from 'zod'
import type { OAuthServerOptions } from '../../src/oauth-server/index.ts'
import { askingOnce, type Broken, hurried, insteadOf } from './broken.ts'

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
const nothing = { pages: [], nextCursor: null }

const spec = oauth2({
  scopes: ['read'],
  consent: 'Reads.',
  registrationUrl: 'https://items.example/apps',
  clientAuth: 'basic',
  rotation: 'rotates',
  replay: { kind: 'kills' },
})

/** A source that keeps the contract. */
export const documents = {
  specVersion: 1,
  id: 'documents',
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
  async listPages(ctx, { cursor, query = '' }) {
    const url = `${ctx.endpoint('api')}/items?${new URLSearchParams({ q: query, ...(cursor ? { cursor } : {}) })}`
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
  if (status === 403) return 'missing_scope'
  if (status === 404) return 'not_found'
  if (status === 410) return 'cursor_expired'
  if (status === 429) return 'rate_limited'
  return status >= 500 ? 'provider_unavailable' : 'invalid_request'
}

const change = (id: string, changes: Partial<DataSource>) => ({ ...documents, id, ...changes }) as DataSource
const swallowing = (...codes: string[]): Partial<DataSource> => ({
  listPages: (ctx, input) => insteadOf(codes, documents.listPages(ctx, input), nothing),
})
const otherName = (url: string) => url.replace('127.0.0.1', 'localhost')

/** What its hosts are depends on how often they were asked for. */
const fickle = () => {
  const asked = new WeakSet<Endpoints>()
  return change('fickle-hosts', {
    hosts({ endpoints }) {
      const again = asked.has(endpoints)
      asked.add(endpoints)
      return again ? [endpoints.api, otherName(endpoints.api)] : [endpoints.api]
    },
    async identify(ctx) {
      await (await ctx.fetch(`${otherName(ctx.endpoint('api'))}/me`)).text()
      return documents.identify(ctx)
    },
  })
}

/** How the server behaves where it must not be as the source says. */
export const servers: Readonly<Record<string, OAuthServerOptions>> = {
  'replay-lives': { rotation: 'safe' },
  'grace-lives': { rotation: 'safe' },
}

/** Each breaks one thing, named by its id. */
export const brokenDocuments: readonly Broken[] = [
  {
    source: change('rotation', { auth: [{ ...spec, rotation: 'keeps' }] }),
    fails: [/after its token has expired, by one refresh/],
  },
  {
    source: change('ungranted', { auth: [{ ...spec, isGranted: () => false }] }),
    fails: [/is granted what it asks for/],
  },
  { source: change('client-auth', { auth: [{ ...spec, tokenRequestFormat: 'json' }] }), fails: [/connects, and says/] },
  {
    source: change('no-refresh', { auth: [{ ...spec, isUnauthorized: () => false }] }),
    fails: [/after its token has expired/, /expires in the middle/],
  },
  { source: change('replay', { auth: [{ ...spec, replay: { kind: 'safe' } }] }), fails: [/once more without harm/] },
  {
    source: change('grace', { auth: [{ ...spec, replay: { kind: 'grace', graceSeconds: 60 } }] }),
    fails: [/once more without harm/],
  },
  { source: change('replay-lives', {}), fails: [/loses the grant to a used refresh token, as/] },
  {
    source: change('grace-lives', { auth: [{ ...spec, replay: { kind: 'grace', graceSeconds: 60 } }] }),
    fails: [/loses the grant to a used refresh token after the grace/],
    cases: ['replay after the grace'],
  },
  {
    source: change('revoked-word', { auth: [{ ...spec, tokenErrors: { invalid_grant: 'provider_down' } }] }),
    fails: [/says unauthorized when the grant was revoked/],
    cases: ['revoked grant'],
  },
  {
    source: change('revoked-nothing', swallowing('unauthorized')),
    fails: [/list > takes a wrong credential/, /says unauthorized when the grant was revoked/],
    cases: ['revoked grant'],
  },
  {
    source: change('scope', {
      toError: ({ status }) => new DataSourceError(status === 403 ? 'unauthorized' : codeOf(status), 'No', { status }),
    }),
    fails: [/not granted what it needs/],
    cases: ['missing scope'],
  },
  {
    source: change('one-page', {
      listPages: async (ctx, input) => ({ ...(await documents.listPages(ctx, input)), nextCursor: null }),
    }),
    fails: [/lists to the end/],
  },
  {
    source: change('same-page', { listPages: async (ctx) => documents.listPages(ctx, {}) }),
    fails: [/lists to the end/],
  },
  {
    source: change('empty', {
      readPage: async (ctx, input) => ({ ...(await documents.readPage(ctx, input)), content: '' }),
    }),
    fails: [/lists to the end/],
  },
  {
    source: change('missing', {
      readPage: (ctx, input) =>
        insteadOf(['not_found'], documents.readPage(ctx, input), {
          ...entry(input.id),
          mimeType: 'text/markdown',
          content: '',
        }),
    }),
    fails: [/a page is not there/],
    cases: ['missing item'],
  },
  {
    source: change('something-for-nothing', {
      listPages: (ctx, { cursor }) => documents.listPages(ctx, cursor ? { cursor } : {}),
    }),
    fails: [/lists nothing as nothing/],
    cases: ['empty listing'],
  },
  {
    source: change('cursor-to-nothing', swallowing('cursor_expired', 'invalid_request')),
    fails: [/refuses a cursor that is none/, /says that a cursor has expired/],
    cases: ['expired cursor'],
  },
  {
    source: change('error-to-nothing', swallowing()),
    fails: [/list, with trouble, > is an error or the whole/, /list, with trouble, > says that the provider is down/],
    cases: ['broken answers', 'provider down'],
  },
  {
    source: change('part-for-whole', {
      listPages: (ctx, input) =>
        input.cursor === undefined
          ? documents.listPages(ctx, input)
          : insteadOf(['provider_unavailable'], documents.listPages(ctx, input), nothing),
    }),
    fails: [/list, with trouble, > is an error or the whole when an answer breaks off/, /when it stays down/],
    cases: ['broken answers', 'provider down'],
  },
  {
    source: change('quiet', {
      identify: (ctx) =>
        insteadOf([], documents.identify(ctx), { accountId: 'a', grantKey: 'a', name: 'A', avatarUrl: null }),
      readPage: (ctx, input) =>
        insteadOf([], documents.readPage(ctx, input), { ...entry(input.id), mimeType: 'text/markdown', content: '' }),
    }),
    fails: [
      ...['identify', 'read'].flatMap((name) => [
        new RegExp(`${name} > takes a wrong credential`),
        new RegExp(`${name}, with trouble, > is an error or the whole`),
        new RegExp(`${name}, with trouble, > says that the provider is down`),
        new RegExp(`${name}, cancelled, > sends nothing`),
        new RegExp(`${name}, cancelled, > ends in the middle`),
      ]),
    ],
    cases: ['broken answers', 'provider down', 'cancel in the middle'],
  },
  {
    source: change('asks-once', {
      identify: (ctx) => documents.identify(askingOnce(ctx)),
      listPages: (ctx, input) => documents.listPages(askingOnce(ctx), input),
      readPage: (ctx, input) => documents.readPage(askingOnce(ctx), input),
    }),
    fails: ['identify', 'list', 'read'].map((name) => new RegExp(`${name}, with trouble, > asks again`)),
    cases: ['provider down'],
  },
  {
    source: change('hurried', { toError: hurried(documents.toError) }),
    fails: [/with trouble, > says how long to wait/, /with trouble, > waits as long as it is told/],
    cases: ['rate limit'],
  },
  {
    source: change('deaf', swallowing('cancelled')),
    fails: [/list, cancelled, > sends nothing/, /list, cancelled, > ends in the middle/],
    cases: ['cancel in the middle'],
  },
  {
    source: change('slow-to-hear', {
      listPages: (ctx, input) =>
        documents.listPages(ctx, input).catch(async (error) => {
          await sleep(1_800)
          throw error
        }),
    }),
    fails: [/list, cancelled, > ends in the middle/],
    cases: ['cancel in the middle'],
  },
  {
    source: change('litter', {
      async listPages(ctx, input) {
        void ctx.fetch(`${ctx.endpoint('api')}/me`).catch(() => {})
        return documents.listPages(ctx, input)
      },
    }),
    fails: [/list, cancelled, > ends in the middle/],
    cases: ['cancel in the middle'],
  },
  {
    source: change('account', {
      identify: async (ctx) => ({ ...(await documents.identify(ctx)), accountId: crypto.randomUUID() }),
    }),
    fails: [/connects, and says/],
  },
  {
    source: change('down', {
      toError: ({ status }) => new DataSourceError('unauthorized', `HTTP ${status}`, { status }),
    }),
    fails: [/a word for every answer/],
  },
  { source: change('label', { parameters: z.object({ query: z.string() }) }), fails: [/labels/] },
  { source: change('pace', { pace: () => ({ perSecond: 0 }) }), fails: [/accepted by the host/] },
  {
    source: change('elsewhere', {
      identify: async (ctx) => {
        await ctx.fetch('https://telemetry.example/')
        return documents.identify(ctx)
      },
    }),
    fails: [/connects, and says/],
  },
  { source: fickle(), fails: [/to its own hosts, in its header, and nowhere else/] },
  // The facts can be wrong too.
  {
    source: change('untold', {}),
    fails: [/not granted what it needs/],
    cases: ['missing scope'],
    facts: { missingScope: undefined as never },
  },
  {
    source: change('left-out', {}),
    // What could be shown must not be left out.
    fails: [/leaves out, as the facts say: .*missing item/],
  },
]
