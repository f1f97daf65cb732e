/** A sweep enqueues what the queue has room for: all that is due where workers are quick, and no more and more where they are not. */
import { expect, it } from 'vitest'
import { inArray, sql } from '../src/db/query.ts'
import { schema } from '../src/index.ts'
import { openQueueBackend } from '../src/jobs/backend.ts'
import { REFRESHES_OF_A_JOB } from '../src/jobs/catalog.ts'
import { createProducer, type Producer } from '../src/jobs/producer.ts'
import { sweepOnce } from '../src/jobs/sweep.ts'
import { until } from './house.ts'
import { type OAuthHouse, openOAuthHouse } from './oauth-house.ts'

/** Due connections, and nobody who works yet. */
async function dueConnections(house: OAuthHouse, count: number): Promise<string[]> {
  await house.drain()
  const ids = await house.seed('files', count)
  await house.engine.db
    .update(schema.credentials)
    .set({ refreshAt: sql`clock_timestamp() - interval '1 minute'` })
    .where(inArray(schema.credentials.connectionId, ids))
  return ids
}

const rowsOf = (house: OAuthHouse, ids: string[]) =>
  house.engine.db.select().from(schema.credentials).where(inArray(schema.credentials.connectionId, ids))

async function withProducer(house: OAuthHouse, act: (producer: Producer) => Promise<void>): Promise<void> {
  const backend = openQueueBackend(house.databaseUrl)
  const producer = createProducer(backend)
  await act(producer)
  await producer.close()
  await backend.close()
}

it('a worker does not rest before all that is due is enqueued', async () => {
  await using house = await openOAuthHouse({ files: {} })
  const ids = await dueConnections(house, 40)
  await house.work(await house.another({ timings: { pollMs: 20, sweepMs: 3_600_000, sweepLimit: 5 } }))
  await until(async () => (await rowsOf(house, ids)).every(({ generation }) => generation === 2), 'all are refreshed')
  expect(
    house
      .server('files')
      .grants()
      .every(({ counters }) => counters.refreshes === 1),
  ).toBe(true)
})

it('what nobody takes is not enqueued again and again', async () => {
  await using house = await openOAuthHouse({ files: {} })
  const ids = await dueConnections(house, 20)
  await withProducer(house, async (producer) => {
    const log = { debug() {}, info() {}, warn() {}, error() {} }
    // Each mark runs out at once.
    const sweep = () => sweepOnce(house.engine.db, producer, { horizonMs: 0, sweepLimit: 2 * REFRESHES_OF_A_JOB }, log)
    expect(await sweep()).toEqual({ rows: 20, isMore: false })
    expect(await sweep()).toEqual({ rows: 20, isMore: false })
    for (let time = 0; time < 5; time++) expect(await sweep()).toEqual({ rows: 0, isMore: true })
    expect(await producer.waiting('refresh-background')).toBe(2)
  })
  await house.work(await house.another())
  await until(async () => (await rowsOf(house, ids)).every(({ generation }) => generation === 2), 'all are refreshed')
})

it('what a queue does not take is left unmarked, and what it cannot be asked for is left alone', async () => {
  await using house = await openOAuthHouse({ files: {} })
  const ids = await dueConnections(house, 3)
  const said: unknown[] = []
  const log = { debug() {}, info() {}, warn: (_: string, fields?: object) => void said.push(fields), error() {} }
  const away = async () => {
    throw new Error('away')
  }
  await withProducer(house, async (producer) => {
    for (const lost of [{ enqueue: away }, { waiting: away }]) {
      const swept = await sweepOnce(
        house.engine.db,
        { ...producer, ...lost },
        { horizonMs: 60_000, sweepLimit: 100 },
        log,
      )
      expect(swept).toEqual({ rows: 0, isMore: false })
      expect(said).toContainEqual({ kind: 'credentials', error: 'Error: away' })
      said.length = 0
      expect((await rowsOf(house, ids)).map(({ enqueuedUntil }) => enqueuedUntil)).toEqual([null, null, null])
    }
    await sweepOnce(house.engine.db, producer, { horizonMs: 60_000, sweepLimit: 100 }, log)
    expect(said).toEqual([])
    expect((await rowsOf(house, ids)).every(({ enqueuedUntil }) => enqueuedUntil !== null)).toBe(true)
  })
})
