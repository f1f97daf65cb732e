/** Whoever has many due refreshes takes turns with whoever has few. */
import { expect, it } from 'vitest'
import { inArray, sql } from '../src/db/query.ts'
import { schema } from '../src/index.ts'
import { openQueueBackend } from '../src/jobs/backend.ts'
import { createProducer, type Producer } from '../src/jobs/producer.ts'
import { sweepOnce } from '../src/jobs/sweep.ts'
import { openOAuthHouse } from './oauth-house.ts'

const log = { debug() {}, info() {}, warn() {}, error() {} }

/** As if a worker had taken what the sweep before enqueued. */
const consumed = (producer: Producer): Producer => ({ ...producer, waiting: async () => 0 })

it('goes round the clients, and round the workspaces of each', async () => {
  await using house = await openOAuthHouse({ crowd: {}, few: {} })
  await house.drain()
  const { db } = house.engine
  const { connections, credentials, workspaces } = schema
  await db.insert(workspaces).values({ id: 'second', name: 'Second', slug: 'second' })
  const crowd = await house.seed('crowd', 20)
  const neighbours = crowd.slice(18)
  await db.update(connections).set({ workspaceId: 'second' }).where(inArray(connections.id, neighbours))
  const few = await house.seed('few', 2)
  const due = (ids: string[], minutes: number) =>
    db
      .update(credentials)
      .set({ refreshAt: sql`clock_timestamp() - ${`${minutes} minutes`}::interval` })
      .where(inArray(credentials.connectionId, ids))
  await due(crowd, 30)
  await due(neighbours, 20)
  await due(few, 10)

  const backend = openQueueBackend(house.databaseUrl)
  const producer = createProducer(backend)
  const sweep = async () => (await sweepOnce(db, consumed(producer), { horizonMs: 60_000, sweepLimit: 6 }, log)).rows
  const enqueued = async (ids: string[]) => {
    const rows = await db.select().from(credentials).where(inArray(credentials.connectionId, ids))
    return rows.filter((row) => row.enqueuedUntil !== null).length
  }
  expect(await sweep()).toBe(6)
  expect(await enqueued(few)).toBe(2)
  expect(await enqueued(neighbours)).toBe(2)
  expect(await enqueued(crowd)).toBe(4)

  // Several sweeps at once share what is left and take nothing twice.
  let taken = 6 + (await Promise.all([sweep(), sweep(), sweep()])).reduce((sum, count) => sum + count)
  for (let count = await sweep(); count > 0; count = await sweep()) taken += count
  expect(taken).toBe(22)
  expect(await enqueued([...crowd, ...few])).toBe(22)
  await producer.close()
  await backend.close()
})

it('leaves what it may not send where it is, but for one that tries and what may be spent', async () => {
  await using house = await openOAuthHouse({ broken: {}, sound: {} })
  await house.drain()
  const { db } = house.engine
  const { breakers, connections, credentials } = schema
  const ids = [...(await house.seed('broken', 5)), ...(await house.seed('sound', 2))]
  const spent = ids[4] as string
  await db
    .update(credentials)
    .set({ refreshAt: sql`clock_timestamp() - interval '1 minute'` })
    .where(inArray(credentials.connectionId, ids))
  await db
    .update(credentials)
    .set({ intentGeneration: 1 })
    .where(inArray(credentials.connectionId, [spent]))
  const [{ clientId }] = (await db
    .select({ clientId: connections.clientId })
    .from(connections)
    .where(inArray(connections.id, [spent]))) as [{ clientId: string }]
  const tripped = { dataSource: 'broken', clientId, failures: 1, reason: 'client_misconfigured' }
  const ahead = sql`clock_timestamp() + interval '1 minute'`
  const past = sql`clock_timestamp() - interval '1 second'`

  const backend = openQueueBackend(house.databaseUrl)
  const producer = createProducer(backend)
  const sweep = async () => {
    await db.update(credentials).set({ enqueuedUntil: null })
    await sweepOnce(db, consumed(producer), { horizonMs: 60_000, sweepLimit: 100 }, log)
    const rows = await db.select().from(credentials).where(inArray(credentials.connectionId, ids))
    const enqueued = new Set(rows.filter((row) => row.enqueuedUntil !== null).map((row) => row.connectionId))
    return {
      broken: ids.slice(0, 4).filter((id) => enqueued.has(id)).length,
      spent: enqueued.has(spent),
      all: enqueued.size,
    }
  }

  await db.insert(breakers).values({ ...tripped, openUntil: ahead })
  expect(await sweep()).toEqual({ broken: 0, spent: true, all: 3 })
  // Half open: one goes; while it is under way no other does.
  await db.update(breakers).set({ openUntil: past })
  expect(await sweep()).toEqual({ broken: 1, spent: true, all: 4 })
  await db.update(breakers).set({ probeUntil: ahead })
  expect(await sweep()).toEqual({ broken: 0, spent: true, all: 3 })
  await db.delete(breakers)
  expect(await sweep()).toEqual({ broken: 4, spent: true, all: 7 })
  await producer.close()
  await backend.close()
})
