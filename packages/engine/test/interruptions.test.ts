/** Runs that are cancelled, late, asked to wait, or whose worker is gone. */

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { eq, sql } from '../src/db/query.ts'
import { type Connection, type Operation, schema } from '../src/index.ts'
import { connect, ended, gate, refusal } from './beginnings.ts'
import { answer, type DriveProvider, drive, startDrive } from './drive.ts'
import { type House, openHouse, until } from './house.ts'
import { type SiteProvider, site, startSite } from './site.ts'

let house: House
let driveProvider: DriveProvider
let siteProvider: SiteProvider
let files: Connection
let crawler: Connection

beforeAll(async () => {
  driveProvider = await startDrive()
  siteProvider = await startSite()
  house = await openHouse({
    builtin: { drive: async () => ({ default: drive }), site: async () => ({ default: site }) },
    overrides: {
      drive: { endpoints: { api: driveProvider.origin } },
      site: { endpoints: { api: siteProvider.origin } },
    },
  })
  await house.work()
  files = await connect(house, house.owner, { dataSource: 'drive', apiKey: driveProvider.key })
  crawler = await connect(house, house.owner, { dataSource: 'site', apiKey: siteProvider.key })
  for (const id of ['a', 'b', 'c', 'd']) driveProvider.files.set(id, { pieces: [Buffer.from(`file ${id}`)] })
})
/** Nobody was told to wait. */
const unpause = () => house.engine.db.delete(schema.paces)

afterEach(async () => {
  await unpause()
  driveProvider.intercept = undefined
  siteProvider.intercept = undefined
  siteProvider.jobs.length = 0
})
afterAll(async () => {
  await house?.[Symbol.asyncDispose]()
  await driveProvider?.close()
  await siteProvider?.close()
})

const start = (connection: Connection, operation: Operation, parameters = {}, engine = house.engine) =>
  engine.runs.create(house.owner, {
    dataSource: connection.dataSource,
    connectionId: connection.id,
    operation,
    parameters,
  })
const crawl = (connection = crawler, engine = house.engine) =>
  start(connection, 'crawl', { url: 'https://e.test' }, engine)
const rowOf = async (id: string) => {
  const [row] = await house.engine.db.select().from(schema.runs).where(eq(schema.runs.id, id))
  return row as typeof schema.runs.$inferSelect
}
const found = async (id: string) =>
  (await house.engine.runs.documents(house.owner, id, {})).map(({ externalId }) => externalId)
const eventsOf = async (runId: string) => {
  const rows = await house.engine.db.select().from(schema.events).where(eq(schema.events.runId, runId))
  return rows.sort((a, b) => a.ordinal - b.ordinal).map(({ type }) => type)
}
const job = (at: number) => until(async () => siteProvider.jobs.at(at), 'the crawl began at the provider')

describe('a cancel', () => {
  it('of a crawl is passed on to the provider', async () => {
    siteProvider.fresh = { pages: [{ url: 'https://e.test/1', markdown: '1' }], done: false }
    const { id } = await crawl()
    const begun = await job(-1)
    await until(async () => (await rowOf(id)).documentCount === 1, 'the first page is there')
    await house.engine.runs.cancel(house.owner, id)
    expect(await ended(house, house.owner, id)).toMatchObject({ status: 'cancelled', documentCount: 1 })
    await until(async () => begun.cancelled, 'the provider was told')
    expect(await refusal(house.engine.runs.cancel(house.owner, id))).toBe('run_finished')
    await until(async () => (await rowOf(id)).dueAt === null, 'nothing is left to do')
    expect((await eventsOf(id)).filter((type) => type !== 'run.progress')).toEqual(['run.started', 'run.cancelled'])
  })

  it('is passed on also when the provider does not answer at first', async () => {
    siteProvider.fresh = { pages: [], done: false }
    const { id } = await crawl()
    const begun = await job(-1)
    let refused = 0
    siteProvider.intercept = (request, response) => {
      if (request.method !== 'DELETE' || refused >= 1) return false
      refused++
      answer(response, 503, {})
      return true
    }
    await until(async () => (await rowOf(id)).checkpoint !== null, 'the crawl is known')
    await house.engine.runs.cancel(house.owner, id)
    expect((await ended(house, house.owner, id)).status).toBe('cancelled')
    await until(async () => begun.cancelled, 'the provider was told in the end')
    expect(refused).toBe(1)
  })

  it('is passed on for a crawl whose worker is gone', async () => {
    siteProvider.fresh = { pages: [], done: false }
    siteProvider.jobs.push({ id: 'lost', pages: [], done: false, cancelled: false })
    const lost = siteProvider.jobs.at(-1)
    const { id } = await crawl(crawler)
    // As if a worker had begun it elsewhere and died.
    await until(async () => {
      const [row] = await house.engine.db
        .update(schema.runs)
        .set({
          status: 'running',
          checkpoint: { id: 'lost' },
          leaseHolder: 'dead',
          leaseUntil: sql`clock_timestamp() + interval '500 milliseconds'`,
          startedAt: new Date(),
        })
        .where(eq(schema.runs.id, id))
        .returning()
      return row?.leaseHolder === 'dead'
    }, 'the worker died')
    await house.engine.runs.cancel(house.owner, id)
    expect((await ended(house, house.owner, id)).status).toBe('cancelled')
    await until(async () => lost?.cancelled, 'the provider was told')
  })

  it('of a run that waits for its time ends it at once', async () => {
    driveProvider.intercept = (_, response) => {
      answer(response, 429, {}, { 'retry-after': '600' })
      return true
    }
    const { id } = await start(files, 'list_folder')
    await until(async () => ((await rowOf(id)).dueAt?.getTime() ?? 0) > Date.now() + 500_000, 'it waits')
    await house.engine.runs.cancel(house.owner, id)
    expect((await ended(house, house.owner, id)).status).toBe('cancelled')
  })
})

describe('deleting a connection while it runs', () => {
  it('ends the run, and the crawl at the provider, before the credential is gone', async () => {
    const connection = await connect(house, house.owner, { dataSource: 'site', apiKey: siteProvider.key })
    siteProvider.fresh = { pages: [], done: false }
    const { id } = await crawl(connection)
    const begun = await job(-1)
    await until(async () => (await rowOf(id)).checkpoint !== null, 'the crawl is known')
    let refused = 0
    siteProvider.intercept = (request, response) => {
      if (request.method !== 'DELETE' || refused >= 1) return false
      refused++
      answer(response, 503, {})
      return true
    }
    await house.engine.connections.delete(house.owner, connection.id)
    await until(
      async () => (await refusal(house.engine.connections.get(house.owner, connection.id))) === 'connection_not_found',
      'the connection is erased',
    )
    expect(begun.cancelled).toBe(true)
    expect((await eventsOf(id)).at(-1)).toBe('run.cancelled')
    const rows = await house.engine.db.select().from(schema.runs).where(eq(schema.runs.id, id))
    expect(rows).toEqual([])
  })
})

describe('a deadline', () => {
  it('ends a run, with what it has, and its crawl at the provider', async () => {
    const hasty = await house.another({ timings: { ...(await import('./house.ts')).quickTimings, runDeadlineMs: 600 } })
    siteProvider.fresh = { pages: [{ url: 'https://e.test/1', markdown: '1' }], done: false }
    const { id } = await crawl(crawler, hasty)
    const begun = await job(-1)
    const end = await ended(house, house.owner, id)
    expect(end).toMatchObject({ status: 'failed', error: { code: 'deadline_exceeded' }, documentCount: 1 })
    await until(async () => begun.cancelled, 'the provider was told')
  })
})

describe('a provider that asks to wait', () => {
  it('is waited for, and the run goes on where it was', async () => {
    const asked: string[] = []
    driveProvider.intercept = (request, response) => {
      asked.push(request.url ?? '')
      if (request.url !== '/folder?from=2' || asked.filter((url) => url === request.url).length > 1) return false
      answer(response, 429, {}, { 'retry-after': '1' })
      return true
    }
    const { id } = await start(files, 'list_folder')
    expect(await ended(house, house.owner, id)).toMatchObject({ status: 'completed', documentCount: 4 })
    // The first page was not asked for again.
    expect(asked).toEqual(['/folder?from=0', '/folder?from=2', '/folder?from=2'])
    expect((await eventsOf(id)).filter((type) => type === 'run.started')).toHaveLength(1)
  })

  it('is waited for also by a duplicate of the job', async () => {
    let asked = 0
    driveProvider.intercept = (_, response) => {
      asked++
      answer(response, 429, {}, { 'retry-after': '600' })
      return true
    }
    const { id } = await start(files, 'list_folder')
    await until(async () => ((await rowOf(id)).dueAt?.getTime() ?? 0) > Date.now() + 500_000, 'it waits')
    const { openQueueBackend } = await import('../src/jobs/backend.ts')
    const { createProducer } = await import('../src/jobs/producer.ts')
    const producer = createProducer(openQueueBackend(house.databaseUrl))
    await producer.enqueueRun(id)
    await until(async () => (await producer.counts()).every(({ count }) => count === 0), 'the queue is empty')
    await producer.close()
    expect(asked).toBe(1)
    await house.engine.runs.cancel(house.owner, id)
  })
})

describe('a lost lease', () => {
  const download = { ids: ['a', 'b', 'c'] }

  it('has another worker take the run up, and nothing is written twice', async () => {
    // Asked for by a process that has no worker, and found half done.
    driveProvider.intercept = (_, response) => {
      answer(response, 429, {}, { 'retry-after': '600' })
      return true
    }
    const { id } = await start(files, 'download', download)
    await until(async () => ((await rowOf(id)).dueAt?.getTime() ?? 0) > Date.now() + 500_000, 'it waits')
    driveProvider.intercept = undefined
    await unpause()
    const { db } = house.engine
    await db.insert(schema.documents).values({
      id: 'doc_ofthedead',
      runId: id,
      workspaceId: house.owner.workspaceId,
      sequence: 1,
      kind: 'file',
      externalId: 'a',
      title: 'a',
    })
    await db
      .update(schema.runs)
      .set({
        leaseHolder: 'dead',
        leaseUntil: sql`clock_timestamp() + interval '300 milliseconds'`,
        dueAt: new Date(),
        documentCount: 1,
      })
      .where(eq(schema.runs.id, id))
    expect(await ended(house, house.owner, id)).toMatchObject({ status: 'completed', documentCount: 3 })
    expect(await found(id)).toEqual(['a', 'b', 'c'])
  })

  it('has the former worker write no more, although it does not know yet', async () => {
    const held = gate()
    let asked = false
    driveProvider.intercept = (request, response) => {
      if (request.url !== '/files/b') return false
      asked = true
      void held.opened.then(() => response.end('late'))
      return true
    }
    const { id } = await start(files, 'download', download)
    await until(async () => asked, 'the second file is asked for')
    // Its place is taken by one that sees the former documents and goes on.
    const { db } = house.engine
    await db
      .update(schema.runs)
      .set({ leaseHolder: 'another', leaseUntil: sql`clock_timestamp() + interval '1 hour'` })
      .where(eq(schema.runs.id, id))
    held.open()
    await until(
      async () => house.logs.some((entry) => (entry as { runId?: string }).runId === id) || undefined,
      'the former worker noticed',
    )
    expect(await found(id)).toEqual(['a'])
    expect(await rowOf(id)).toMatchObject({ status: 'running', leaseHolder: 'another', documentCount: 1 })
    await db.update(schema.runs).set({ leaseUntil: new Date() }).where(eq(schema.runs.id, id))
    driveProvider.intercept = undefined
    expect(await ended(house, house.owner, id)).toMatchObject({ status: 'completed', documentCount: 3 })
    expect(await found(id)).toEqual(['a', 'b', 'c'])
  })
})
