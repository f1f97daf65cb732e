/** Ways in which refreshing and authorizing are known to go wrong: each is named first, then what happens here. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { sql } from '../src/db/query.ts'
import { defaultTimings } from '../src/index.ts'
import { quickTimings } from './house.ts'
import { inSeconds, type OAuthHouse, openOAuthHouse, past, until } from './oauth-house.ts'

let house: OAuthHouse

beforeAll(async () => {
  house = await openOAuthHouse({
    items: {},
  })
})
afterAll(() => house?.[Symbol.asyncDispose]())
afterEach(() => house.server('items').clearFaults())

const requests = () => house.server('items').counters().tokenRequests
const view = (id: string) => house.engine.connections.get(house.owner, id)

describe('a lock with a 10 s TTL around a call without a timeout; released without an owner check; after waiting, going ahead without the lock', () => {
  it('lasts longer than the call inside it, with room for what comes before', () => {
    for (const { leaseMs, tokenCallMs } of [defaultTimings, { ...defaultTimings, ...quickTimings }])
      expect(leaseMs).toBeGreaterThan(tokenCallMs)
  })

  it('is waited for, and who has waited long enough is told so and sends nothing', async () => {
    const { id } = await house.connect('items')
    const impatient = await house.another({ timings: { ...quickTimings, callerWaitMs: 300 } })
    await house.change(id, { leaseHolder: 'somebody else', leaseUntil: inSeconds(600), expiresAt: past })
    const before = requests()
    await expect(impatient.connections.accessToken(house.owner, id, {})).rejects.toMatchObject({
      code: 'refresh_in_progress',
    })
    expect(requests()).toBe(before)
    // Nor was it taken from its owner, or given back for him.
    expect(await house.row(id)).toMatchObject({ leaseHolder: 'somebody else', generation: 1 })
    await house.change(id, { leaseHolder: null, leaseUntil: null })
    expect((await house.token(id)).generation).toBe(2)
    expect(requests() - before).toBe(1)
    await impatient.close()
  })
})

describe('unconditional UPDATE: the slower of two refreshes stores the dead pair', () => {
  it('is dropped when another pair was stored first', async () => {
    await using two = await openOAuthHouse({
      safe: { auth: { replay: { kind: 'safe' } }, server: { rotation: 'safe' } },
    })
    const server = two.server('safe')
    const { id } = await two.connect('safe')
    server.fault({ kind: 'hold', processed: true, grantType: 'refresh_token' })
    await two.change(id, { refreshAt: past })
    await until(async () => server.counters().refreshes === 1, 'the slow pair is issued')
    // Its lease is over, and another attempt goes ahead.
    await two.change(id, { leaseUntil: past, refreshAt: past, enqueuedUntil: null })
    await until(async () => (await two.row(id)).generation === 2, 'the quick pair is stored')
    await two.change(id, { refreshAt: null })
    const quick = await two.row(id)
    server.release()
    await two.drain()
    expect(server.counters()).toMatchObject({ refreshes: 2 })
    expect(await two.row(id)).toMatchObject({
      sealed: quick.sealed,
      generation: 2,
      lastOutcome: 'refreshed',
      failures: 0,
    })
    expect(await two.status(id)).toBe('active')
    expect(two.logs.filter((entry) => JSON.stringify(entry).includes('a job failed'))).toEqual([])
  })
})

describe('one dead connection made 60,000 refreshes in a day', () => {
  it('is asked ever more rarely in background, and by callers not beyond that', async () => {
    const limits = { backoffMs: 400, longestBackoffMs: 3_000, breakerFailures: 1_000 }
    await using slow = await openOAuthHouse({ items: {} }, { timings: limits })
    const { id } = await slow.connect('items')
    slow.server('items').fault({ kind: 'status', status: 503, times: 1_000 })
    const before = slow.server('items').counters().tokenRequests
    await slow.change(id, { expiresAt: past, refreshAt: past })
    const endsAt = performance.now() + 4_000
    let asked = 0
    while (performance.now() < endsAt) {
      await expect(slow.token(id)).rejects.toMatchObject({ code: 'refresh_failed' })
      asked++
    }
    const sent = slow.server('items').counters().tokenRequests - before
    // Waits of at least 200, 400, 800, 1,500 and 1,500 ms lie between them.
    expect(sent).toBeGreaterThan(1)
    expect(sent).toBeLessThanOrEqual(6)
    expect(asked).toBeGreaterThan(sent)
  })
})

describe('no needs-reauthorization state: the page shows green CONNECTED for ever', () => {
  it('has status, expiry, last use and last error in its view, and an event when it breaks and when it recovers', async () => {
    const { id } = await house.connect('items')
    await house.token(id)
    const well = await view(id)
    expect(well).toMatchObject({ status: 'active', lastError: null, generation: 1 })
    expect(well.expiresAt?.getTime()).toBeGreaterThan(Date.now() + 3_500_000)
    expect(well.lastUsedAt?.getTime()).toBeGreaterThan(Date.now() - 60_000)
    house.server('items').removeGrant(house.grant('items'))
    await house.change(id, { refreshAt: past })
    await until(async () => (await view(id)).status === 'needs_reauthorization', 'it breaks')
    expect((await view(id)).lastError).toMatchObject({
      code: 'revoked',
      message: expect.stringMatching(/invalid_grant/),
      at: expect.any(Date),
    })
    await house.authorize('items', { connectionId: id })
    expect(await view(id)).toMatchObject({ status: 'active', lastError: null, generation: 2 })
    expect(await house.events(id)).toEqual(['created', 'needs_reauthorization', 'recovered'])
  })
})

describe('correctness rests on Redis', () => {
  it('is refreshed on demand also when the queue cannot be reached', async () => {
    // The process of the caller has lost its queue; the worker finds the row by its sweep.
    const cut = await house.another({ queueUrl: 'redis://127.0.0.1:9' })
    const { id } = await house.connect('items')
    const before = requests()
    await house.change(id, { expiresAt: past })
    const token = await cut.connections.accessToken(house.owner, id, {})
    expect(token.generation).toBe(2)
    expect(requests() - before).toBe(1)
    await cut.close()
  })

  it('is refreshed by its due time when every job of it is lost', async () => {
    const { id } = await house.connect('items')
    // Marked as enqueued, with no job behind the mark: as a queue leaves it that was emptied.
    await house.change(id, { refreshAt: past, enqueuedUntil: inSeconds(0.5) })
    await until(async () => (await house.row(id)).generation === 2, 'it is refreshed')
    expect(house.server('items').counters(house.grant('items'))).toMatchObject({ refreshes: 1, replays: 0 })
  })
})

describe('a deleted credential silently means "no credentials"', () => {
  it('is an error that says so, in use and in a run', async () => {
    const { id } = await house.connect('items')
    await house.engine.connections.delete(house.owner, id)
    await until(async () => (await house.status(id)) === 'gone', 'it is erased')
    await expect(house.token(id)).rejects.toMatchObject({ code: 'connection_not_found' })
    const run = { dataSource: 'items', connectionId: id, operation: 'list_pages' } as const
    await expect(house.engine.runs.create(house.owner, run)).rejects.toMatchObject({ code: 'connection_not_found' })
  })
})

describe('relative redirect URI when a base URL is unset; wrong URIs in READMEs', () => {
  it('does not start without an absolute public URL, and shows the exact redirect URI', async () => {
    for (const publicUrl of ['', '/console', 'localhost:3400', 'ftp://acme.test'])
      await expect(house.another({ publicUrl })).rejects.toThrow('absolute http(s) URL')
    const { redirectUri } = await house.engine.dataSources.get(house.owner, 'items')
    const { location } = await house.begin('items')
    expect(redirectUri).toBe('http://localhost:3400/oauth/callback/items')
    expect(new URL(location).searchParams.get('redirect_uri')).toBe(redirectUri)
  })
})

describe('only declared fields are encrypted: refresh tokens and client secrets end up in clear and are listed', () => {
  it('has no token, code or secret in any column, nor in what is listed', async () => {
    const server = house.server('items')
    const own = { clientId: 'own', clientSecret: 'a custom secret' }
    server.registerClient({ ...own, redirectUris: ['http://localhost:3400/oauth/callback/items'] })
    await house.engine.clients.put(house.owner, 'items', own)
    const { id } = await house.connect('items')
    await house.refresh(id)
    const secrets = [...server.issued().map(({ token }) => token), own.clientSecret, server.client.clientSecret]
    expect(secrets.length).toBeGreaterThan(6)
    const tables = await house.engine.db.execute<{ name: string }>(
      sql`select quote_ident(schemaname) || '.' || quote_ident(tablename) as name from pg_tables where schemaname not in ('pg_catalog', 'information_schema')`,
    )
    expect(tables.length).toBeGreaterThan(10)
    for (const { name } of tables) {
      // Also what was put into bytes as it is.
      const rows = await house.engine.db.execute<{ text: string }>(
        sql.raw(`select coalesce(string_agg(one::text, ' '), '') as text from ${name} as one`),
      )
      for (const secret of secrets)
        for (const form of [secret, Buffer.from(secret).toString('hex'), Buffer.from(secret).toString('base64')])
          expect(rows[0]?.text.includes(form), `${name} holds a secret`).toBe(false)
    }
    const listed = JSON.stringify([
      await house.engine.connections.list(house.owner, {}),
      await house.engine.clients.get(house.owner, 'items'),
      await house.engine.dataSources.list(house.owner),
    ])
    for (const secret of secrets) expect(listed).not.toContain(secret)
    await house.engine.clients.delete(house.owner, 'items')
  })
})
