import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Sandbox, startSandbox } from '../src/index.ts'
import { authorizeUrl, connect, consent, oauthCall, redirectUri } from './consent.ts'
import { call } from './notion-api.ts'

let sandbox: Sandbox
beforeAll(async () => {
  sandbox = await startSandbox({ redirectUris: [redirectUri] })
})
afterAll(() => sandbox.close())
beforeEach(() => sandbox.control.reset())

const me = (on = sandbox, token = on.apiKeys.notion!) =>
  fetch(`${on.endpoints.notion!.api}/v1/users/me`, {
    headers: { authorization: `Bearer ${token}`, 'notion-version': '2026-03-11' },
  })
const control = (path: string, body: unknown = {}, headers: Record<string, string> = {}) =>
  fetch(`${sandbox.origin}/_control/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })

test('listens on the loopback address and says where everything is', () => {
  expect(sandbox.origin).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
  expect(Object.keys(sandbox.endpoints.notion!)).toEqual(['api', 'authorize', 'token', 'revoke', 'introspect'])
  expect(sandbox.siteUrl).toBe(`${sandbox.origin}/site/`)
})

test('only the named providers are there', async () => {
  await expect(startSandbox({ only: ['nope'] })).rejects.toThrow('no provider "nope"')
  const alone = await startSandbox({ only: ['notion'] })
  expect(Object.keys(alone.endpoints)).toEqual(['notion'])
  await alone.close()
})

describe('faults', () => {
  const fault = (more: object) => sandbox.control.fault({ provider: 'notion', kind: 'status', ...more } as never)

  test('a status in the words of the provider, so many times, where it matches', async () => {
    fault({ match: 'GET /v1/users', status: 503, retryAfter: '9', times: 2 })
    expect((await call(sandbox, 'POST', '/v1/search', {})).status).toBe(200)
    for (const _ of [1, 2]) {
      const response = await me()
      expect([response.status, response.headers.get('retry-after')]).toEqual([503, '9'])
      expect(await response.json()).toMatchObject({ object: 'error', status: 503, code: 'service_unavailable' })
    }
    expect((await me()).status).toBe(200)
  })

  test('codes, bodies and OAuth envelopes', async () => {
    fault({ status: 409, code: 'conflict_error' })
    expect((await (await me()).json()) as object).toMatchObject({ code: 'conflict_error' })
    fault({ status: 400, body: 'plain words' })
    expect(await (await me()).text()).toBe('plain words')
    fault({ status: 418, body: { tea: true } })
    expect(await (await me()).json()).toEqual({ tea: true })
    fault({ match: '/v1/oauth/token', status: 400, code: 'invalid_grant' })
    const answer = await oauthCall(sandbox, 'token', { grant_type: 'refresh_token', refresh_token: 'x' })
    expect(answer.body.error).toBe('invalid_grant')
    fault({ status: 429 })
    expect((await me()).headers.get('retry-after')).toBeNull()
  })

  test('spoilt answers', async () => {
    fault({ kind: 'html' })
    const html = await me()
    expect([html.status, html.headers.get('content-type')]).toEqual([403, 'text/html; charset=UTF-8'])
    fault({ kind: 'malformed_json' })
    await expect(me().then((response) => response.json())).rejects.toThrow(SyntaxError)
    fault({ kind: 'empty' })
    expect(await (await me()).text()).toBe('')
    fault({ kind: 'truncated' })
    await expect(me().then((response) => response.text())).rejects.toThrow('terminated')
    fault({ kind: 'reset' })
    await expect(me()).rejects.toMatchObject({ cause: { code: 'ECONNRESET' } })
    fault({ kind: 'malformed_json', processed: true })
    const cut = await (await me()).text()
    expect(cut).toMatch(/^\{"object":"user".*[^}]$|"$/s)
    expect((await me()).status).toBe(200)
  })

  test('slow answers, before and after the work', async () => {
    for (const processed of [false, true]) {
      fault({ kind: 'slow', delayMs: 80, processed })
      const before = performance.now()
      expect((await me()).status).toBe(200)
      expect(performance.now() - before).toBeGreaterThan(75)
    }
  })

  test('can be taken back', async () => {
    fault({ status: 500, times: 100 })
    expect((await me()).status).toBe(500)
    sandbox.control.clearFaults()
    expect((await me()).status).toBe(200)
  })
})

test('the log tells method, path and status, and no secret', async () => {
  const tokens = await connect(sandbox)
  await me(sandbox, tokens.access_token)
  sandbox.control.fault({ provider: 'notion', kind: 'reset' })
  await me().catch(() => undefined)
  const log = sandbox.control.requests('notion')
  expect(log.map(({ method, path, status }) => `${method} ${path} ${status}`)).toEqual([
    'GET /v1/oauth/authorize 200',
    'POST /consent 302',
    'POST /v1/oauth/token 200',
    'GET /v1/users/me 200',
    'GET /v1/users/me 0',
  ])
  expect(sandbox.control.requests('firecrawl')).toEqual([])
  expect(JSON.stringify(log)).not.toMatch(/ntn_|nrt_|client_id|code=/)
})

describe('the control API', () => {
  test('does over HTTP what the object does', async () => {
    const before = sandbox.control.now()
    expect(await (await control('advance', { seconds: 3600 })).json()).toEqual({ now: expect.any(Number) })
    expect(sandbox.control.now() - before).toBeGreaterThanOrEqual(3_600_000)

    await control('fault', { provider: 'notion', kind: 'status', status: 500 })
    expect((await me()).status).toBe(500)
    await control('fault', { provider: 'notion', kind: 'status', status: 500 })
    await control('clear-faults')
    expect((await me()).status).toBe(200)
    const { requests } = (await (await control('requests', { provider: 'notion' })).json()) as { requests: object[] }
    expect(requests).toEqual(sandbox.control.requests('notion'))

    const client = { clientId: 'c', clientSecret: 's', redirectUris: ['http://localhost/x'] }
    await control('register-client', { provider: 'notion', ...client })
    const back = await consent(authorizeUrl(sandbox, { client_id: 'c', redirect_uri: 'http://localhost/x' }))
    expect(back.searchParams.get('code')).toBeTruthy()
    const tokens = await connect(sandbox)
    await control('revoke-grant', { provider: 'notion', accountHint: 'Ada' })
    expect((await me(sandbox, tokens.access_token)).status).toBe(401)

    const settings = await (await control('notion', { accessTokenSeconds: 5 })).json()
    expect(settings).toMatchObject({ accessTokenSeconds: 5, refreshReuse: 'reject' })
    await control('reset')
    expect(await (await control('notion')).json()).toMatchObject({ accessTokenSeconds: 3600 })
    expect(sandbox.control.requests()).toEqual([])
    expect((await fetch(authorizeUrl(sandbox, { client_id: 'c', redirect_uri: 'http://localhost/x' }))).status).toBe(
      400,
    )
  })

  test('says what it cannot do', async () => {
    for (const [path, body] of [
      ['advance', { seconds: -1 }],
      ['fault', { provider: 'notion', kind: 'nonsense' }],
      ['fault', { provider: 'nope', kind: 'html' }],
      ['notion', { accessTokenSeconds: 'long' }],
      ['notion', { typo: 1 }],
      ['nope', {}],
      ['revoke-grant', { provider: 'site' }],
    ] as const) {
      const response = await control(path, body)
      expect([path, response.status]).toEqual([path, 400])
      expect(await response.json()).toEqual({ error: expect.any(String) })
    }
  })

  test('is closed to web pages', async () => {
    expect((await control('reset', {}, { origin: 'https://evil.test' })).status).toBe(403)
    const form = await fetch(`${sandbox.origin}/_control/reset`, {
      method: 'POST',
      body: new URLSearchParams({ a: '1' }),
    })
    expect(form.status).toBe(415)
    const rebound = await new Promise<number | undefined>((resolve, reject) => {
      const { port } = new URL(sandbox.origin)
      request({ host: '127.0.0.1', port, path: '/_control/now', headers: { host: 'evil.test' } }, (response) => {
        response.resume()
        resolve(response.statusCode)
      })
        .on('error', reject)
        .end()
    })
    expect(rebound).toBe(403)
  })
})

describe('state', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sandbox-state-'))
  const stateFile = join(folder, 'nested', 'state.json')
  afterAll(() => rmSync(folder, { recursive: true }))
  const start = (only = ['notion']) => startSandbox({ redirectUris: [redirectUri], stateFile, only })

  test('grants, clock, clients and settings survive a restart', async () => {
    const first = await start()
    const client = { clientId: 'kept', clientSecret: 's', redirectUris: [redirectUri] }
    first.control.registerClient('notion', client)
    first.control.settings('notion', { accessTokenSeconds: 7200 })
    first.control.advance(86_400)
    const tokens = await connect(first)
    // Known on disk before it was handed out.
    expect(readFileSync(stateFile, 'utf8')).toContain(tokens.refresh_token)
    expect(statSync(stateFile).mode & 0o777).toBe(0o600)
    await first.close()

    // One start without this provider forgets nothing.
    await (await start([])).close()
    const second = await start()
    expect(second.control.now() - Date.now()).toBeGreaterThan(86_000_000)
    expect(second.control.settings('notion')).toMatchObject({ accessTokenSeconds: 7200 })
    expect((await me(second, tokens.access_token)).status).toBe(200)
    const body = { grant_type: 'refresh_token', refresh_token: tokens.refresh_token }
    const renewed = await oauthCall(second, 'token', body)
    expect(renewed.status).toBe(200)
    expect((await consent(authorizeUrl(second, { client_id: 'kept' }))).searchParams.get('code')).toBeTruthy()
    await second.close()

    const third = await start()
    expect((await oauthCall(third, 'token', body)).body.error).toBe('invalid_grant')
    expect((await connect(third)).bot_id).toBe(tokens.bot_id)
    third.control.reset()
    await third.close()
    const fourth = await start()
    expect((await me(fourth, renewed.body.access_token)).status).toBe(401)
    await fourth.close()
  })

  test('a file that cannot be read stops the start with a clear sentence', async () => {
    writeFileSync(stateFile, '{"version":')
    await expect(start()).rejects.toThrow('Remove the file to start with a fresh sandbox.')
  })
})
