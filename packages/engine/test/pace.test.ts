/** The pace of a connection, kept by all processes together. */
import type { Pace } from '@wellhead/datasource-node'
import { createEgress, type Pacer } from '@wellhead/plugin-host'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createPaces, type Paces } from '../src/connections/pace.ts'
import { connectDatabase, type Database } from '../src/db/database.ts'
import { eq } from '../src/db/query.ts'
import { listenForSignals } from '../src/db/signals.ts'
import { type Connection, schema, type WorkingEngine } from '../src/index.ts'
import { connect, ended } from './beginnings.ts'
import { answer, type DriveProvider, drive, startDrive } from './drive.ts'
import { type House, openHouse, until } from './house.ts'

const never = new AbortController().signal
const perSecond = 20

let house: House
let second: WorkingEngine
let provider: DriveProvider
const connections: Record<string, Connection> = {}
/** When the provider was asked, in milliseconds. */
const asked: number[] = []
/** Which engine asked. */
const answered: Record<'first' | 'second', number> = { first: 0, second: 0 }

beforeAll(async () => {
  provider = await startDrive()
  const source = (id: string, pace?: Pace) => ({ default: { ...drive, id, ...(pace ? { pace: () => pace } : {}) } })
  house = await openHouse({
    builtin: {
      paced: async () => source('paced', { perSecond }),
      narrow: async () => source('narrow', { parallel: 1 }),
      free: async () => source('free'),
    },
    overrides: Object.fromEntries(
      ['paced', 'narrow', 'free'].map((id) => [id, { endpoints: { api: provider.origin } }]),
    ),
  })
  const quiet = { info() {}, warn() {}, error() {} }
  const debug = (message: string) => void (message === 'the provider answered' && answered.second++)
  second = await house.another({ log: { ...quiet, debug } })
  const egress = createEgress({ allow: ['127.0.0.0/8'] })
  // So many at once in each that neither can take all the runs for itself.
  await house.engine.work({ egress, concurrency: { runs: 8 } })
  await second.work({ egress, concurrency: { runs: 8 } })
  for (const dataSource of ['paced', 'narrow', 'free'])
    connections[dataSource] = await connect(house, house.owner, { dataSource, apiKey: provider.key })
})
afterEach(() => {
  provider.intercept = undefined
  asked.length = 0
})
afterAll(async () => {
  await house?.[Symbol.asyncDispose]()
  await provider?.close()
})

const list = (dataSource: string) =>
  house.engine.runs.create(house.owner, { dataSource, operation: 'list_folder', parameters: {} })

describe('two engines on one database', () => {
  it('ask no oftener together than the source allows', async () => {
    provider.intercept = ({ url }) => {
      // A connection whose validation took long may be validated once more meanwhile.
      if (url?.startsWith('/folder')) asked.push(performance.now())
      return false
    }
    const before = answered.second
    const runs = await Promise.all(Array.from({ length: 24 }, () => list('paced')))
    for (const { id } of runs) expect(await ended(house, house.owner, id)).toMatchObject({ status: 'completed' })
    expect(asked).toHaveLength(24)
    const bySecond = answered.second - before
    expect(bySecond).toBeGreaterThan(0)
    expect(bySecond).toBeLessThan(24)
    // Twice as often, as two that do not know of each other would ask, is half of this. A busy machine delivers unevenly.
    const apart = (from: number, to: number) => (asked[to] as number) - (asked[from] as number)
    expect(apart(0, 23)).toBeGreaterThan(0.85 * 23 * (1_000 / perSecond))
    for (let at = 10; at < asked.length; at++)
      expect(apart(at - 10, at)).toBeGreaterThan(0.7 * 10 * (1_000 / perSecond))
  })

  it('stop both when one of them is told to wait', async () => {
    let toldAt: number | undefined
    provider.intercept = (_, response) => {
      asked.push(performance.now())
      if (toldAt !== undefined) return false
      toldAt = performance.now()
      answer(response, 429, {}, { 'retry-after': '1' })
      return true
    }
    const first = await list('free')
    await until(async () => toldAt !== undefined, 'the provider asks to wait')
    await until(
      async () =>
        (await house.engine.db.select().from(schema.paces)).some((row) => row.connectionId === connections.free?.id),
      'the pause is known',
    )
    const others = await Promise.all(Array.from({ length: 10 }, () => list('free')))
    for (const { id } of [first, ...others])
      expect(await ended(house, house.owner, id)).toMatchObject({ status: 'completed' })
    expect(asked).toHaveLength(12)
    for (const at of asked.slice(1)) expect(at - (toldAt as number)).toBeGreaterThanOrEqual(995)
    await house.engine.db.delete(schema.paces)
  })

  it('write nothing for a source without a rate', async () => {
    for (const dataSource of ['free', 'narrow']) {
      const runs = await Promise.all(Array.from({ length: 4 }, () => list(dataSource)))
      for (const { id } of runs) await ended(house, house.owner, id)
    }
    const rows = await house.engine.db.select().from(schema.paces)
    expect(rows.map((row) => row.connectionId)).not.toContain(connections.free?.id)
    expect(rows.map((row) => row.connectionId)).not.toContain(connections.narrow?.id)
  })
})

describe('the row of a connection', () => {
  interface Process {
    readonly paces: Paces
    readonly db: Database
    close(): Promise<void>
  }
  const processes: Process[] = []
  const warnings: string[] = []

  async function process(): Promise<Process> {
    const { db, close } = connectDatabase(house.databaseUrl, { max: 4, pooled: false })
    const signals = await listenForSignals(house.databaseUrl)
    const write = (message: string) => void warnings.push(message)
    const log = { debug: write, info: write, warn: write, error: write }
    const one = {
      paces: createPaces({ db, signals, log }),
      db,
      async close() {
        await signals.close()
        await close()
      },
    }
    processes.push(one)
    return one
  }
  const of = (one: Process, pace: Pace): Pacer => one.paces.of(connections.narrow?.id as string, pace)
  const refused = (call: Promise<unknown>) =>
    call.then(
      () => undefined,
      (error: unknown) => error,
    )

  afterEach(async () => {
    for (const one of processes.splice(0)) await one.close()
    await house.engine.db.delete(schema.paces)
    warnings.length = 0
  })

  it('a pause reaches whoever already waits for its turn, in another process', async () => {
    const [one, other] = [await process(), await process()]
    const pace = { perSecond: 2 }
    ;(await of(one, pace).admit(never, 10_000))()
    const begun = performance.now()
    // Half a second to go by its slot.
    const waiting = of(other, pace).admit(never, 10_000)
    await until(async () => other.paces.inUse() === 1, 'it waits')
    await new Promise((resolve) => setTimeout(resolve, 100))
    await of(one, pace).pause(1_200)
    ;(await waiting)()
    expect(performance.now() - begun).toBeGreaterThanOrEqual(1_280)
  })

  it('lets nobody wait beyond its patience, and says how long it would be', async () => {
    const one = await process()
    for (const pace of [{ perSecond: 1_000 }, {}]) {
      await of(one, pace).pause(60_000)
      const begun = performance.now()
      const error = await refused(of(one, pace).admit(never, 5_000))
      expect(error).toMatchObject({ code: 'rate_limited' })
      expect((error as { retryAfterMs: number }).retryAfterMs).toBeGreaterThan(58_000)
      expect(performance.now() - begun).toBeLessThan(2_000)
    }
    // A shorter pause does not end a longer one, and none is for ever.
    await of(one, {}).pause(10)
    expect(await refused(of(one, {}).admit(never, 5_000))).toMatchObject({ code: 'rate_limited' })
    await of(one, {}).pause(10 ** 12)
    const day = (await refused(of(one, {}).admit(never, 0))) as { retryAfterMs: number }
    expect(day.retryAfterMs).toBeLessThanOrEqual(24 * 3_600_000)
  })

  it('a burst goes at once, over both processes together; what comes behind it waits', async () => {
    const [one, other] = [await process(), await process()]
    const pace = { perSecond: 2, burst: 3 }
    for (const engine of [one, other, one]) (await of(engine, pace).admit(never, 0))()
    expect(await refused(of(other, pace).admit(never, 100))).toMatchObject({ code: 'rate_limited' })
    ;(await of(other, pace).admit(never, 2_000))()
  })

  it('whoever gives up takes no slot', async () => {
    const one = await process()
    const pace = { perSecond: 2 }
    ;(await of(one, pace).admit(never, 1_000))()
    const begun = performance.now()
    for (let time = 0; time < 5; time++)
      expect(await refused(of(one, pace).admit(never, 100))).toMatchObject({ code: 'rate_limited' })
    ;(await of(one, pace).admit(never, 2_000))()
    expect(performance.now() - begun).toBeLessThan(1_000)
  })

  it('so many at once in one process, for however many contexts of the connection', async () => {
    const one = await process()
    const leave = await of(one, { parallel: 1 }).admit(never, 1_000)
    expect(await refused(of(one, { parallel: 1 }).admit(never, 50))).toMatchObject({ code: 'rate_limited' })
    leave()
    ;(await of(one, { parallel: 1 }).admit(never, 1_000))()
    expect(await house.engine.db.select().from(schema.paces)).toEqual([])
  })

  it('nothing of a connection is held while nobody uses it', async () => {
    const one = await process()
    const held = []
    for (let number = 0; number < 200; number++) {
      const pacer = one.paces.of(`con_${number}`, { parallel: 2 })
      held.push(await pacer.admit(never, 1_000))
    }
    expect(one.paces.inUse()).toBe(200)
    for (const leave of held) {
      leave()
      leave()
    }
    expect(one.paces.inUse()).toBe(0)
    await refused(one.paces.of('con_x', {}).admit(AbortSignal.abort(), 1_000))
    expect(one.paces.inUse()).toBe(0)
  })

  it('goes with its connection; a pause of one that is gone is not written, and breaks nothing', async () => {
    const one = await process()
    const doomed = await connect(house, house.owner, { dataSource: 'paced', apiKey: provider.key, name: 'Doomed' })
    ;(await one.paces.of(doomed.id, { perSecond: 5 }).admit(never, 1_000))()
    const row = () => one.db.select().from(schema.paces).where(eq(schema.paces.connectionId, doomed.id))
    expect(await row()).toHaveLength(1)
    await house.engine.connections.delete(house.owner, doomed.id)
    await until(async () => (await row()).length === 0, 'the row is gone')
    await one.paces.of(doomed.id, {}).pause(1_000)
    expect(warnings).toEqual(['a pause of a connection was not written'])
    ;(await one.paces.of(doomed.id, {}).admit(never, 1_000))()
  })
})
