/** An engine with data sources over hostile OAuth servers, and the steps of an authorization as a browser takes them. */
import { createEgress } from '@wellhead/plugin-host'
import type { OAuthServer, OAuthServerOptions } from '@wellhead/testkit/oauth-server'
import { startOAuthServer, walkConsent } from '@wellhead/testkit/oauth-server'
import { expect } from 'vitest'
import { and, eq, sql } from '../src/db/query.ts'
import {
  type AccessToken,
  type Actor,
  type Authorization,
  type Connection,
  schema,
  type Timings,
} from '../src/index.ts'
import { openQueueBackend } from '../src/jobs/backend.ts'
import { createProducer, type Producer } from '../src/jobs/producer.ts'
import { sealSecret } from '../src/refresh/credential.ts'
import { parseKeyRing } from '../src/vault/key-ring.ts'
import { createVault } from '../src/vault/vault.ts'
import { encryptionKeys, type House, openHouse, until } from './house.ts'
import { type Items, type ItemsAuth, itemsSource } from './items.ts'

export const redirectUri = (source: string) => `http://localhost:3400/oauth/callback/${source}`

export interface SourceOptions {
  readonly auth?: ItemsAuth
  readonly server?: OAuthServerOptions
  /** Endpoints other than the server's own. */
  readonly endpoints?: Partial<Record<'api' | 'authorize' | 'token' | 'revoke' | 'introspect', string>>
}

/** What a browser keeps and does in one attempt. */
export interface Attempt {
  readonly id: string
  readonly location: string
  readonly cookies: Record<string, string>
}

export interface OAuthHouse extends House {
  server(source: string): OAuthServer
  items(source: string): Items
  begin(source: string, input?: { name?: string; connectionId?: string; actor?: Actor }): Promise<Attempt>
  callback(source: string, url: URL, cookies: Record<string, string>): Promise<Authorization>
  ended(id: string): Promise<Authorization>
  /** The whole way, as the person who consents at once. */
  authorize(source: string, input?: { name?: string; connectionId?: string; account?: string }): Promise<Authorization>
  connect(source: string, input?: { name?: string; account?: string }): Promise<Connection>
  /** So many connections with the source's default client, not due, without the walk. */
  seed(source: string, count: number): Promise<string[]>
  /** Hands jobs to the queue, as a sweep does, and waits until each is done. */
  enqueue: Producer['enqueue']
  /** Tells the house's worker to end. */
  drain(): Promise<void>
  /** The newest grant at the server. */
  grant(source: string): string
  token(id: string, options?: { minTtlSeconds?: number; rejectedGeneration?: number }): Promise<AccessToken>
  /** A refresh by a person, until it has an outcome. */
  refresh(id: string, options?: { acceptRisk?: boolean }): Promise<Connection>
  row(id: string): Promise<typeof schema.credentials.$inferSelect>
  change(id: string, values: Partial<Record<keyof typeof schema.credentials.$inferInsert, unknown>>): Promise<void>
  events(id: string): Promise<string[]>
  status(id: string): Promise<string>
}

export async function openOAuthHouse(
  sources: Readonly<Record<string, SourceOptions>>,
  options: { timings?: Partial<Timings> } = {},
): Promise<OAuthHouse> {
  const servers = new Map<string, OAuthServer>()
  const items = new Map<string, Items>()
  for (const [id, source] of Object.entries(sources)) {
    const server = await startOAuthServer({
      clients: [{ clientId: `${id}-client`, clientSecret: 'se+cret/of 100%', redirectUris: [redirectUri(id)] }],
      expiresIn: 3600,
      consent: 'form',
      ...source.server,
    })
    servers.set(id, server)
    items.set(id, itemsSource(id, { issuer: server.issuer, ...source.auth }))
  }
  const house = await openHouse({
    builtin: Object.fromEntries([...items].map(([id, { load }]) => [id, load])),
    overrides: Object.fromEntries(
      [...servers].map(([id, server]) => [id, { endpoints: { ...server.endpoints, ...sources[id]?.endpoints } }]),
    ),
    oauthClients: Object.fromEntries(
      [...servers].map(([id, { client }]) => [id, { clientId: client.clientId, clientSecret: client.clientSecret }]),
    ),
    timings: { longestBackoffMs: 400, ...options.timings },
  })
  const { engine, owner } = house
  const { credentials, connections, events, oauthClients } = schema
  let seeded = 0

  const egress = createEgress({ allow: ['127.0.0.0/8'] })
  const working = await engine.work({ egress })
  const opened: OAuthHouse = {
    ...house,
    drain: () => working.drain(),
    server: (id) => servers.get(id) as OAuthServer,
    items: (id) => items.get(id) as Items,
    async begin(dataSource, { actor = owner, ...input } = {}) {
      const { authorization } = await engine.authorizations.create(actor, { dataSource, ...input })
      const { location, cookie } = await engine.authorizations.begin(authorization.id)
      return { id: authorization.id, location, cookies: { [cookie.name]: cookie.value } }
    },
    callback: (source, url, cookies) => engine.authorizations.callback(source, url.searchParams, cookies),
    async ended(id) {
      const { done, value } = await engine.authorizations.settled(id, 15_000)
      expect(done).toBe(true)
      return value
    },
    async authorize(source, { account, ...input } = {}) {
      const attempt = await opened.begin(source, input)
      const back = await walkConsent(attempt.location, account === undefined ? {} : { accountId: account })
      await opened.callback(source, back, attempt.cookies)
      return opened.ended(attempt.id)
    },
    async connect(source, input) {
      const ended = await opened.authorize(source, input)
      expect(ended).toMatchObject({ status: 'completed', error: null })
      return engine.connections.get(owner, ended.connectionId as string)
    },
    async seed(source, count) {
      const server = opened.server(source)
      const vault = createVault(engine.db, parseKeyRing(encryptionKeys))
      const [client] = await engine.db.select().from(oauthClients).where(eq(oauthClients.dataSource, source))
      const { workspaceId, userId } = owner
      const ids: string[] = []
      for (let number = 0; number < count; number++) {
        const id = `con_${source}_${++seeded}`
        const { accessToken, refreshToken, expiresIn } = server.mint()
        const sealed = await sealSecret(vault, workspaceId, id, { accessToken, refreshToken })
        await engine.db.insert(connections).values({
          id,
          workspaceId,
          dataSource: source,
          name: id,
          method: 'oauth2',
          status: 'active',
          createdBy: userId,
          accountId: 'acc-ada',
          grantKey: id,
          clientId: client?.id as string,
        })
        const issuedAt = new Date()
        await engine.db.insert(credentials).values({
          connectionId: id,
          workspaceId,
          ...sealed,
          generation: 1,
          issuedAt,
          expiresAt: new Date(issuedAt.getTime() + expiresIn * 1000),
          refreshAt: new Date(issuedAt.getTime() + expiresIn * 800),
        })
        ids.push(id)
      }
      return ids
    },
    async enqueue(name, payloads) {
      const backend = openQueueBackend(house.databaseUrl)
      const producer = createProducer(backend)
      await producer.enqueue(name, payloads)
      await until(async () => (await producer.counts()).every(({ count }) => count === 0), 'the queue is empty')
      await producer.close()
      await backend.close()
    },
    grant: (source) => opened.server(source).grants().at(-1)?.id as string,
    token: (id, wanted = {}) => engine.connections.accessToken(owner, id, wanted),
    async refresh(id, wanted = {}) {
      const ticket = await engine.connections.refresh(owner, id, wanted)
      const { done, value } = await engine.connections.settled(owner, id, ticket, 15_000)
      expect(done).toBe(true)
      return value
    },
    async row(id) {
      const [row] = await engine.db.select().from(credentials).where(eq(credentials.connectionId, id))
      return row as typeof credentials.$inferSelect
    },
    async change(id, values) {
      await engine.db
        .update(credentials)
        .set(values as typeof credentials.$inferInsert)
        .where(eq(credentials.connectionId, id))
    },
    async events(id) {
      const rows = await engine.db
        .select({ type: events.type })
        .from(events)
        .where(and(eq(events.connectionId, id), sql`${events.type} like 'connection.%'`))
        .orderBy(events.ordinal)
      return rows.map((row) => row.type.replace('connection.', ''))
    },
    async status(id) {
      const [row] = await engine.db
        .select({ status: connections.status })
        .from(connections)
        .where(eq(connections.id, id))
      return row?.status ?? 'gone'
    },
    async [Symbol.asyncDispose]() {
      await house[Symbol.asyncDispose]()
      await egress.close()
      for (const server of servers.values()) await server.close()
    },
  }
  return opened
}

/** In the past, and in so many seconds from now, by the database's clock. */
export const past = sql`clock_timestamp() - interval '1 second'`
export const inSeconds = (seconds: number) => sql`clock_timestamp() + ${`${seconds} seconds`}::interval`

export { until }
