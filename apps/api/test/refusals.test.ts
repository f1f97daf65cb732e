/** The engine's refusals as they reach a caller of the API. */
import { problems } from '@wellhead/client/schema'
import { EngineError, engineErrorCodes } from '@wellhead/engine'
import pino from 'pino'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createApi } from '../src/index.ts'
import { type ApiHouse, openApiHouse, until } from './house.ts'

const code = (wanted: string) =>
  expect.objectContaining({ code: wanted, status: problems[wanted as 'not_found'].status })
const scopes = ['connections:read', 'connections:write', 'credentials:read', 'runs:read', 'runs:write'] as const

describe('without a worker and without an OAuth client', () => {
  let house: ApiHouse
  beforeAll(async () => {
    house = await openApiHouse({ worker: false, settleMs: 50, oauthClient: false })
  })
  afterAll(() => house?.[Symbol.asyncDispose]())

  it('answers oauth_client_missing, no_default_connection, connection_not_usable and connection_deleting', async () => {
    const client = await house.client(scopes)
    await expect(client.authorizations.create({ body: { data_source: 'notes' } })).rejects.toEqual(
      code('oauth_client_missing'),
    )
    const run = { data_source: 'notes', operation: 'list_pages' } as const
    await expect(client.runs.create({ body: run })).rejects.toEqual(code('no_default_connection'))

    const made = await client.connections.create({ body: { data_source: 'notes', api_key: house.provider.key } })
    expect(made).toMatchObject({ status: 'pending', settled: false })
    const params = { id: made.id }
    await expect(client.connections.credentials({ params })).rejects.toEqual(code('connection_not_usable'))
    await expect(client.runs.create({ body: run })).rejects.toEqual(code('connection_not_usable'))
    await expect(
      client.authorizations.create({ body: { data_source: 'notes', connection_id: made.id } }),
    ).rejects.toThrow()

    await client.connections.delete({ params })
    await expect(client.connections.update({ params, body: { name: 'N' } })).rejects.toEqual(
      code('connection_deleting'),
    )
    await expect(client.connections.validate({ params })).rejects.toEqual(code('connection_deleting'))
    await expect(client.connections.credentials({ params })).rejects.toEqual(code('connection_deleting'))
  })

  it.each(engineErrorCodes)('shows %s as it is', async (wanted) => {
    const details = { fact: 1 }
    const engine = {
      ...house.engine,
      dataSources: {
        ...house.engine.dataSources,
        list: async () => {
          throw new EngineError(wanted, 'What happened.', { retryAfterSeconds: 2.4, details })
        },
      },
    }
    const log = pino({ enabled: false })
    const api = await createApi({ engine, publicUrl: house.url, secret: 'x'.repeat(32), log })
    const authorization = `Bearer ${await house.token([])}`
    const response = await api.app.inject({ url: '/v1/data-sources', headers: { authorization } })
    await api.close()
    expect(response.statusCode).toBe(problems[wanted].status)
    expect(response.headers['retry-after']).toBe('3')
    expect(response.json()).toMatchObject({ code: wanted, detail: 'What happened.', details })
  })
})

describe('a refresh', () => {
  let house: ApiHouse
  let client: Awaited<ReturnType<ApiHouse['client']>>
  beforeAll(async () => {
    house = await openApiHouse({ callerWaitMs: 300, settleMs: 1_000 })
    client = await house.client(scopes)
  })
  afterAll(() => house?.[Symbol.asyncDispose]())

  async function authorize() {
    house.provider.tokenAnswer = 'good'
    const { browser } = await house.signedIn()
    const begun = (await (await browser.json('POST', '/v1/authorizations', { data_source: 'notes' })).json()) as {
      id: string
      connect_url: string
    }
    const sent = await browser.get(begun.connect_url)
    const back = await fetch(sent.headers.get('location') as string, { redirect: 'manual' })
    const callback = back.headers.get('location') as string
    await browser.get(callback)
    const done = await until(async () => {
      const it = await client.authorizations.get({ params: { id: begun.id } })
      return it.status === 'completed' && it
    }, 'the authorization is completed')
    return { params: { id: done.connection_id as string }, browser, callback, connectUrl: begun.connect_url }
  }

  it('whose answer was lost is not repeated at a risk unless that is accepted', async () => {
    const { params } = await authorize()
    house.provider.tokenAnswer = 'lost'
    expect(await client.connections.refresh({ params })).toMatchObject({ status: 'degraded', generation: 1 })
    await expect(client.connections.refresh({ params })).rejects.toEqual(code('refresh_would_risk_grant'))
    house.provider.tokenAnswer = 'good'
    expect(await client.connections.refresh({ params, body: { accept_risk: true } })).toMatchObject({
      settled: true,
      generation: 2,
    })
    await until(async () => (await client.connections.get({ params })).status === 'active', 'the connection recovers')
  })

  it('that fails is told to whoever needs it', async () => {
    const { params } = await authorize()
    house.provider.tokenAnswer = 'down'
    await expect(client.connections.credentials({ params, body: { rejected_generation: 1 } })).rejects.toMatchObject({
      code: expect.stringMatching(/^refresh_(failed|in_progress)$/),
    })
  })

  it('that nobody carries out in time is in progress, and says when to come back', async () => {
    const { params } = await authorize()
    await house.stopWork()
    const problem = await client.connections
      .credentials({ params, body: { rejected_generation: 1 } })
      .catch((error: unknown) => error)
    expect(problem).toEqual(code('refresh_in_progress'))
    expect((problem as { retryAfterSeconds: number }).retryAfterSeconds).toBeGreaterThan(0)
    expect(await client.connections.refresh({ params })).toMatchObject({ settled: false })
  })

  it('apart, an attempt to authorize is used once', async () => {
    const { browser } = await house.signedIn()
    const begun = (await (await browser.json('POST', '/v1/authorizations', { data_source: 'notes' })).json()) as {
      connect_url: string
    }
    const sent = await browser.get(begun.connect_url)
    const back = await fetch(sent.headers.get('location') as string, { redirect: 'manual' })
    const callback = back.headers.get('location') as string
    expect((await browser.get(callback)).status).toBe(303)
    expect((await browser.get(callback)).status).toBe(problems.authorization_used.status)
    expect((await browser.get(begun.connect_url)).status).toBe(problems.authorization_used.status)
  })
})
