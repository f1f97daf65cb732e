/** A refresh that fails: each reason has its own name and policy, good tokens are served to their end, dead ones never. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { eq, inArray } from '../src/db/query.ts'
import { schema } from '../src/index.ts'
import { quickTimings } from './house.ts'
import { type OAuthHouse, openOAuthHouse, past, until } from './oauth-house.ts'

let house: OAuthHouse
const { credentials, connections, breakers } = schema

beforeAll(async () => {
  house = await openOAuthHouse({ items: {}, crowd: {}, other: {} })
})
afterAll(() => house?.[Symbol.asyncDispose]())
afterEach(() => {
  for (const source of ['items', 'crowd', 'other']) house.server(source).clearFaults()
})

const server = () => house.server('items')
const requests = (source = 'items') => house.server(source).counters().tokenRequests
const reaches = (id: string, wanted: string) =>
  until(async () => (await house.status(id)) === wanted, `the connection is ${wanted}`)
const error = async (id: string) => (await house.engine.connections.get(house.owner, id)).lastError

describe('a failed early refresh fails callers whose token is still good; or expired tokens are handed out: a provider that is away', () => {
  it('degrades the connection once, the good token is served, and recovery is told', async () => {
    const { id } = await house.connect('items')
    server().fault({ kind: 'status', status: 503, times: 2 })
    await house.change(id, { refreshAt: past })
    await reaches(id, 'degraded')
    expect((await house.token(id)).generation).toBe(1)
    expect(await error(id)).toMatchObject({ code: 'provider_down', message: expect.stringContaining('503') })
    await reaches(id, 'active')
    expect(await error(id)).toBeNull()
    expect(await house.events(id)).toEqual(['created', 'degraded', 'recovered', 'refreshed'])
    expect(server().counters(house.grant('items'))).toMatchObject({ tokenRequests: 4, refreshes: 1, destroyed: 0 })
  })

  it('never gets a dead token handed out, and is not asked once per caller', async () => {
    const { id } = await house.connect('items')
    server().fault({ kind: 'status', status: 503, times: 1_000 })
    await house.change(id, { expiresAt: past })
    const before = requests()
    for (let asked = 0; asked < 30; asked++)
      await expect(house.token(id)).rejects.toMatchObject({
        code: 'refresh_failed',
        retryAfterSeconds: expect.any(Number),
        details: { outcome: expect.stringMatching(/provider_down|breaker_open/) },
      })
    expect(requests() - before).toBeLessThan(15)
    server().clearFaults()
    const token = await until(() => house.token(id).catch(() => undefined), 'the provider is back')
    expect(token.generation).toBe(2)
    expect(token.expiresAt?.getTime()).toBeGreaterThan(Date.now())
  })

  it('keeps nobody waiting without end: a refresh that takes longer is one in progress', async () => {
    const { id } = await house.connect('items')
    const impatient = await house.another({ timings: { ...quickTimings, callerWaitMs: 150 } })
    server().fault({ kind: 'delay', answerDelayMs: 1_000 })
    const asked = impatient.connections.accessToken(house.owner, id, { rejectedGeneration: 1 })
    await expect(asked).rejects.toMatchObject({ code: 'refresh_in_progress', retryAfterSeconds: expect.any(Number) })
    expect((await house.token(id)).generation).toBe(2)
    await impatient.close()
  })

  it('does not hand out a rejected token either', async () => {
    const { id } = await house.connect('items')
    server().fault({ kind: 'status', status: 503, times: 1 })
    await expect(house.token(id, { rejectedGeneration: 1 })).rejects.toMatchObject({ code: 'refresh_failed' })
    const token = await until(() => house.token(id).catch(() => undefined), 'it is refreshed')
    expect(token.generation).toBe(2)
  })
})

describe('one dead connection made 60,000 refreshes in a day: a grant that is gone', () => {
  it('asks to be authorized again, once, and is not tried again', async () => {
    const { id } = await house.connect('items')
    server().removeGrant(house.grant('items'))
    const before = requests()
    await house.change(id, { refreshAt: past })
    await reaches(id, 'needs_reauthorization')
    await expect(house.token(id)).rejects.toMatchObject({ code: 'needs_reauthorization' })
    await expect(house.refresh(id)).rejects.toMatchObject({ code: 'needs_reauthorization' })
    expect((await house.row(id)).refreshAt).toBeNull()
    expect(requests() - before).toBe(1)
    expect(await house.events(id)).toEqual(['created', 'needs_reauthorization'])
    expect(await error(id)).toMatchObject({ code: 'revoked' })
  })

  it('is a healthy provider: the breaker stays closed', async () => {
    const ids = await house.seed('items', 7)
    server().fault({ kind: 'error', error: 'invalid_grant', times: 7 })
    await house.engine.db.update(credentials).set({ refreshAt: past }).where(inArray(credentials.connectionId, ids))
    for (const id of ids) await reaches(id, 'needs_reauthorization')
    expect((await house.refresh((await house.connect('items')).id)).generation).toBe(2)
  })
})

describe('a client that is refused', () => {
  it('costs few requests for fifty connections, blames no member, and leaves other clients alone', async () => {
    const slow = await openOAuthHouse({ crowd: {}, other: {} }, { timings: { breakerOpenMs: 60_000 } })
    try {
      const ids = await slow.seed('crowd', 50)
      slow.server('crowd').fault({ kind: 'error', error: 'invalid_client', answerDelayMs: 50, times: 1_000 })
      await slow.engine.db.update(credentials).set({ refreshAt: past }).where(inArray(credentials.connectionId, ids))
      await until(async () => {
        const rows = await slow.engine.db.select().from(credentials).where(inArray(credentials.connectionId, ids))
        return rows.every((row) => row.outcomes > 0)
      }, 'each had its outcome')
      expect(slow.server('crowd').counters().tokenRequests).toBeLessThanOrEqual(6)
      const statuses = new Set(await Promise.all(ids.map((id) => slow.status(id))))
      expect([...statuses].sort()).toEqual(['active', 'degraded'])
      for (const id of ids.slice(0, 3)) expect((await slow.token(id)).generation).toBe(1)
      expect((await slow.refresh((await slow.connect('other')).id)).generation).toBe(2)

      // The operator gives the new secret: everybody goes on without being asked.
      slow.server('crowd').clearFaults()
      const { clientId } = slow.server('crowd').client
      const [row] = await slow.engine.db
        .select()
        .from(schema.oauthClients)
        .where(eq(schema.oauthClients.clientId, clientId))
      const former = row?.updatedAt.getTime() as number
      slow.server('crowd').registerClient({ ...slow.server('crowd').client, clientSecret: 'the new one' })
      await slow.another({ oauthClients: { crowd: { clientId, clientSecret: 'the new one' } } })
      const [changed] = await slow.engine.db
        .select()
        .from(schema.oauthClients)
        .where(eq(schema.oauthClients.clientId, clientId))
      expect(changed?.updatedAt.getTime()).toBeGreaterThan(former)
      expect(await slow.engine.db.select().from(breakers).where(eq(breakers.dataSource, 'crowd'))).toEqual([])
      await until(async () => {
        const rows = await slow.engine.db.select().from(connections).where(inArray(connections.id, ids))
        return rows.every((one) => one.status === 'active')
      }, 'all are active again')
      await until(async () => {
        const rows = await slow.engine.db.select().from(credentials).where(inArray(credentials.connectionId, ids))
        return rows.every((one) => one.generation === 2)
      }, 'all are refreshed')
    } finally {
      await slow[Symbol.asyncDispose]()
    }
  })

  it('is probed by one request over all processes, and everybody goes on when that works', async () => {
    const second = await house.another()
    await house.work(second)
    const ids = await house.seed('other', 8)
    const [client] = await house.engine.db
      .select()
      .from(schema.oauthClients)
      .where(eq(schema.oauthClients.dataSource, 'other'))
    await house.engine.db
      .insert(breakers)
      .values({ dataSource: 'other', clientId: client?.id as string, failures: 9, openUntil: past as never })
    const before = requests('other')
    house.server('other').fault({ kind: 'delay', answerDelayMs: 800 })
    const rows = () => house.engine.db.select().from(credentials).where(inArray(credentials.connectionId, ids))
    // On demand: in background a sweep lets one of them go at a time.
    const asked = house.enqueue(
      'connection.refresh',
      ids.map((connectionId) => ({ connectionId, seenGeneration: 1 })),
    )
    await until(
      async () => (await rows()).filter(({ lastOutcome }) => lastOutcome === 'breaker_open').length === 7,
      'seven wait for the eighth',
    )
    expect(requests('other') - before).toBe(1)
    await asked
    await until(async () => (await rows()).every(({ generation }) => generation === 2), 'all are refreshed')
    expect(requests('other') - before).toBe(8)
    expect(await house.engine.db.select().from(breakers).where(eq(breakers.dataSource, 'other'))).toEqual([])
    for (const id of ids) expect(await house.status(id)).toBe('active')
    await second.close()
  })
})

describe('a provider that wants a pause', () => {
  it.each([
    ['in seconds', 1],
    ['as a date', { dateIn: 2 }],
  ])('is left alone for as long as it said, %s, by the sweep, callers and people', async (_, retryAfter) => {
    const { id } = await house.connect('items')
    server().fault({ kind: 'status', status: 429, retryAfter })
    await house.change(id, { expiresAt: past, refreshAt: past })
    await reaches(id, 'degraded')
    const before = requests()
    const row = await house.row(id)
    expect(row.lastOutcome).toBe('rate_limited')
    expect(row.refreshAt?.getTime()).toBeGreaterThan(Date.now())
    for (let asked = 0; asked < 5; asked++)
      await expect(house.token(id)).rejects.toMatchObject({
        code: 'refresh_failed',
        details: { outcome: 'rate_limited' },
      })
    await expect(house.refresh(id)).rejects.toMatchObject({ code: 'refresh_failed' })
    expect(requests()).toBe(before)
    const token = await until(() => house.token(id).catch(() => undefined), 'the pause is over')
    expect(token.generation).toBe(2)
    const refreshed = await house.row(id)
    expect(refreshed.issuedAt.getTime()).toBeGreaterThanOrEqual(row.refreshAt?.getTime() as number)
    expect(requests() - before).toBe(1)
  })
})

describe('an API key', () => {
  it('is served as it is, checked when a caller reports it, and never refreshed', async () => {
    const { accessToken, grantId } = server().mint()
    const made = await house.engine.connections.create(house.owner, { dataSource: 'items', apiKey: accessToken })
    await reaches(made.id, 'active')
    expect(await house.token(made.id)).toEqual({ accessToken, expiresAt: null, generation: 1 })
    await expect(house.refresh(made.id)).rejects.toMatchObject({ code: 'method_not_supported' })
    // A false alarm is cleared by a validation, a true one ends the key.
    await expect(house.token(made.id, { rejectedGeneration: 1 })).rejects.toMatchObject({ code: 'credential_invalid' })
    await until(async () => (await house.row(made.id)).rejectedAt === null, 'the key is proven again')
    expect((await house.token(made.id)).accessToken).toBe(accessToken)
    server().removeGrant(grantId)
    await expect(house.token(made.id, { rejectedGeneration: 1 })).rejects.toMatchObject({ code: 'credential_invalid' })
    await reaches(made.id, 'invalid')
    expect(server().counters(grantId).tokenRequests).toBe(0)
  })
})
