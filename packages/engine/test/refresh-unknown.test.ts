/**
 * An outcome that is unknown: the answer was lost, so the refresh token may be spent. What happens next depends on what the
 * provider does to a replay; the server's own counters say whether a grant was destroyed.
 */
import type { FaultInput } from '@wellhead/testkit/oauth-server'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { eq, sql } from '../src/db/query.ts'
import { schema } from '../src/index.ts'
import { quickTimings } from './house.ts'
import { inSeconds, type OAuthHouse, openOAuthHouse, past, until } from './oauth-house.ts'

let house: OAuthHouse

beforeAll(async () => {
  house = await openOAuthHouse({
    safe: { auth: { replay: { kind: 'safe' } }, server: { rotation: 'safe' } },
    grace: { auth: { replay: { kind: 'grace', graceSeconds: 30 } }, server: { rotation: { graceSeconds: 60 } } },
    brief: { auth: { replay: { kind: 'grace', graceSeconds: 20 } }, server: { rotation: { graceSeconds: 20 } } },
    kills: { auth: { replay: { kind: 'kills' } }, server: { rotation: 'kill' } },
    unknown: { auth: { replay: { kind: 'unknown' } }, server: { rotation: 'kill' } },
    asked: { auth: { replay: { kind: 'kills' }, introspect: { format: 'form' } }, server: { rotation: 'kill' } },
  })
})
afterAll(() => house?.[Symbol.asyncDispose]())
afterEach(() => {
  for (const source of ['safe', 'grace', 'kills', 'unknown', 'asked']) house.server(source).clearFaults()
})

const lost: FaultInput = { kind: 'reset', processed: true, grantType: 'refresh_token' }
const unprocessed: FaultInput = { kind: 'reset', processed: false, grantType: 'refresh_token' }

/** A connection whose last refresh was lost on its way back. */
async function afterLoss(source: string, fault: FaultInput = lost) {
  const { id } = await house.connect(source)
  const grant = house.grant(source)
  house.server(source).fault(fault)
  await house.change(id, { refreshAt: past })
  await until(async () => (await house.row(id)).outcomes > 0, 'the refresh had its outcome')
  const counters = () => house.server(source).counters(grant)
  const dies = () => house.change(id, { expiresAt: past, refreshAt: past })
  return { id, grant, counters, dies }
}

describe.each(['safe', 'grace'])('a replay that is %s', (source) => {
  it('is made at once, and harms nothing', async () => {
    const { id, counters } = await afterLoss(source)
    await until(async () => (await house.row(id)).generation === 2, 'it is refreshed')
    // The exchange, the lost one and its replay.
    expect(counters()).toEqual({ tokenRequests: 3, refreshes: 2, replays: 1, destroyed: 0 })
    expect(await house.status(id)).toBe('active')
    expect(await house.row(id)).toMatchObject({ intentGeneration: null, unknownSince: null, replays: 0 })
  })
})

async function clientOf(id: string): Promise<string> {
  const [row] = await house.engine.db
    .select({ clientId: schema.connections.clientId })
    .from(schema.connections)
    .where(eq(schema.connections.id, id))
  return row?.clientId ?? expect.fail('it has a client')
}

describe('a replay within its grace', () => {
  /** As a process leaves the row that was killed while its request was under way. */
  const killed = (id: string, secondsAgo: number, leasedFor: number) =>
    house.change(id, {
      intentGeneration: 1,
      intentAttempt: 1,
      intentAt: sql`clock_timestamp() - ${`${secondsAgo} seconds`}::interval`,
      leaseHolder: 'killed',
      leaseUntil: inSeconds(leasedFor),
      refreshAt: past,
    })

  it('is made by another process as soon as the short lease of a dead one ends', async () => {
    const { id } = await house.connect('brief')
    await killed(id, 1, 1)
    await until(async () => (await house.row(id)).generation === 2, 'it is refreshed')
    expect(await house.status(id)).toBe('active')
  })

  it('does not come from another process while the holder of the lease lives, however long its call takes', async () => {
    const { id } = await house.connect('brief')
    const grant = house.grant('brief')
    house.server('brief').fault({ kind: 'hold' })
    await house.change(id, { refreshAt: past })
    const leaseUntil = async () => (await house.row(id)).leaseUntil?.getTime()
    const first = await until(leaseUntil, 'it has its lease')
    // A quarter of twenty seconds, and far from the usual lease.
    expect(first - Date.now()).toBeLessThan(5_500)
    await until(async () => ((await leaseUntil()) ?? 0) > first + 1_000, 'it is renewed')
    house.server('brief').release()
    await until(async () => (await house.row(id)).generation === 2, 'it is refreshed')
    expect(house.server('brief').counters(grant)).toMatchObject({ tokenRequests: 2, refreshes: 1, replays: 0 })
    await until(async () => (await leaseUntil()) === undefined, 'the lease is given back')
  })

  it('does not wait for a breaker that would outlast the grace', async () => {
    const { id } = await house.connect('brief')
    const clientId = await clientOf(id)
    const openUntil = sql`clock_timestamp() + interval '60 seconds'`
    await house.engine.db
      .insert(schema.breakers)
      .values({ dataSource: 'brief', clientId, failures: 5, reason: 'unknown_outcome', openUntil })
    await killed(id, 0, 0)
    await until(async () => (await house.row(id)).generation === 2, 'it is refreshed')
  })

  it('waits for a breaker that closes in time', async () => {
    const { id } = await house.connect('grace')
    const clientId = await clientOf(id)
    const openUntil = sql`clock_timestamp() + interval '5 seconds'`
    await house.engine.db
      .insert(schema.breakers)
      .values({ dataSource: 'grace', clientId, failures: 5, reason: 'unknown_outcome', openUntil })
    await killed(id, 0, 0)
    await until(async () => (await house.row(id)).lastOutcome === 'breaker_open', 'it waits')
    expect((await house.row(id)).generation).toBe(1)
    await house.engine.db.delete(schema.breakers)
  })
})

describe('a replay whose grace is over', () => {
  it('waits for the end of the access token', async () => {
    const { id } = await house.connect('grace')
    const grant = house.grant('grace')
    // As a process leaves it that died between its intent and the answer, a while ago.
    await house.change(id, {
      intentGeneration: 1,
      intentAttempt: 1,
      intentAt: sql`clock_timestamp() - interval '31 seconds'`,
      refreshAt: past,
    })
    await until(async () => (await house.row(id)).outcomes > 0, 'somebody looked')
    expect(house.server('grace').counters(grant)).toMatchObject({ tokenRequests: 1 })
    expect((await house.token(id)).generation).toBe(1)
    await expect(house.refresh(id)).rejects.toMatchObject({ code: 'refresh_would_risk_grant' })
  })
})

describe.each(['kills', 'unknown'])('a replay that is %s', (source) => {
  it('is not made while the access token is good', async () => {
    const { id, counters } = await afterLoss(source)
    const row = await house.row(id)
    expect(row.refreshAt).toEqual(row.expiresAt)
    expect(row).toMatchObject({ lastOutcome: 'unknown_outcome', intentGeneration: 1, generation: 1 })
    expect(await house.status(id)).toBe('degraded')
    expect((await house.token(id)).generation).toBe(1)
    await expect(house.refresh(id)).rejects.toMatchObject({ code: 'refresh_would_risk_grant' })
    await expect(house.refresh(id, { acceptRisk: false })).rejects.toMatchObject({ code: 'refresh_would_risk_grant' })
    expect((await house.token(id, { minTtlSeconds: 3599 })).generation).toBe(1)
    expect(counters()).toEqual({ tokenRequests: 2, refreshes: 1, replays: 0, destroyed: 0 })
    expect(await house.events(id)).toEqual(['created', 'degraded'])
  })

  it('is made once when the token is dead, and the end is told once', async () => {
    const { id, counters, dies } = await afterLoss(source)
    await dies()
    await until(async () => (await house.status(id)) === 'needs_reauthorization', 'it asks to be authorized again')
    expect(counters()).toEqual({ tokenRequests: 3, refreshes: 1, replays: 1, destroyed: 1 })
    await expect(house.token(id)).rejects.toMatchObject({ code: 'needs_reauthorization' })
    expect(await house.events(id)).toEqual(['created', 'degraded', 'needs_reauthorization'])
  })

  it('saves the connection when the lost request was never processed', async () => {
    const { id, counters, dies } = await afterLoss(source, unprocessed)
    expect(await house.status(id)).toBe('degraded')
    await dies()
    await until(async () => (await house.row(id)).generation === 2, 'it is refreshed')
    expect(counters()).toEqual({ tokenRequests: 3, refreshes: 1, replays: 0, destroyed: 0 })
    expect(await house.status(id)).toBe('active')
  })
})

describe.each(['kills', 'unknown'])('an attempt that nobody has told the end of, where a replay is %s', (source) => {
  it('is given a second lease before it counts as lost, though the access token is dead', async () => {
    const { id } = await house.connect(source)
    const grant = house.grant(source)
    const { leaseMs } = quickTimings
    const begun = (ms: number) => sql`clock_timestamp() - ${`${ms} milliseconds`}::interval`
    const left = { intentGeneration: 1, intentAttempt: 1, expiresAt: past, refreshAt: past }
    await house.change(id, { ...left, intentAt: begun(1.2 * leaseMs) })
    const row = await until(async () => {
      const seen = await house.row(id)
      return seen.outcomes > 0 && seen.leaseUntil === null && seen
    }, 'somebody looked, and went')
    expect(row.refreshAt?.getTime()).toBe((row.intentAt?.getTime() ?? 0) + 2 * leaseMs)
    await expect(house.token(id)).rejects.toMatchObject({ code: 'refresh_failed' })
    await expect(house.refresh(id)).rejects.toMatchObject({ code: 'refresh_would_risk_grant' })
    expect(house.server(source).counters(grant)).toMatchObject({ tokenRequests: 1 })
    await house.change(id, { intentAt: begun(2.1 * leaseMs), refreshAt: past })
    await until(async () => (await house.row(id)).generation === 2, 'it is refreshed')
    expect(house.server(source).counters(grant)).toMatchObject({ tokenRequests: 2, destroyed: 0 })
    expect(await house.status(id)).toBe('active')
  })
})

describe('the one replay', () => {
  it('is made at the first 401 that a caller reports', async () => {
    const { id, counters } = await afterLoss('kills', unprocessed)
    const token = await until(
      () => house.token(id, { rejectedGeneration: 1 }).catch(() => undefined),
      'the replay brought a token',
    )
    expect(token.generation).toBe(2)
    expect(counters()).toMatchObject({ tokenRequests: 3, destroyed: 0 })
  })

  it('is not followed by another one when its outcome is unknown too', async () => {
    const { id, counters, dies } = await afterLoss('kills', unprocessed)
    house.server('kills').fault(unprocessed)
    await dies()
    await until(async () => (await house.status(id)) === 'needs_reauthorization', 'it asks to be authorized again')
    expect(counters()).toEqual({ tokenRequests: 3, refreshes: 0, replays: 0, destroyed: 0 })
    expect((await house.row(id)).refreshAt).toBeNull()
  })

  it('does not count when it was provably not processed', async () => {
    const { id, counters, dies } = await afterLoss('kills', unprocessed)
    house.server('kills').fault({ kind: 'status', status: 503, grantType: 'refresh_token' })
    await dies()
    await until(async () => (await house.row(id)).generation === 2, 'it is refreshed')
    expect(counters()).toEqual({ tokenRequests: 4, refreshes: 1, replays: 0, destroyed: 0 })
  })

  it('may be asked for by a person who accepts the risk, once', async () => {
    const { id, counters } = await afterLoss('kills', unprocessed)
    house.server('kills').fault(unprocessed)
    expect((await house.refresh(id, { acceptRisk: true })).status).toBe('degraded')
    expect(await house.row(id)).toMatchObject({ replays: 1, generation: 1 })
    expect((await house.token(id)).generation).toBe(1)
    await expect(house.refresh(id, { acceptRisk: true })).rejects.toMatchObject({ code: 'refresh_would_risk_grant' })
    expect(counters()).toMatchObject({ tokenRequests: 3, destroyed: 0 })

    const lucky = await afterLoss('kills', unprocessed)
    expect((await house.refresh(lucky.id, { acceptRisk: true })).generation).toBe(2)
  })
})

describe('an introspection endpoint', () => {
  const nearItsEnd = (id: string) =>
    house.change(id, { issuedAt: sql`clock_timestamp() - interval '3000 seconds'`, expiresAt: inSeconds(600) })
  const asked = () =>
    house
      .server('asked')
      .requests()
      .filter(({ path }) => path === '/oauth/introspect').length

  it('shows that the token is unspent, and it is sent', async () => {
    const { id, counters } = await afterLoss('asked', unprocessed)
    await nearItsEnd(id)
    const token = await until(
      async () => (await house.token(id, { minTtlSeconds: 900 })).generation === 2,
      'it is refreshed',
    )
    expect(token).toBe(true)
    expect(asked()).toBeGreaterThan(0)
    expect(counters()).toMatchObject({ refreshes: 1, replays: 0, destroyed: 0 })
  })

  it('shows that it is spent, and it is not sent', async () => {
    const { id, counters } = await afterLoss('asked')
    await nearItsEnd(id)
    const before = asked()
    await until(async () => {
      expect((await house.token(id, { minTtlSeconds: 900 })).generation).toBe(1)
      return asked() > before
    }, 'the endpoint was asked')
    expect(counters()).toEqual({ tokenRequests: 2, refreshes: 1, replays: 0, destroyed: 0 })
  })
})
