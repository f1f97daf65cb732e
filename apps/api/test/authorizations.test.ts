import { createdAuthorization } from '@wellhead/client/schema'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Browser } from './browser.ts'
import { type ApiHouse, openApiHouse, until } from './house.ts'

let house: ApiHouse
beforeAll(async () => {
  house = await openApiHouse()
})
afterAll(() => house?.[Symbol.asyncDispose]())

const scopes = ['connections:read', 'connections:write', 'credentials:read'] as const

async function begin(browser: Browser, body: Record<string, string> = { data_source: 'notes' }) {
  const response = await browser.json('POST', '/v1/authorizations', body)
  expect(response.status).toBe(201)
  return createdAuthorization.parse(await response.json())
}

/** From our page to the provider and to its answer: the callback's URL. */
async function toProvider(browser: Browser, connectUrl: string, more = ''): Promise<string> {
  const sent = await browser.get(connectUrl)
  expect(sent.status).toBe(303)
  const back = await fetch(sent.headers.get('location') + more, { redirect: 'manual' })
  return back.headers.get('location') as string
}

describe('connecting by OAuth', () => {
  it('leads to the provider and back, and its page tells the outcome', async () => {
    const { browser } = await house.signedIn()
    const { id, connect_url } = await begin(browser)
    const callback = await toProvider(browser, connect_url)
    const [cookie] = browser.cookies().filter(({ attributes }) => /path=\/oauth/i.test(attributes))
    expect(cookie?.attributes).toMatch(/httponly/i)
    expect(cookie?.attributes).toMatch(/samesite=lax/i)

    const landed = await browser.get(callback)
    expect(landed.status).toBe(303)
    expect(landed.headers.get('location')).toBe(`/oauth/outcome/${id}`)
    expect(landed.headers.get('referrer-policy')).toBe('no-referrer')
    expect(landed.headers.get('cache-control')).toBe('no-store')

    const events = await browser.get(`/oauth/outcome/${id}/events`)
    expect(events.headers.get('content-type')).toContain('text/event-stream')
    expect(await events.text()).toContain('event: settled\ndata: {"status":"completed"}')
    const outcome = await browser.get(`/oauth/outcome/${id}`)
    const text = await outcome.text()
    expect(text).toContain('<h1>Connected</h1>')
    expect(text).toContain('data-status="completed"')
    expect(outcome.headers.get('content-security-policy')).toContain("default-src 'self'")
    expect(text).not.toMatch(/<script(?![^>]*src=)|style=|onload=/)

    const followed = await (await browser.json('GET', `/v1/authorizations/${id}`)).json()
    expect(followed).toMatchObject({ status: 'completed', connection_id: expect.stringMatching(/^con_/), error: null })
  })

  it('shows nothing of the attempt to another browser', async () => {
    const { browser } = await house.signedIn()
    const { id, connect_url } = await begin(browser)
    const callback = await toProvider(browser, connect_url)
    const other = house.browser()
    const landed = await other.get(callback)
    const outcome = await other.get(landed.headers.get('location') ?? '')
    expect(outcome.status).toBe(403)
    expect(await outcome.text()).toContain('another browser')
    expect((await other.get(`/oauth/outcome/${id}/events`)).status).toBe(403)
    const failed = await (await browser.json('GET', `/v1/authorizations/${id}`)).json()
    expect(failed).toMatchObject({ status: 'failed', error: { code: 'authorization_wrong_browser' } })
  })

  it('`error=access_denied` and vendor errors end in "no code provided" or a blank page: here plain words say that access was not given', async () => {
    const { browser } = await house.signedIn()
    const { connect_url } = await begin(browser)
    const landed = await browser.get(await toProvider(browser, connect_url, '&deny=1'))
    const text = await (await browser.get(landed.headers.get('location') ?? '')).text()
    expect(text).toContain('<h1>Not connected</h1>')
    expect(text).toContain('Nothing was connected')
  })

  it('names the workspace to whoever did not begin it, and goes on only when they say so', async () => {
    const { browser } = await house.signedIn()
    const { connect_url } = await begin(browser)
    const stranger = house.browser()
    const asked = await stranger.get(connect_url)
    expect(asked.status).toBe(200)
    expect(await asked.text()).toMatch(/Ada.*Acme.*Notes/s)
    const forced = await stranger.post(
      connect_url,
      {},
      { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' },
    )
    expect(forced.status).toBe(403)
    const on = await stranger.post(connect_url, {})
    expect(on.status).toBe(303)
    expect(on.headers.get('location')).toContain('/authorize?')
  })

  it('answers a callback that nobody asked for with a page', async () => {
    for (const query of ['', '?state=x&code=y', '?state=x&state=y&code=z', '?error=<script>']) {
      const landed = await house.browser().get(`/oauth/callback/notes${query}`)
      expect(landed.status).toBeGreaterThanOrEqual(400)
      expect(landed.status).toBeLessThan(500)
      expect(landed.headers.get('content-type')).toContain('text/html')
      expect(await landed.text()).not.toContain('<script>')
    }
  })

  it('refreshes, and says why it cannot', async () => {
    const { browser } = await house.signedIn()
    const { id, connect_url } = await begin(browser)
    await browser.get(await toProvider(browser, connect_url))
    const client = await house.client(scopes)
    const done = await until(async () => {
      const it = await client.authorizations.get({ params: { id } })
      return it.status === 'completed' && it
    }, 'the authorization is completed')
    const params = { id: done.connection_id as string }
    const before = await client.connections.credentials({ params })
    expect(before).toMatchObject({ generation: 1, expires_at: expect.any(String) })
    const refreshed = await client.connections.refresh({ params })
    expect(refreshed).toMatchObject({ settled: true, generation: 2, status: 'active' })
    await expect(client.connections.credentials({ params, body: { min_ttl_seconds: 86_400 } })).rejects.toMatchObject({
      code: 'min_ttl_unattainable',
      status: 422,
    })
    house.provider.tokenAnswer = 'revoked'
    const lost = await client.connections.refresh({ params })
    expect(lost).toMatchObject({ settled: true, status: 'needs_reauthorization' })
    await expect(client.connections.credentials({ params })).rejects.toMatchObject({
      code: 'needs_reauthorization',
      status: 409,
    })
    house.provider.tokenAnswer = 'good'
  })

  it('refuses what cannot be begun', async () => {
    const client = await house.client(scopes)
    await expect(client.authorizations.create({ body: { data_source: 'other' } })).rejects.toMatchObject({
      code: 'data_source_not_found',
    })
    await expect(
      client.authorizations.create({ body: { data_source: 'notes', connection_id: 'con_unknown' } }),
    ).rejects.toMatchObject({ code: 'connection_not_found' })
    await expect(
      client.authorizations.create({ body: { data_source: 'notes', connection_id: 'con_1', name: 'N' } }),
    ).rejects.toMatchObject({ code: 'invalid_request', errors: [{ path: 'name' }] })
    await expect(client.authorizations.get({ params: { id: 'auth_unknown' } })).rejects.toMatchObject({
      code: 'authorization_not_found',
    })
    expect((await house.browser().get('/connect/auth_unknown')).status).toBe(404)
  })
})

it('logs no query of a callback and no secret', () => {
  const logged = house.logs.join('\n')
  expect(logged).toContain('"path":"/oauth/callback/notes"')
  expect(logged).not.toContain('state=')
  for (const secret of house.provider.secrets) expect(logged).not.toContain(secret)
})
