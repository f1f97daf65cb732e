/**
 * The store in memory, over which the properties of the refresh protocol run, does what the one in PostgreSQL does: after every call
 * of any sequence both answered the same and hold the same row.
 */
import { createTestDatabase, type TestDatabase } from '@wellhead/test-services'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { Health } from '../src/refresh/breaker.ts'
import type { LoadedCredential } from '../src/refresh/credential.ts'
import type { Intent } from '../src/refresh/intent.ts'
import { type Lease, leaseTermFor } from '../src/refresh/lease.ts'
import type { FailedOutcome, NewPair } from '../src/refresh/write.ts'
import { createMemoryRows } from './refresh-model/memory-rows.ts'
import { createPostgresRows, type PostgresRows } from './refresh-model/postgres-rows.ts'
import {
  client,
  clientId,
  connectionId,
  dataSource,
  glassVault,
  type Rows,
  timings,
  wholeLease,
} from './refresh-model/rows.ts'

let database: TestDatabase
let stored: PostgresRows

beforeAll(async () => {
  database = await createTestDatabase()
  stored = await createPostgresRows(database.url)
})
afterAll(async () => {
  vi.restoreAllMocks()
  await stored?.[Symbol.asyncDispose]()
  await database?.[Symbol.asyncDispose]()
})

const begun = new Date('2026-01-01T00:00:00Z')
const key = { dataSource, clientId }
const shortLease = leaseTermFor({ kind: 'grace', graceSeconds: 60 }, timings)

/** One side of the comparison, with what a process would have kept from its former calls. */
class Side {
  readonly loads: LoadedCredential[] = []
  readonly leases: Lease[] = []
  readonly intents: Intent[] = []
  readonly rows: Rows

  constructor(rows: Rows) {
    this.rows = rows
  }

  get store() {
    return this.rows.store(() => 0)
  }
}

/** A call, by numbers that mean the same on both sides; what it answers is compared. */
type Call = (side: Side, now: Date) => Promise<unknown>

const nth = <Value>(list: readonly Value[], index: number): Value | undefined => list[index % Math.max(list.length, 1)]
/** A row as somebody holds it who read it a while ago: of the generation that it had then. */
async function rowOf(side: Side, isOld: boolean) {
  const row = nth(side.leases, isOld ? 0 : side.leases.length - 1)?.row ?? (await side.rows.read())?.credential
  return row ?? expect.fail('there is a row')
}

const health = fc.oneof(
  fc.constant<Health>({ key, isWell: true }),
  fc.record({
    key: fc.constant(key),
    isWell: fc.constant(false as const),
    reason: fc.constantFrom('provider_down', 'client_misconfigured', 'unknown_outcome'),
    retryAfterMs: fc.constantFrom(undefined, 90_000),
  }),
)
const failure = fc.record({
  outcome: fc.constantFrom('revoked', 'provider_down', 'rate_limited', 'unknown_outcome'),
  message: fc.constant('It failed.'),
  waitMs: fc.constantFrom(null, 1_000, 600_000),
  takeBack: fc.constantFrom('intent' as const, 'replay' as const, 'nothing' as const),
  attempt: fc.constantFrom(undefined, 1, 2, 3),
  replays: fc.constantFrom(undefined, undefined, 0, 1),
  status: fc.constantFrom('degraded' as const, 'needs_reauthorization' as const, 'unchanged' as const),
})

const call: fc.Arbitrary<{ name: string; act: Call }> = fc.oneof(
  named('takeLease', fc.boolean(), (isShort) => async (side) => {
    const lease = await side.store.takeLease(connectionId, isShort ? shortLease : wholeLease)
    if (lease) side.leases.push(lease)
    return lease && { row: known(lease.row), earliest: lease.time.earliest() }
  }),
  // Of a row as it was loaded a while ago, perhaps.
  named('startAttempt', fc.tuple(fc.nat(2), fc.boolean()), ([index, isShort]) => async (side) => {
    const loaded = nth(side.loads.toReversed(), index)
    const started = loaded && (await side.store.startAttempt(loaded, isShort ? shortLease : wholeLease, client))
    if (!started) return started
    side.leases.push(started.lease)
    side.intents.push(started.intent)
    return { row: known(started.lease.row), earliest: started.lease.time.earliest(), intent: started.intent }
  }),
  named('renewLease', fc.nat(3), (index) => async (side) => {
    const lease = nth(side.leases.toReversed(), index)
    return lease && side.store.renewLease(lease)
  }),
  named('releaseLease', fc.nat(3), (index) => async (side) => {
    const lease = nth(side.leases, index)
    if (lease) await side.store.releaseLease(lease)
  }),
  named('writeIntent', fc.nat(3), (index) => async (side) => {
    const lease = nth(side.leases.toReversed(), index)
    const intent = lease && (await side.store.writeIntent(lease))
    if (intent) side.intents.push(intent)
    return intent
  }),
  named('takeIntentBack', fc.tuple(fc.nat(3), fc.boolean()), ([index, isOld]) => async (side) => {
    const intent = nth(side.intents.toReversed(), index)
    if (intent) await side.store.takeIntentBack(await rowOf(side, isOld), intent)
  }),
  named('admit', fc.constant(undefined), () => (side) => side.store.admit(key)),
  named('storePair', fc.tuple(fc.boolean(), fc.boolean(), fc.nat(999), health), ([isOld, isBroken, serial, told]) => {
    return async (side, now) => {
      const pair: NewPair = {
        sealed: await glassVault().seal({} as never, { accessToken: `at-${serial}`, refreshToken: `rt-${serial}` }),
        issuedAt: now,
        expiresAt: new Date(now.getTime() + 3_600_000),
        refreshAt: new Date(now.getTime() + 2_880_000),
        failure: isBroken ? { outcome: 'invalid_answer', message: 'It has no access_token.' } : undefined,
      }
      return side.store.storePair(await rowOf(side, isOld), pair, told)
    }
  }),
  named('recordFailure', fc.tuple(fc.boolean(), failure, fc.option(health)), ([isOld, { waitMs, ...rest }, told]) => {
    return async (side, now) => {
      const outcome = { ...rest, refreshAt: waitMs === null ? null : new Date(now.getTime() + waitMs) }
      return side.store.recordFailure(await rowOf(side, isOld), outcome as FailedOutcome, told)
    }
  }),
  named('recordBreakerOpen', fc.boolean(), (isOld) => async (side, now) => {
    await side.store.recordBreakerOpen(await rowOf(side, isOld), new Date(now.getTime() + 30_000), 'paused')
  }),
  named(
    'askForRefresh',
    fc.constantFrom(1, 2),
    (generation) => (side) => side.store.askForRefresh(connectionId, generation),
  ),
  named('forgetAsking', fc.constant(undefined), () => (side) => side.store.forgetAsking(connectionId)),
  named(
    'rejectToken',
    fc.constantFrom(1, 2),
    (generation) => (side) => side.store.rejectToken(connectionId, generation, { isKey: false }),
  ),
  named(
    'reauthorize',
    fc.nat(999),
    (serial) => (side, now) =>
      side.rows.reauthorize({
        secret: { accessToken: `new-at-${serial}`, refreshToken: `new-rt-${serial}` },
        issuedAt: now,
        lifetimeSeconds: 3600,
      }),
  ),
  named('reseal', fc.constantFrom(1, 2), (generation) => async (side) => {
    const row = (await side.rows.read())?.credential ?? expect.fail('there is a row')
    const next = { sealed: Buffer.from(row.sealed), keyId: `${row.keyId}+` }
    return side.rows.reseal({ generation, keyId: row.keyId }, next)
  }),
  named('load', fc.constant(undefined), () => async (side) => {
    const loaded = await side.store.load(connectionId)
    const { connection, credential, time } = loaded
    side.loads.push(loaded)
    return { status: connection.status, row: known(credential), earliest: time.earliest() }
  }),
)

function named<Input>(name: string, input: fc.Arbitrary<Input>, act: (input: Input) => Call) {
  return input.map((value) => ({ name: `${name} ${JSON.stringify(value) ?? ''}`, act: act(value) }))
}

/** All of a row but who holds the lease, which is drawn by lot; and the bytes as they read. */
function known(row: Awaited<ReturnType<typeof rowOf>>) {
  return { ...row, leaseHolder: row.leaseHolder !== null, sealed: row.sealed.toString() }
}

async function begin(rows: Rows): Promise<Side> {
  await rows.setTime(begun)
  await rows.begin({ secret: { accessToken: 'at-0', refreshToken: 'rt-0' }, issuedAt: begun, lifetimeSeconds: 3600 })
  return new Side(rows)
}

describe('the store in memory', () => {
  it('answers and holds what the one in PostgreSQL does, after any calls', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0.5)
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(call, fc.constantFrom(0, 1_000, 31_000, 121_000)), { maxLength: 24, size: 'max' }),
        async (calls) => {
          const sides = [await begin(createMemoryRows()), await begin(stored)]
          let now = begun
          for (const [{ name, act }, passes] of calls) {
            now = new Date(now.getTime() + passes)
            for (const { rows } of sides) await rows.setTime(now)
            const [inMemory, inPostgres] = [await act(sides[0] as Side, now), await act(sides[1] as Side, now)]
            expect(inMemory, name).toEqual(inPostgres)
            const [one, other] = [await sides[0]?.rows.read(), await sides[1]?.rows.read()]
            if (!one || !other) return expect.fail('there is a row')
            expect({ ...one, credential: known(one.credential) }, name).toEqual({
              ...other,
              credential: known(other.credential),
            })
          }
        },
      ),
      { numRuns: 60, interruptAfterTimeLimit: 20_000 },
    )
  })
})
