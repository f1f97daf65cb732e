/** The whole life of a connection against an authorization server that is not ours and takes the specifications at their word. */
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { eq } from '../src/db/query.ts'
import { type Connection, schema, type WorkingEngine } from '../src/index.ts'
import { openSecret } from '../src/refresh/credential.ts'
import { parseKeyRing } from '../src/vault/key-ring.ts'
import { createVault } from '../src/vault/vault.ts'
import { encryptionKeys, type House, openHouse, until } from './house.ts'
import { redirectUri } from './oauth-house.ts'
import { accountsSource, type ClientAuth, type OidcServer, startOidcServer, walk } from './oidc-server.ts'

let house: House
let second: WorkingEngine
let server: OidcServer
const printed = [vi.spyOn(console, 'warn'), vi.spyOn(console, 'info')]

beforeAll(async () => {
  server = await startOidcServer(redirectUri)
  house = await openHouse({
    builtin: Object.fromEntries(
      (['basic', 'post'] as const).map((id) => [id, async () => ({ default: accountsSource(id, server.issuer) })]),
    ),
    oauthClients: server.clients,
  })
  second = await house.another()
  await house.work()
  await house.work(second)
})
afterEach(() => {
  server.accessTokenSeconds = 3_600
})
afterAll(async () => {
  await house?.[Symbol.asyncDispose]()
  await server?.[Symbol.asyncDispose]()
  // The server is set up whole: one that chose something by itself would say so.
  for (const spy of printed) expect(spy.mock.calls).toEqual([])
})

async function begin(source: ClientAuth) {
  const { authorization } = await house.engine.authorizations.create(house.owner, { dataSource: source })
  const { location, cookie } = await house.engine.authorizations.begin(authorization.id)
  const back = await walk(location, redirectUri(source))
  const callback = () =>
    house.engine.authorizations.callback(source, back.searchParams, { [cookie.name]: cookie.value })
  return { id: authorization.id, location: new URL(location), back, callback }
}

async function connect(source: ClientAuth): Promise<Connection> {
  const attempt = await begin(source)
  await attempt.callback()
  const { value } = await house.engine.authorizations.settled(attempt.id, 15_000)
  expect(value).toMatchObject({ status: 'completed', error: null })
  return house.engine.connections.get(house.owner, value.connectionId as string)
}

async function erase(id: string): Promise<unknown> {
  await house.engine.connections.delete(house.owner, id)
  const { connections, events } = schema
  await until(async () => {
    const rows = await house.engine.db.select().from(connections).where(eq(connections.id, id))
    return rows.length === 0
  }, 'it is erased')
  const rows = await house.engine.db.select().from(events).where(eq(events.connectionId, id))
  return rows.find(({ type }) => type === 'connection.deleted')?.data.revocation
}

const row = async (id: string) => {
  const [found] = await house.engine.db.select().from(schema.credentials).where(eq(schema.credentials.connectionId, id))
  return found as typeof schema.credentials.$inferSelect
}
const pair = async (id: string) => openSecret(createVault(house.engine.db, parseKeyRing(encryptionKeys)), await row(id))
const change = (id: string, values: Partial<typeof schema.credentials.$inferInsert>) =>
  house.engine.db.update(schema.credentials).set(values).where(eq(schema.credentials.connectionId, id))
const token = (id: string, engine = house.engine) => engine.connections.accessToken(house.owner, id, {})
const works = async (accessToken: string) =>
  (await fetch(`${server.issuer}/me`, { headers: { authorization: `Bearer ${accessToken}` } })).ok

async function refresh(id: string): Promise<Connection> {
  const ticket = await house.engine.connections.refresh(house.owner, id, {})
  const { done, value } = await house.engine.connections.settled(house.owner, id, ticket, 15_000)
  expect(done).toBe(true)
  return value
}

describe.each(['basic', 'post'] as const)('a client that proves itself by %s', (source) => {
  it('lives a whole life: connected, refreshed in time, asked by many at its expiry, and ended', async () => {
    const before = { requests: server.tokenRequests.length, revoked: server.revoked.length }
    const refreshes = () =>
      server.tokenRequests.slice(before.requests).filter((type) => type === 'refresh_token').length
    server.accessTokenSeconds = 4
    const connection = await connect(source)
    expect(connection).toMatchObject({
      status: 'active',
      account: { id: 'acc-ada', name: 'Ada' },
      scopes: ['openid', 'offline_access'],
    })
    const first = await pair(connection.id)

    // In background, before it is over: the token is never seen dead.
    const refreshed = await until(async () => {
      const now = await token(connection.id)
      expect(await works(now.accessToken)).toBe(true)
      return now.generation >= 3 && now
    }, 'it was refreshed twice')
    expect(refreshes()).toBe(refreshed.generation - 1)
    const rotated = await pair(connection.id)
    expect(rotated.refreshToken).not.toBe(first.refreshToken)
    expect(await server.isActive(source, first.refreshToken as string)).toBe(false)

    // Left alone until it is really over, then wanted by twenty at once in two processes.
    const last = await until(async () => {
      await change(connection.id, { refreshAt: null })
      const now = await row(connection.id)
      return now.leaseHolder === null && now.refreshAt === null && now
    }, 'nobody refreshes it')
    await until(async () => Date.now() > (last.expiresAt as Date).getTime(), 'it is over')
    server.accessTokenSeconds = 3_600
    const sent = refreshes()
    const tokens = await Promise.all(
      Array.from({ length: 20 }, (_, index) => token(connection.id, index % 2 ? second : house.engine)),
    )
    expect(new Set(tokens.map(({ accessToken }) => accessToken)).size).toBe(1)
    expect(new Set(tokens.map(({ generation }) => generation))).toEqual(new Set([last.generation + 1]))
    expect(await works(tokens[0]?.accessToken as string)).toBe(true)
    expect(refreshes() - sent).toBe(1)

    // No refresh token was ever used twice: this server ends the grant for it.
    expect(server.refusals).toEqual([])
    expect(server.revoked.length).toBe(before.revoked)

    const final = await pair(connection.id)
    expect(await server.isActive(source, final.refreshToken as string)).toBe(true)
    expect(await erase(connection.id)).toBe('revoked')
    expect(server.revoked.length).toBe(before.revoked + 1)
    expect(await works(final.accessToken)).toBe(false)
    for (const dead of [final.accessToken, final.refreshToken as string])
      expect(await server.isActive(source, dead)).toBe(false)
    expect(await server.refresh(source, final.refreshToken as string)).toBe(400)
    server.refusals.length = 0
  })

  it('asks with PKCE, which the server wants, and knows its issuer in the answer', async () => {
    const { location, back, callback, id } = await begin(source)
    expect(Object.fromEntries(location.searchParams)).toMatchObject({
      code_challenge_method: 'S256',
      prompt: 'consent',
      scope: 'openid offline_access',
    })
    expect(back.searchParams.get('iss')).toBe(server.issuer)
    const without = new URL(location)
    without.searchParams.delete('code_challenge')
    without.searchParams.delete('code_challenge_method')
    const refused = await walk(without.href, redirectUri(source))
    expect(refused.searchParams.get('error')).toBe('invalid_request')

    const sent = server.tokenRequests.length
    back.searchParams.set('iss', 'https://accounts.evil.example')
    const refusal = { status: 'failed', connectionId: null, error: { code: 'authorization_issuer_mismatch' } }
    expect(await callback()).toMatchObject(refusal)
    expect(await house.engine.authorizations.get(house.owner, id)).toMatchObject(refusal)
    expect(server.tokenRequests.length).toBe(sent)
  })

  it('notices a grant that the server ended as its refresh token was used by somebody else', async () => {
    const { id } = await connect(source)
    const stolen = (await pair(id)).refreshToken as string
    const before = server.revoked.length
    expect(await server.refresh(source, stolen)).toBe(200)
    expect(server.revoked.length).toBe(before)
    // The engine's is now the second use.
    expect((await refresh(id)).status).toBe('needs_reauthorization')
    expect(server.revoked.length).toBe(before + 1)
    await expect(token(id)).rejects.toMatchObject({ code: 'needs_reauthorization' })
    server.refusals.length = 0
    expect(await erase(id)).toBe('revoked')
  })
})
