/** Orders of events that the properties of the refresh protocol found, each told once, over Postgres. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eq, sql } from '../src/db/query.ts'
import { schema } from '../src/index.ts'
import type { TokenClient } from '../src/oauth/token-client.ts'
import { accessOver } from '../src/refresh/access.ts'
import { databaseTime } from '../src/refresh/clock.ts'
import type { CredentialRow } from '../src/refresh/credential.ts'
import type { Intent } from '../src/refresh/intent.ts'
import type { Lease } from '../src/refresh/lease.ts'
import { refresherOver } from '../src/refresh/refresh.ts'
import { createPostgresStore, type RefreshStore } from '../src/refresh/store.ts'
import { inSeconds, type OAuthHouse, openOAuthHouse, past, until } from './oauth-house.ts'
import { createMemoryRows } from './refresh-model/memory-rows.ts'
import { clients, connectionId, glassVault, timings, wholeLease } from './refresh-model/rows.ts'
import { facts, graceSeconds, registryWith } from './refresh-model/spec.ts'

let house: OAuthHouse
const { connections, credentials } = schema
let store: RefreshStore

beforeAll(async () => {
  house = await openOAuthHouse({ items: {} })
  store = createPostgresStore({ db: house.engine.db, signals: { wait: async () => {} }, timings })
})
afterAll(() => house?.[Symbol.asyncDispose]())

/** A connection that the sweep leaves alone. */
async function resting() {
  const { id } = await house.connect('items')
  await house.change(id, { refreshAt: null })
  return id
}

async function lease(id: string) {
  const taken = await store.takeLease(id, wholeLease)
  if (!taken) return expect.fail('the lease is free')
  return taken
}
const leaseEnds = (id: string) => house.change(id, { leaseUntil: past })

describe('a grant that was refused', () => {
  it('is not sent again by a job that was queued before, or by a run that still has its token', async () => {
    const { id } = await house.connect('items')
    const grant = house.grant('items')
    house.server('items').removeGrant(grant)
    await house.change(id, { refreshAt: past })
    await until(async () => (await house.status(id)) === 'needs_reauthorization', 'it asks to be authorized again')
    const before = house.server('items').counters().tokenRequests
    await house.enqueue('connection.refresh', [{ connectionId: id, seenGeneration: 1 }])
    expect(house.server('items').counters().tokenRequests).toBe(before)
    expect(await house.row(id)).toMatchObject({ outcomes: 1, lastOutcome: 'revoked' })
  })
})

describe('an intent that is taken back as nothing was sent', () => {
  it('after another process has the lease leaves that one its first attempt, and not its last', async () => {
    const id = await resting()
    const paused = await lease(id)
    const first = await store.writeIntent(paused)
    await leaseEnds(id)
    const next = await lease(id)
    // To this one it looks like a call without an outcome.
    expect(next.row.intentGeneration).toBe(1)
    await store.takeIntentBack(paused.row, first ?? expect.fail('the intent is written'))
    expect(await store.writeIntent(next)).toEqual({ attempt: 2, isReplay: false })
    expect(await house.row(id)).toMatchObject({ replays: 0, unknownSince: null })
    await store.releaseLease(next)
  })

  it('while another one calls the replay used up is still true, and the grant lives', async () => {
    const id = await resting()
    const lost = await lease(id)
    await store.writeIntent(lost)
    await leaseEnds(id)
    const paused = await lease(id)
    const replay = await store.writeIntent(paused)
    expect(replay).toEqual({ attempt: 2, isReplay: true })
    await leaseEnds(id)
    const last = await lease(id)
    expect(last.row.replays).toBe(1)
    await store.takeIntentBack(paused.row, replay ?? expect.fail('the intent is written'))
    const end = { outcome: 'unknown_outcome', message: 'over', refreshAt: null, takeBack: 'nothing' } as const
    const isRecorded = await store.recordFailure(
      last.row,
      { ...end, status: 'needs_reauthorization', replays: last.row.replays },
      null,
    )
    expect(isRecorded).toBe(false)
    expect(await house.status(id)).toBe('active')
    await store.releaseLease(last)
  })
})

describe('a replay that came to nothing', () => {
  /** Its first sender died, or stands still with the answer waiting for it. */
  async function silent() {
    const id = await resting()
    await store.writeIntent(await lease(id))
    await leaseEnds(id)
    return id
  }
  const soon = (later: number) => new Date(Date.now() + later)
  const attempts = [
    ['was taken back', async ({ row }: Lease, intent: Intent) => store.takeIntentBack(row, intent)],
    [
      'was told that the provider is away',
      async ({ row }: Lease, { attempt }: Intent) => {
        const down = { outcome: 'provider_down', message: 'away', refreshAt: soon(-1), status: 'degraded' } as const
        await store.recordFailure(row, { ...down, takeBack: 'replay', attempt }, null)
      },
    ],
  ] as const

  it.each(attempts)('as it %s leaves the first sender its time', async (_, comesToNothing) => {
    const id = await silent()
    const next = await lease(id)
    await comesToNothing(next, (await store.writeIntent(next)) ?? expect.fail('the intent is written'))
    await store.releaseLease(next)
    await house.change(id, { expiresAt: past })
    const before = house.server('items').counters().tokenRequests
    await house.enqueue('connection.refresh', [{ connectionId: id, seenGeneration: 1, acceptRisk: false }])
    expect(house.server('items').counters().tokenRequests).toBe(before)
    expect(await house.row(id)).toMatchObject({ lastOutcome: 'unknown_outcome', replays: 0, answerLost: false })
    // That is over.
    await house.change(id, { unknownSince: inSeconds(-3600) })
    await house.enqueue('connection.refresh', [{ connectionId: id, seenGeneration: 1, acceptRisk: false }])
    expect(await house.row(id)).toMatchObject({ generation: 2, lastOutcome: 'refreshed', unknownSince: null })
  })
})

describe('a token that its caller calls refused', () => {
  it('does not come back to it from the wait of another caller, who looked at the row before', async () => {
    const rows = createMemoryRows()
    const issuedAt = new Date('2026-01-01T00:00:00Z')
    await rows.setTime(issuedAt)
    await rows.begin({ secret: { accessToken: 'at-1', refreshToken: 'rt-1' }, issuedAt, lifetimeSeconds: 600 })
    await rows.setTime(new Date(issuedAt.getTime() + 500_000))
    let ticks = 0
    let goOn: (() => void) | undefined
    let loads = 0
    const inner = rows.store(() => ticks)
    const access = accessOver(
      {
        ...inner,
        async load(id) {
          const seen = await inner.load(id)
          // The second one is of the caller that waits: it has read the row, and has not gone on.
          if (++loads === 2)
            await new Promise<void>((resolve) => {
              goOn = resolve
            })
          return seen
        },
      },
      { vault: glassVault(), timings, ticks: () => ticks, enqueueRefresh: async () => {} },
    )
    const patient = access.accessToken(connectionId, { minTtlSeconds: 300 })
    await until(async () => goOn !== undefined, 'it waits')
    ticks += timings.callerWaitMs
    const refused = access.accessToken(connectionId, { rejectedGeneration: 1 }).catch((error: unknown) => error)
    await until(async () => (await rows.read())?.credential.rejectedAt && loads === 4, 'the token is reported')
    goOn?.()
    // The one gets what is left of the token, the other no longer.
    expect(await patient).toMatchObject({ accessToken: 'at-1', generation: 1 })
    expect(await refused).toMatchObject({ code: 'refresh_in_progress' })
  })
})

describe('a token that may have ended', () => {
  it('is refused when it is certain that it has, and not while the database may have told the time a moment later', async () => {
    const rows = createMemoryRows()
    const issuedAt = new Date('2026-01-01T00:00:00Z')
    const endsAt = new Date(issuedAt.getTime() + 600_000)
    await rows.setTime(issuedAt)
    await rows.begin({ secret: { accessToken: 'at-1', refreshToken: 'rt-1' }, issuedAt, lifetimeSeconds: 600 })
    let ticks = 0
    const inner = rows.store(() => ticks)
    const lease = await inner.takeLease(connectionId, wholeLease)
    const failure = { outcome: 'rate_limited', message: 'It asks to wait.', takeBack: 'nothing' } as const
    const refreshAt = new Date(endsAt.getTime() + 60_000)
    await inner.recordFailure(
      lease?.row ?? expect.fail('the lease is free'),
      { ...failure, refreshAt, status: 'degraded' },
      null,
    )
    await rows.setTime(new Date(endsAt.getTime() - 3))
    // The question took 5 ms, and the database may have answered at the end of them.
    const slow = {
      ...inner,
      async load(id: string) {
        const asked = ticks
        const loaded = await inner.load(id)
        ticks += 5
        return { ...loaded, time: databaseTime(new Date(endsAt.getTime() - 3), asked, ticks, () => ticks) }
      },
      async changed(_: string, ms: number) {
        ticks += ms
      },
    }
    const access = accessOver(slow, {
      vault: glassVault(),
      timings,
      ticks: () => ticks,
      enqueueRefresh: async () => {},
    })
    const refusal = await access.accessToken(connectionId, {}).catch((error: unknown) => error)
    expect(refusal).toMatchObject({ code: 'refresh_failed' })
    expect(ticks).toBe(5 + 3)
  })
})

describe('a replay that waits for its first byte', () => {
  it.each([
    ['within the grace is sent', 5_000, 1],
    ['until the grace is over is not sent: it would end the grant', 20_000, 0],
  ])('%s', async (_, waitsMs, sent) => {
    const rows = createMemoryRows()
    const issuedAt = new Date('2026-01-01T00:00:00Z')
    await rows.setTime(issuedAt)
    await rows.begin({ secret: { accessToken: 'at-1', refreshToken: 'rt-1' }, issuedAt, lifetimeSeconds: 3600 })
    let ticks = 0
    const pass = async (ms: number) => {
      ticks += ms
      await rows.setTime(new Date(issuedAt.getTime() + ticks))
    }
    // As a process leaves it that died after sending.
    const dead = await rows.store(() => ticks).takeLease(connectionId, wholeLease)
    if (!dead) return expect.fail('the lease is free')
    await rows.store(() => ticks).writeIntent(dead)
    await rows.store(() => ticks).releaseLease(dead)
    await pass((graceSeconds - 15) * 1000)
    let requests = 0
    const tokens: Pick<TokenClient, 'request'> = {
      async request({ beforeSend }) {
        await pass(waitsMs)
        try {
          beforeSend?.()
        } catch {
          return { kind: 'not_sent', reason: 'egress_aborted' }
        }
        requests++
        return { kind: 'answered', status: 503, headers: new Headers(), json: undefined }
      },
    }
    const refresher = refresherOver(
      rows.store(() => ticks),
      {
        vault: glassVault(),
        timings,
        ticks: () => ticks,
        tokens: tokens as TokenClient,
        clients: clients as never,
        registry: registryWith(facts.grace),
        log: { debug() {}, info() {}, warn() {}, error() {} },
      },
    )
    const result = await refresher.refresh(connectionId, { seenGeneration: 1, waitMs: 0 })
    expect(requests).toBe(sent)
    expect(result.outcome).toBe(sent === 1 ? 'provider_down' : 'unknown_outcome')
    // The first one is in doubt as before, and what was not sent does not count.
    expect((await rows.read())?.credential).toMatchObject({ intentGeneration: 1, replays: 0 })
  })
})

describe('an outcome that is written while the connection is changed', () => {
  const pair = { issuedAt: new Date(), expiresAt: inAnHour(), refreshAt: inAnHour() }
  const health = { key: { dataSource: 'items', clientId: '' }, isWell: true } as const
  const failure = { outcome: 'provider_down', message: '', refreshAt: null, takeBack: 'intent' } as const

  it.each([
    ['new tokens', (row: CredentialRow) => store.storePair(row, { ...pair, sealed: row }, health)],
    [
      'a failure',
      (row: CredentialRow) => store.recordFailure(row, { ...failure, status: 'needs_reauthorization' }, null),
    ],
  ])('waits for it, and never the other way round too: %s', async (_, write) => {
    const id = await resting()
    await house.engine.db.update(connections).set({ status: 'degraded' }).where(eq(connections.id, id))
    const row = await house.row(id)
    let written: Promise<unknown> | undefined
    // As another authorization does it: the connection first, then its credential.
    await house.engine.db.transaction(async (tx) => {
      await tx.select().from(connections).where(eq(connections.id, id)).for('update')
      written = write(row)
      written.catch(() => {})
      await until(async () => {
        const waiting = await house.engine.db.execute(
          sql`select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
        )
        return waiting.length > 0
      }, 'the outcome waits')
      await tx.update(credentials).set({ rejectedAt: null }).where(eq(credentials.connectionId, id))
    })
    expect(await written).toBe(true)
  })
})

function inAnHour(): Date {
  return new Date(Date.now() + 3_600_000)
}
