import { describe, expect, it } from 'vitest'
import { type FaultInput, startOAuthServer, startOAuthServerProcess } from '../src/oauth-server/index.ts'
import { api, connect, refresh } from './oauth-client.ts'

/** A refresh under a fault, and the counters afterwards. */
async function under(fault: FaultInput) {
  await using server = await startOAuthServer()
  const { refreshToken } = server.mint()
  server.fault(fault)
  const answer = await refresh(server, refreshToken).catch((error: Error) => error)
  const lost = answer instanceof Error
  return { lost, answer: lost ? undefined : answer, counters: server.counters(), seen: server.requests().at(-1) }
}

describe('a fault', () => {
  it('loses the answer after the work was done', async () => {
    const { lost, counters, seen } = await under({ kind: 'reset', processed: true })
    expect(lost).toBe(true)
    expect(counters).toEqual({ tokenRequests: 1, refreshes: 1, replays: 0, destroyed: 0 })
    expect(seen).toMatchObject({ fault: 'reset', status: null, grantType: 'refresh_token' })
  })

  it('resets before anything was done', async () => {
    const { lost, counters } = await under({ kind: 'reset' })
    expect(lost).toBe(true)
    expect(counters).toEqual({ tokenRequests: 1, refreshes: 0, replays: 0, destroyed: 0 })
  })

  it('breaks an answer off', async () => {
    expect(await under({ kind: 'truncated' })).toMatchObject({ lost: true, counters: { refreshes: 1 } })
  })

  it('hangs until the client gives up', async () => {
    await using server = await startOAuthServer()
    server.fault({ kind: 'hang', endpoint: 'api' })
    const { accessToken } = server.mint()
    const asked = fetch(`${server.endpoints.api}/me`, {
      headers: { authorization: `Bearer ${accessToken}` },
      signal: AbortSignal.timeout(100),
    })
    await expect(asked).rejects.toThrow(/timeout/i)
  })

  it('waits for the request that it is meant for', async () => {
    await using server = await startOAuthServer()
    const { accessToken } = server.mint()
    server.fault({ kind: 'status', status: 503, endpoint: 'api', match: 'GET /api/items' })
    expect((await api(server, '/me', accessToken)).status).toBe(200)
    expect((await api(server, '/items', accessToken)).status).toBe(503)
  })

  it('delays before and after the work', async () => {
    await using server = await startOAuthServer()
    const { refreshToken } = server.mint()
    server.fault({ kind: 'delay', delayMs: 60, answerDelayMs: 60 })
    const begun = performance.now()
    expect((await refresh(server, refreshToken)).status).toBe(200)
    expect(performance.now() - begun).toBeGreaterThan(110)
  })

  it.each<[FaultInput, object]>([
    [{ kind: 'status', status: 503 }, { status: 503 }],
    [
      { kind: 'error', error: 'invalid_client' },
      { status: 401, json: { error: 'invalid_client' } },
    ],
    [
      { kind: 'error', error: 'temporarily_unavailable' },
      { status: 400, json: { error: 'temporarily_unavailable' } },
    ],
    [{ kind: 'redirect', location: 'http://127.0.0.1:1/' }, { status: 307 }],
  ])('%j answers so, without the work', async (fault, expected) => {
    expect(await under(fault)).toMatchObject({ answer: expected, counters: { refreshes: 0 } })
  })

  it.each<[FaultInput, object]>([
    [{ kind: 'html' }, { status: 200, json: {} }],
    [
      { kind: 'html', status: 502 },
      { status: 502, json: {} },
    ],
    [{ kind: 'invalid_json' }, { status: 200, json: {} }],
    [{ kind: 'answer', drop: ['expires_in'] }, { json: { token_type: 'Bearer' } }],
    [{ kind: 'answer', set: { expires_in: 0 } }, { json: { expires_in: 0 } }],
    [{ kind: 'answer', set: { expires_in: -1 } }, { json: { expires_in: -1 } }],
    [{ kind: 'answer', set: { expires_in: '300' } }, { json: { expires_in: '300' } }],
    [{ kind: 'answer', set: { expires_in: 1e18 } }, { json: { expires_in: 1e18 } }],
    [{ kind: 'answer', set: { scope: 'less', token_type: 'mac' } }, { json: { scope: 'less', token_type: 'mac' } }],
  ])('%j answers so, after the work', async (fault, expected) => {
    expect(await under(fault)).toMatchObject({ answer: expected, counters: { refreshes: 1 } })
  })

  it('leaves the refresh token out', async () => {
    const { answer } = await under({ kind: 'answer', drop: ['refresh_token'] })
    expect(answer?.json).not.toHaveProperty('refresh_token')
    expect(answer?.json.access_token).toBeDefined()
  })

  it('makes an answer huge', async () => {
    const { answer } = await under({ kind: 'huge', bytes: 3_000_000 })
    expect(String(answer?.json.padding)).toHaveLength(3_000_000)
  })

  it('says when to come again, in seconds or as a date', async () => {
    const seconds = await under({ kind: 'status', status: 429, retryAfter: 7 })
    expect(seconds.answer?.headers.get('retry-after')).toBe('7')
    const date = await under({ kind: 'status', status: 429, retryAfter: { dateIn: 60 } })
    const ahead = Date.parse(date.answer?.headers.get('retry-after') ?? '') - Date.now()
    expect(ahead).toBeGreaterThan(50_000)
    expect(ahead).toBeLessThan(61_000)
  })

  it('waits for its turn, its grant type and its client', async () => {
    await using server = await startOAuthServer()
    server.registerClient({ clientId: 'other', clientSecret: 's', redirectUris: [] })
    server.fault({ kind: 'status', status: 500, grantType: 'refresh_token', times: 2 })
    server.fault({ kind: 'status', status: 502 })
    server.fault({ kind: 'error', error: 'invalid_client', clientId: 'other' })
    expect((await connect(server)).status).toBe(502)
    const { refreshToken } = server.mint()
    const statuses: number[] = []
    for (const _ of [1, 2, 3]) statuses.push((await refresh(server, refreshToken)).status)
    expect(statuses).toEqual([500, 500, 200])
  })

  it('may last for a time, and be cleared', async () => {
    await using server = await startOAuthServer({ rotation: 'none' })
    const { refreshToken } = server.mint()
    server.fault({ kind: 'status', status: 503, forSeconds: 60 })
    expect((await refresh(server, refreshToken)).status).toBe(503)
    expect((await refresh(server, refreshToken)).status).toBe(503)
    server.advance(60)
    expect((await refresh(server, refreshToken)).status).toBe(200)
    server.fault({ kind: 'status', status: 503 })
    server.clearFaults()
    expect((await refresh(server, refreshToken)).status).toBe(200)
  })
})

describe('in a process of its own', () => {
  it('is steered over HTTP and counts the same', async () => {
    await using server = await startOAuthServerProcess({ expiresIn: 60 })
    const { grantId, accessToken, refreshToken } = await server.mint()
    const here = server as never
    expect((await api(here, '/me', accessToken)).status).toBe(200)
    await server.advance(60)
    expect((await api(here, '/me', accessToken)).status).toBe(401)
    await server.fault({ kind: 'reset', processed: true })
    await expect(refresh(here, refreshToken)).rejects.toThrow()
    expect(await refresh(here, refreshToken)).toMatchObject({ status: 400 })
    expect(await server.counters(grantId)).toEqual({ tokenRequests: 2, refreshes: 1, replays: 1, destroyed: 1 })
    expect((await server.grants())[0]).toMatchObject({ id: grantId, ended: 'replay' })
    expect(await server.now()).toBeGreaterThan(Date.now() + 50_000)
    await server.set({ expiresIn: 10 })
    expect((await server.settings()).expiresIn).toBe(10)
  })

  it('refuses what it does not understand, and web pages', async () => {
    await using server = await startOAuthServer()
    const call = (name: string, body: string, headers = {}) =>
      fetch(`${server.origin}/_control/${name}`, { method: 'POST', body, headers })
    expect((await call('advance', '[-1]')).status).toBe(400)
    expect((await call('advance', 'nonsense')).status).toBe(400)
    expect((await call('fault', '[{"kind":"mischief"}]')).status).toBe(400)
    expect((await call('constructor', '[]')).status).toBe(404)
    expect((await call('issued', '[]', { origin: 'http://evil.example' })).status).toBe(403)
  })
})
