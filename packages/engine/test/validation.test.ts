/** What an answer to a key means for its connection: only a refusal is one. */

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { eq } from '../src/db/query.ts'
import { type Connection, schema } from '../src/index.ts'
import { connect, refusal, run } from './beginnings.ts'
import { answer, type DriveProvider, drive, startDrive } from './drive.ts'
import { type House, openHouse, until } from './house.ts'

let house: House
let provider: DriveProvider

beforeAll(async () => {
  provider = await startDrive()
  house = await openHouse({
    builtin: { drive: async () => ({ default: drive }) },
    overrides: { drive: { endpoints: { api: provider.origin } } },
  })
  await house.work()
})
afterEach(() => {
  provider.intercept = undefined
})
afterAll(async () => {
  await house?.[Symbol.asyncDispose]()
  await provider?.close()
})

const create = () => house.engine.connections.create(house.owner, { dataSource: 'drive', apiKey: provider.key })
const rowOf = async (id: string) => {
  const [row] = await house.engine.db.select().from(schema.connections).where(eq(schema.connections.id, id))
  return row as typeof schema.connections.$inferSelect
}
const becomes = (id: string, status: Connection['status']) =>
  until(async () => {
    const connection = await house.engine.connections.get(house.owner, id)
    return connection.status === status && connection
  }, `the connection becomes ${status}`)
const eventsOf = async (id: string) => {
  const rows = await house.engine.db.select().from(schema.events).where(eq(schema.events.connectionId, id))
  return rows.sort((a, b) => a.ordinal - b.ordinal).map(({ type }) => type)
}

describe('a passing fault', () => {
  it.each([500, 503, 429])('%i is asked again, and is no wrong key', async (status) => {
    let faults = 2
    provider.intercept = (request, response) => {
      if (request.url !== '/me' || faults-- <= 0) return false
      answer(response, status, {})
      return true
    }
    const { id } = await create()
    await until(async () => (await rowOf(id)).lastError !== null, 'the first answer came')
    expect((await rowOf(id)).status).not.toBe('invalid')
    expect(await becomes(id, 'active')).toMatchObject({ lastError: null })
    expect(await eventsOf(id)).toEqual(['connection.created', 'connection.validated'])
  })

  it('leaves a new connection pending however long it lasts', async () => {
    provider.intercept = (request, response) => {
      if (request.url === '/me') answer(response, 503, {})
      return request.url === '/me'
    }
    const { id } = await create()
    await until(async () => {
      // As if the time between two tries had passed.
      await house.engine.db.update(schema.connections).set({ dueAt: new Date() }).where(eq(schema.connections.id, id))
      return (await rowOf(id)).attempts > 9
    }, 'ten tries')
    expect(await rowOf(id)).toMatchObject({ status: 'pending', work: 'validate' })
    provider.intercept = undefined
    await house.engine.db.update(schema.connections).set({ dueAt: new Date() }).where(eq(schema.connections.id, id))
    await becomes(id, 'active')
  })

  it('does not hurt a connection that worked', async () => {
    const { id } = await connect(house, house.owner, { dataSource: 'drive', apiKey: provider.key })
    provider.intercept = (_, response) => {
      answer(response, 503, {})
      return true
    }
    await house.engine.connections.validate(house.owner, id)
    await until(async () => (await rowOf(id)).lastError !== null, 'the answer came')
    expect(await house.engine.connections.get(house.owner, id)).toMatchObject({
      status: 'active',
      lastError: { code: 'provider_unavailable' },
    })
  })

  it('is not asked again before the provider wants it, not even by a duplicate of the job', async () => {
    provider.intercept = (request, response) => {
      if (request.url !== '/me') return false
      answer(response, 429, {}, { 'retry-after': '300' })
      return true
    }
    const { id } = await create()
    const row = await until(async () => {
      const now = await rowOf(id)
      return now.lastError !== null && now
    }, 'the answer came')
    expect((row.dueAt as Date).getTime() - Date.now()).toBeGreaterThan(290_000)
    expect(row.lastError).toMatchObject({ code: 'rate_limited' })
    const { openQueueBackend } = await import('../src/jobs/backend.ts')
    const { createProducer } = await import('../src/jobs/producer.ts')
    const producer = createProducer(openQueueBackend(house.databaseUrl))
    await producer.enqueue('connection.validate', [{ connectionId: id }])
    await until(async () => (await producer.counts()).every(({ count }) => count === 0), 'the queue is empty')
    await producer.close()
    expect(await rowOf(id)).toMatchObject({ attempts: 1, dueAt: row.dueAt })
  })
})

describe('a fault of the data source itself', () => {
  it('is not asked for ever in silence: the connection says what is wrong', async () => {
    provider.intercept = (request, response) => {
      if (request.url === '/me') answer(response, 200, 'not what it documents')
      return request.url === '/me'
    }
    const { id } = await create()
    expect(await becomes(id, 'invalid')).toMatchObject({ lastError: { code: 'invalid_response' } })
    provider.intercept = undefined
    await house.engine.connections.validate(house.owner, id)
    await becomes(id, 'active')
  })

  it('keeps what the provider calls the account, whatever is in it', async () => {
    provider.intercept = (request, response) => {
      if (request.url === '/me') answer(response, 200, { id: 'acc\u0000 1', name: 'Odd \u0000 name \ud83d' })
      return request.url === '/me'
    }
    const { id } = await create()
    expect((await becomes(id, 'active')).account).toEqual({ id: 'acc 1', name: 'Odd  name \ufffd', avatarUrl: null })
  })
})

describe('a refusal in use', () => {
  const list = (connectionId: string) =>
    run(house, house.owner, { dataSource: 'drive', connectionId, operation: 'list_folder' })

  it('in a run has the connection looked at, and its status follows', async () => {
    const { id } = await connect(house, house.owner, { dataSource: 'drive', apiKey: provider.key })
    provider.intercept = (_, response) => {
      answer(response, 401, {})
      return true
    }
    expect(await list(id)).toMatchObject({ status: 'failed', error: { code: 'unauthorized' } })
    expect(await becomes(id, 'invalid')).toMatchObject({ lastError: { code: 'unauthorized' } })
    expect(await eventsOf(id)).toEqual([
      'connection.created',
      'connection.validated',
      'run.started',
      'run.failed',
      'connection.invalid',
    ])
    expect(await refusal(list(id))).toBe('credential_invalid')
    // The provider takes the key again: a look at it makes the connection whole.
    provider.intercept = undefined
    await house.engine.connections.validate(house.owner, id)
    await becomes(id, 'active')
    expect((await eventsOf(id)).at(-1)).toBe('connection.recovered')
  })

  it('that only that call met leaves the connection active', async () => {
    const { id } = await connect(house, house.owner, { dataSource: 'drive', apiKey: provider.key })
    provider.intercept = (request, response) => {
      if (request.url === '/me') return false
      answer(response, 401, {})
      return true
    }
    expect(await list(id)).toMatchObject({ status: 'failed', error: { code: 'unauthorized' } })
    await until(async () => (await rowOf(id)).work === null, 'the connection was looked at')
    expect((await rowOf(id)).status).toBe('active')
  })

  it('told by a caller has the key checked, and is served again only when it works', async () => {
    const { id } = await connect(house, house.owner, { dataSource: 'drive', apiKey: provider.key })
    const { connections } = house.engine
    const token = await connections.accessToken(house.owner, id, {})
    expect(await refusal(connections.accessToken(house.owner, id, { rejectedGeneration: token.generation }))).toBe(
      'credential_invalid',
    )
    await until(
      async () => (await refusal(connections.accessToken(house.owner, id, {}))) === undefined,
      'the key was checked and works',
    )
    provider.intercept = (_, response) => {
      answer(response, 401, {})
      return true
    }
    await refusal(connections.accessToken(house.owner, id, { rejectedGeneration: token.generation }))
    await becomes(id, 'invalid')
  })
})
