import { connection, connectionOutcome, credentials, dataSource } from '@wellhead/client/schema'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type ApiHouse, openApiHouse, until } from './house.ts'

let house: ApiHouse
beforeAll(async () => {
  house = await openApiHouse({ settleMs: 2_000 })
})
afterAll(() => house?.[Symbol.asyncDispose]())
beforeEach(() => {
  house.provider.identifyDelayMs = 0
})

const both = ['connections:read', 'connections:write'] as const
const code = (wanted: string) => expect.objectContaining({ code: wanted })
let names = 0
const connect = async (name = `Notes of test ${++names}`) =>
  (await house.client(both)).connections.create({ body: { data_source: 'notes', api_key: house.provider.key, name } })

describe('the catalog', () => {
  it('relative redirect URI when a base URL is unset; wrong URIs in READMEs: here each data source is shown with its forms and its exact redirect URI', async () => {
    const client = await house.client([])
    const { items } = await client.dataSources.list()
    expect(items).toHaveLength(1)
    expect(dataSource.parse(items[0])).toEqual(items[0])
    expect(items[0]).toMatchObject({
      id: 'notes',
      sandbox: true,
      operations: ['list_pages', 'read_pages'],
      auth_methods: [
        { method: 'api_key', label: 'API key' },
        { method: 'oauth2', client: 'default', redirect_uri: `${house.url}/oauth/callback/notes` },
      ],
      parameters_schema: { type: 'object', properties: { depth: { type: 'number' } } },
      settings_schema: { properties: { base_url: { type: 'string' } } },
    })
    expect(JSON.stringify(items)).not.toContain(house.provider.client.clientSecret)
    await expect(client.dataSources.get({ params: { id: 'other' } })).rejects.toEqual(code('data_source_not_found'))
  })

  it('keeps a custom client, whose secret is never shown', async () => {
    const client = await house.client(['clients:write', 'connections:read'])
    const params = { id: 'notes' }
    await expect(client.oauthClients.get({ params })).rejects.toEqual(code('oauth_client_not_found'))
    const put = await client.oauthClients.put({
      params,
      body: { client_id: 'mine', client_secret: 'my-own-secret-9876' },
    })
    expect(put).toMatchObject({ client_id: 'mine', secret_hint: '9876' })
    const kept = await client.oauthClients.put({ params, body: { client_id: 'mine' } })
    expect(kept).toMatchObject({ id: put.id, secret_hint: '9876' })
    await expect(client.oauthClients.put({ params, body: { client_id: 'another' } })).rejects.toEqual(
      code('invalid_parameters'),
    )
    await client.oauthClients.delete({ params })
    await expect(client.oauthClients.delete({ params })).rejects.toEqual(code('oauth_client_not_found'))
    await expect(client.oauthClients.get({ params: { id: 'other' } })).rejects.toEqual(code('data_source_not_found'))
  })
})

describe('connecting with an API key', () => {
  it('answers 201 with the proven connection, of the documented form', async () => {
    const made = await connect('First')
    expect(made).toMatchObject({ status: 'active', settled: true, data_source: 'notes', key_hint: '6789' })
    expect(connectionOutcome.parse(made)).toEqual(made)
    expect(JSON.stringify(made)).not.toContain(house.provider.key)
    const seen = await (await house.client(both)).connections.get({ params: { id: made.id } })
    expect(connection.parse(seen)).toEqual(seen)
  })

  it('answers 422 for a refused key and leaves nothing behind', async () => {
    const client = await house.client(both)
    const problem = await client.connections
      .create({ body: { data_source: 'notes', api_key: 'wrong-key-000000', name: 'Refused' } })
      .catch((error: unknown) => error)
    expect(problem).toMatchObject({
      status: 422,
      code: 'credential_invalid',
      message: expect.stringMatching(/401|refuse/i),
    })
    await until(async () => {
      const { items } = await client.connections.list()
      return items.every(({ name, status }) => name !== 'Refused' || status === 'deleting')
    }, 'the refused connection goes')
  })

  it('answers 202 while the provider is slow; the connection settles later', async () => {
    house.provider.identifyDelayMs = 3_000
    const token = await house.token(both)
    const response = await fetch(`${house.url}/v1/connections`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ data_source: 'notes', api_key: house.provider.key, name: 'Slow' }),
    })
    expect(response.status).toBe(202)
    const made = (await response.json()) as { id: string }
    expect(made).toMatchObject({ status: 'pending', settled: false })
    const client = await house.client(both)
    await until(
      async () => (await client.connections.get({ params: { id: made.id } })).status === 'active',
      'the slow connection becomes active',
    )
  })

  it('refuses bad input by the field', async () => {
    const client = await house.client(both)
    const create = (body: Record<string, unknown>) =>
      client.connections.create({ body: body as never }).catch((error: unknown) => error)
    expect(await create({ data_source: 'notes', api_key: 'with space' })).toMatchObject({
      code: 'invalid_request',
      errors: [{ path: 'api_key' }],
    })
    expect(await create({ data_source: 'notes', api_key: 'x', name: 'a\nb' })).toMatchObject({
      errors: [{ path: 'name' }],
    })
    expect(await create({ data_source: 'other', api_key: 'key-0123456789' })).toEqual(code('data_source_not_found'))
    expect(await create({ data_source: 'notes', api_key: 'key-0123456789', settings: { base_url: 'no url' } })).toEqual(
      code('invalid_settings'),
    )
    await connect('Twice')
    expect(await create({ data_source: 'notes', api_key: house.provider.key, name: 'Twice' })).toEqual(
      code('name_taken'),
    )
  })
})

describe('a connection', () => {
  it('is changed, listed page by page, and deleted', async () => {
    const client = await house.client(both)
    const made = await connect()
    const params = { id: made.id }
    const changed = await client.connections.update({
      params,
      body: { name: 'Renamed', default: true, visibility: 'only_me' },
    })
    expect(changed).toMatchObject({ name: 'Renamed', default: true, visibility: 'only_me', settled: true })
    const first = await client.connections.list({ query: { limit: 1 } })
    expect(first.items).toHaveLength(1)
    const second = await client.connections.list({ query: { limit: 1, cursor: first.next_cursor as string } })
    expect(second.items[0]?.id).not.toBe(first.items[0]?.id)
    await expect(client.connections.list({ query: { cursor: 'nonsense' } })).rejects.toEqual(code('invalid_cursor'))
    await expect(client.connections.list({ query: { limit: 1000 } })).rejects.toMatchObject({
      code: 'invalid_request',
      errors: [{ path: 'limit' }],
    })
    await client.connections.delete({ params })
    await expect(client.connections.update({ params, body: { name: 'Too late' } })).rejects.toMatchObject({
      code: expect.stringMatching(/^connection_(deleting|not_found)$/),
    })
  })

  it('is validated with a new key: refused ones are kept as invalid with the reason', async () => {
    const client = await house.client(both)
    const params = { id: (await connect()).id }
    const refused = await client.connections.update({ params, body: { api_key: 'wrong-key-000000' } })
    expect(refused).toMatchObject({ settled: true, status: 'invalid', last_error: { code: 'unauthorized' } })
    await expect(client.connections.update({ params, body: {} })).rejects.toEqual(code('invalid_request'))
    const repaired = await client.connections.update({ params, body: { api_key: house.provider.key } })
    expect(repaired).toMatchObject({ settled: true, status: 'active', last_error: null })
    expect(await client.connections.validate({ params })).toMatchObject({ settled: true, status: 'active' })
    await expect(
      client.connections.update({ params, body: { settings: { base_url: 'http://127.0.0.1:9' } } }),
    ).rejects.toEqual(code('api_key_required'))
    await expect(client.connections.refresh({ params })).rejects.toEqual(code('method_not_supported'))
  })

  it('gives its credential to a token with the scope alone, and audits it', async () => {
    const params = { id: (await connect()).id }
    const client = await house.client(['credentials:read', 'audit:read'])
    const answer = await client.connections.credentials({ params })
    expect(answer).toEqual({ access_token: house.provider.key, expires_at: null, generation: 1 })
    expect(credentials.parse(answer)).toEqual(answer)
    const { items } = await client.audit.list()
    expect(items[0]).toMatchObject({ action: 'credential.read', subject: params.id })
    const { browser } = await house.signedIn()
    const asSession = await browser.json('POST', `/v1/connections/${params.id}/credentials`, {})
    expect([asSession.status, await asSession.json()]).toEqual([403, code('missing_token_scope')])
    await expect(client.connections.credentials({ params, body: { min_ttl_seconds: -1 } })).rejects.toEqual(
      code('invalid_request'),
    )
    await expect(client.connections.credentials({ params: { id: 'con_unknown' } })).rejects.toEqual(
      code('connection_not_found'),
    )
  })

  it('is not there for members who may not see it', async () => {
    const params = { id: (await connect()).id }
    await (await house.client(both)).connections.update({ params, body: { visibility: 'only_me' } })
    const { actor, browser } = await house.signedIn('member')
    const other = await house.client(both, actor)
    await expect(other.connections.get({ params })).rejects.toEqual(code('connection_not_found'))
    await (await house.client(both)).connections.update({ params, body: { visibility: 'workspace' } })
    await expect(other.connections.update({ params, body: { name: 'Mine' } })).rejects.toEqual(code('forbidden'))
    const refused = await browser.json('DELETE', `/v1/connections/${params.id}`)
    expect([refused.status, await refused.json()]).toEqual([403, code('forbidden')])
  })
})

describe('an API token', () => {
  it('is shown once, listed by its hint and dead when revoked', async () => {
    const { browser } = await house.signedIn()
    const made = (await (
      await browser.json('POST', '/v1/tokens', { name: 'CI', scopes: ['connections:read'] })
    ).json()) as { id: string; token: string }
    const list = () => fetch(`${house.url}/v1/connections`, { headers: { authorization: `Bearer ${made.token}` } })
    expect((await list()).status).toBe(200)
    const listed = await (await browser.json('GET', '/v1/tokens')).text()
    expect(listed).toContain(made.id)
    expect(listed).not.toContain(made.token)
    expect((await browser.json('DELETE', `/v1/tokens/${made.id}`)).status).toBe(204)
    expect((await list()).status).toBe(401)
    const again = await browser.json('DELETE', `/v1/tokens/${made.id}`)
    expect(await again.json()).toEqual(code('token_not_found'))
    const past = await browser.json('POST', '/v1/tokens', {
      name: 'Past',
      scopes: ['runs:read', 'runs:read'],
      expires_at: '2020-01-01T00:00:00Z',
    })
    expect(((await past.json()) as { errors: { path: string }[] }).errors.map(({ path }) => path).sort()).toEqual([
      'expires_at',
      'scopes',
    ])
  })
})

it('never logs a credential or a token', async () => {
  const logged = house.logs.join('\n')
  expect(logged).toContain('"path":"/v1/connections"')
  for (const secret of house.provider.secrets) expect(logged).not.toContain(secret)
  expect(logged).not.toMatch(/wh_[A-Za-z0-9]{20}/)
  expect(logged).not.toMatch(/\/join\/\w{10}|link\/\w{10}/)
})
