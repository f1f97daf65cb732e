/** The ordinary life of a token: refreshed before it expires, once, and never handed out dead. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eq, inArray, sql } from '../src/db/query.ts'
import { schema } from '../src/index.ts'
import { inSeconds, type OAuthHouse, openOAuthHouse, past, until } from './oauth-house.ts'

let house: OAuthHouse

beforeAll(async () => {
  house = await openOAuthHouse({
    items: {},
    keeps: { auth: { rotation: 'keeps', replay: { kind: 'safe' } }, server: { rotation: 'none' } },
    assumed: { auth: { assumedLifetimeSeconds: 1800, keepAliveSeconds: 100 } },
  })
})
afterAll(() => house?.[Symbol.asyncDispose]())

const requests = (source = 'items') => house.server(source).counters().tokenRequests
const generation = async (id: string) => (await house.row(id)).generation
const reaches = (id: string, wanted: number) =>
  until(async () => (await generation(id)) >= wanted, `generation ${wanted} is there`)

describe('refresh only when read, or only on a 401; cron of one connection at a time: by its expiry', () => {
  it('is refreshed by the sweep while it is still good', async () => {
    house.server('items').set({ expiresIn: 5 })
    const { id } = await house.connect('items')
    house.server('items').set({ expiresIn: 3600 })
    const first = await house.row(id)
    expect(first.expiresAt?.getTime()).toBe(first.issuedAt.getTime() + 5_000)
    await reaches(id, 2)
    const row = await house.row(id)
    expect(row.lastRefreshedAt?.getTime()).toBeLessThan(first.expiresAt?.getTime() as number)
    expect(row).toMatchObject({ intentGeneration: null, leaseHolder: null, lastOutcome: 'refreshed', failures: 0 })
    expect(house.server('items').counters(house.grant('items'))).toMatchObject({ refreshes: 1, replays: 0 })
    expect(await house.events(id)).toEqual(['created', 'refreshed'])
  })

  it('sends each refresh token once, rotation after rotation', async () => {
    const { id } = await house.connect('items')
    for (const wanted of [2, 3, 4]) {
      await house.change(id, { refreshAt: past })
      await reaches(id, wanted)
    }
    expect(house.server('items').counters(house.grant('items'))).toMatchObject({
      refreshes: 3,
      replays: 0,
      destroyed: 0,
    })
    expect((await house.token(id)).generation).toBe(4)
  })

  it('that ends while it is written down that it is handed out is not handed out', async () => {
    const { id } = await house.connect('items')
    await house.change(id, { expiresAt: inSeconds(1) })
    const dead = (await house.row(id)).expiresAt as Date
    let asked: ReturnType<typeof house.token> | undefined
    await house.engine.db.transaction(async (tx) => {
      await tx.execute(sql`lock table audit_entries in access exclusive mode`)
      asked = house.token(id)
      await until(async () => {
        const [{ now } = { now: dead }] = await tx.execute<{ now: Date }>(sql`select clock_timestamp() as now`)
        return new Date(now).getTime() > dead.getTime()
      }, 'the token has ended')
    })
    expect(await asked).toMatchObject({ generation: 2 })
  })

  it('keeps the refresh token that an answer does not replace', async () => {
    const { id } = await house.connect('keeps')
    for (const wanted of [2, 3]) expect((await house.refresh(id)).generation).toBe(wanted)
    expect(house.server('keeps').counters()).toMatchObject({ refreshes: 2 })
  })

  it('counts the life of a token from when it was asked for', async () => {
    const { id } = await house.connect('items')
    house.server('items').fault({ kind: 'delay', answerDelayMs: 700 })
    const asked = Date.now()
    await house.refresh(id)
    const row = await house.row(id)
    expect(Date.now() - asked).toBeGreaterThanOrEqual(700)
    expect(row.issuedAt.getTime()).toBeLessThan(asked + 600)
    expect(row.expiresAt?.getTime()).toBe(row.issuedAt.getTime() + 3_600_000)
  })

  it('is swept by two workers without a second request', async () => {
    const other = await house.another()
    await house.work(other)
    const ids = await house.seed('items', 24)
    const before = requests()
    await house.engine.db
      .update(schema.credentials)
      .set({ refreshAt: sql`clock_timestamp()` })
      .where(inArray(schema.credentials.connectionId, ids))
    await Promise.all(ids.map((id) => reaches(id, 2)))
    expect(requests() - before).toBe(24)
    for (const id of ids) expect(await generation(id)).toBe(2)
    await other.close()
  })

  it('is left alone by a job that comes a second time, or late', async () => {
    const { id } = await house.connect('items')
    await house.change(id, { refreshAt: past })
    await reaches(id, 2)
    const before = requests()
    await house.enqueue('connection.refresh_due', [{ connectionIds: [id] }, { connectionIds: [id] }])
    expect(requests() - before).toBe(0)
    expect(await generation(id)).toBe(2)
  })
})

describe('Dropbox asked without offline access and stored as "never expires": dead after 4 hours; Notion\'s refresh is an empty stub; a missing `expires_in` means never refreshed: without a known expiry', () => {
  it('takes the assumed life, and keeps an idle connection alive', async () => {
    house.server('assumed').fault({ kind: 'answer', drop: ['expires_in'] })
    const { id } = await house.connect('assumed')
    const row = await house.row(id)
    expect(row.expiresAt?.getTime()).toBe(row.issuedAt.getTime() + 1_800_000)
    // The keep-alive of this source comes before the expiry.
    const soonest = row.issuedAt.getTime() + 90_000
    expect(row.refreshAt?.getTime()).toBeGreaterThanOrEqual(soonest)
    expect(row.refreshAt?.getTime()).toBeLessThanOrEqual(soonest + 10_000)
    await house.change(id, { refreshAt: past })
    await reaches(id, 2)
  })

  it('is refreshed on a reported 401, and by keep-alive', async () => {
    house.server('items').fault({ kind: 'answer', drop: ['expires_in'] })
    const { id } = await house.connect('items')
    const { expiresAt, generation: seen } = await house.token(id)
    expect(expiresAt).toBeNull()
    const month = 30 * 24 * 3_600_000
    expect((await house.row(id)).refreshAt?.getTime()).toBeGreaterThan(Date.now() + month * 0.89)
    expect((await house.token(id, { rejectedGeneration: seen })).generation).toBe(2)
  })

  it('is only kept alive when nobody uses it', async () => {
    const { id } = await house.connect('items')
    await house.engine.db
      .update(schema.connections)
      .set({ lastUsedAt: sql`now() - interval '4 days'` })
      .where(eq(schema.connections.id, id))
    await house.refresh(id)
    expect((await house.row(id)).refreshAt?.getTime()).toBeGreaterThan(Date.now() + 20 * 24 * 3_600_000)
    // Its token has expired by then; whoever comes gets a new one, and it is scheduled as a used one again.
    await house.change(id, { expiresAt: past })
    expect((await house.token(id)).generation).toBe(3)
    await house.refresh(id)
    expect((await house.row(id)).refreshAt?.getTime()).toBeLessThan(Date.now() + 3_600_000)
  })

  it('ends by name when the provider gave no refresh token', async () => {
    house.server('items').fault({ kind: 'answer', drop: ['refresh_token'] })
    const { id } = await house.connect('items')
    const before = requests()
    await house.change(id, { expiresAt: past, refreshAt: past })
    await until(async () => (await house.status(id)) === 'needs_reauthorization', 'it asks to be authorized again')
    expect(requests()).toBe(before)
    await expect(house.token(id)).rejects.toMatchObject({ code: 'needs_reauthorization' })
  })
})

describe('for a caller', () => {
  it('is one token request, whoever asks in whichever process', async () => {
    const other = await house.another()
    await house.work(other)
    const { id } = await house.connect('items')
    const before = requests()
    house.server('items').fault({ kind: 'delay', answerDelayMs: 200 })
    const tokens = await Promise.all(
      Array.from({ length: 12 }, (_, index) =>
        (index % 2 === 0 ? house.engine : other).connections.accessToken(house.owner, id, { rejectedGeneration: 1 }),
      ),
    )
    expect(new Set(tokens.map((token) => token.accessToken)).size).toBe(1)
    expect(tokens[0]?.generation).toBe(2)
    expect(requests() - before).toBe(1)
    await other.close()
  })

  it('is the newer one when the rejected one is older', async () => {
    const { id } = await house.connect('items')
    await house.refresh(id)
    const before = requests()
    expect((await house.token(id, { rejectedGeneration: 1 })).generation).toBe(2)
    expect(requests()).toBe(before)
  })

  it('is good for as long as was asked, or is refused when none can be', async () => {
    const { id } = await house.connect('items')
    await house.change(id, { issuedAt: sql`clock_timestamp() - interval '3500 seconds'`, expiresAt: inSeconds(100) })
    expect((await house.token(id, { minTtlSeconds: 50 })).generation).toBe(1)
    expect((await house.token(id, { minTtlSeconds: 300 })).generation).toBe(2)
    await expect(house.token(id, { minTtlSeconds: 3600 })).rejects.toMatchObject({
      code: 'min_ttl_unattainable',
      details: { lifetime_seconds: 3600 },
    })
    expect((await house.token(id)).generation).toBe(2)
  })
})
