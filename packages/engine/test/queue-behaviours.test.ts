/** What must hold whatever queue carries the work: one suite, run on both backends. */
import { describeWithRedis, type TestRedis } from '@wellhead/test-services'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { firstValidation, schema } from '../src/index.ts'
import { type House, openHouse, until } from './house.ts'
import { type NotesProvider, notes, startNotes } from './notes.ts'

function behaviours(queue: () => TestRedis | undefined) {
  let house: House
  let provider: NotesProvider

  beforeAll(async () => {
    provider = await startNotes()
    const redis = queue()
    house = await openHouse({
      builtin: { notes: async () => ({ default: notes }) },
      overrides: { notes: { endpoints: { api: provider.origin } } },
      ...(redis ? { queue: redis } : {}),
    })
    await house.work()
  })
  afterAll(async () => {
    await house?.[Symbol.asyncDispose]()
    await provider?.close()
  })

  const connect = async (apiKey = provider.key) => {
    const created = await house.engine.connections.create(house.owner, { dataSource: 'notes', apiKey })
    return house.engine.connections.settled(house.owner, created.id, firstValidation(created.id), 15_000)
  }

  it('API key validation starts a real crawl or a billed read; OAuth results are never validated: here a key is proven by asking whose it is', async () => {
    const { done, value } = await connect()
    expect(done).toBe(true)
    expect(value).toMatchObject({ status: 'active', account: { id: 'acc1', name: 'Acme notes' }, keyHint: '6789' })
  })

  it('refuses a wrong key by name', async () => {
    const { value } = await connect('a-wrong-key-altogether')
    expect(value).toMatchObject({ status: 'invalid', lastError: { code: 'unauthorized' } })
    await house.engine.connections.delete(house.owner, value.id)
  })

  it('runs a node after its preflight, and keeps the documents in order', async () => {
    const run = await house.engine.runs.create(house.owner, { dataSource: 'notes', operation: 'list_pages' })
    const { value } = await house.engine.runs.settled(house.owner, run.id, 15_000)
    expect(value).toMatchObject({ status: 'completed', documentCount: 7, nextCursor: null, error: null })
    const documents = await house.engine.runs.documents(house.owner, run.id, {})
    expect(documents.map((document) => document.externalId)).toEqual(['1', '2', '3', '4', '5', '6', '7'])
    expect(documents.map((document) => document.sequence)).toEqual([1, 2, 3, 4, 5, 6, 7])
  })

  it('reads pages, reports the one that is missing and keeps the rest', async () => {
    const run = await house.engine.runs.create(house.owner, {
      dataSource: 'notes',
      operation: 'read_pages',
      parameters: { pages: [{ id: '1' }, { id: 'gone' }, { id: '2' }] },
    })
    const { value } = await house.engine.runs.settled(house.owner, run.id, 15_000)
    expect(value).toMatchObject({ status: 'completed', progress: { completed: 3, total: 3 } })
    const documents = await house.engine.runs.documents(house.owner, run.id, {})
    expect(documents.map(({ kind, externalId, text }) => ({ kind, externalId, text }))).toEqual([
      { kind: 'page', externalId: '1', text: '# Note 1\n' },
      { kind: 'failed', externalId: 'gone', text: null },
      { kind: 'page', externalId: '2', text: '# Note 2\n' },
    ])
  })

  it('ends a read that yields nothing with the error, not with an empty success', async () => {
    const run = await house.engine.runs.create(house.owner, {
      dataSource: 'notes',
      operation: 'read_pages',
      parameters: { pages: [{ id: 'gone' }] },
    })
    const { value } = await house.engine.runs.settled(house.owner, run.id, 15_000)
    expect(value).toMatchObject({ status: 'failed', error: { code: 'not_found' } })
  })

  it('tells what happened, in order, once', async () => {
    const published = await until(async () => {
      const rows = await house.engine.db.select().from(schema.events)
      return rows.every((row) => row.position !== null) && rows
    }, 'all events are published')
    const ofFirst = published
      .sort((a, b) => (a.position as number) - (b.position as number))
      .filter((event) => event.connectionId === published[0]?.connectionId)
      .map((event) => event.type)
    expect(ofFirst.slice(0, 3)).toEqual(['connection.created', 'connection.validated', 'run.started'])
    const ends = published.filter((event) => event.type === 'run.completed' || event.type === 'run.failed')
    expect(new Set(ends.map((event) => event.runId)).size).toBe(ends.length)
  })

  it('cancels a run that is under way, and says so', async () => {
    let release = () => {}
    const held = new Promise<void>((resolve) => {
      release = resolve
    })
    let asked = false
    provider.intercept = (request, response) => {
      if (!request.url?.startsWith('/notes?') && request.url !== '/notes') return false
      asked = true
      void held.then(() => response.end('{}'))
      return true
    }
    const run = await house.engine.runs.create(house.owner, { dataSource: 'notes', operation: 'list_pages' })
    await until(async () => asked, 'the provider is asked')
    await house.engine.runs.cancel(house.owner, run.id)
    const { value } = await house.engine.runs.settled(house.owner, run.id, 15_000)
    release()
    provider.intercept = undefined
    expect(value.status).toBe('cancelled')
  })

  it('erases a connection with everything that hangs on it', async () => {
    const { value } = await connect()
    await house.engine.connections.delete(house.owner, value.id)
    await until(async () => {
      const rows = await house.engine.db.select({ id: schema.connections.id }).from(schema.connections)
      return rows.every((row) => row.id !== value.id)
    }, 'the row is gone')
  })

  it('brings work to its end when the queue lost it', async () => {
    // As if the queue had been emptied: the row is due, and no job was ever enqueued for it.
    const created = await house.engine.connections.create(house.owner, { dataSource: 'notes', apiKey: provider.key })
    const { value } = await house.engine.connections.settled(
      house.owner,
      created.id,
      { connectionId: created.id, work: 'validate', sequence: 1 },
      15_000,
    )
    expect(value.status).toBe('active')
    await house.engine.db.update(schema.connections).set({ work: 'validate', dueAt: new Date(), sequence: 2 })
    await until(async () => {
      const rows = await house.engine.db.select().from(schema.connections)
      return rows.every((row) => row.settledSequence === 2 && row.work === null)
    }, 'the sweep brought every validation to its end')
  })
}

describe('on PostgreSQL', () => behaviours(() => undefined))
describeWithRedis('on Redis', (redis) => behaviours(() => redis))
