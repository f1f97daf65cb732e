/** What the token client sends, byte for byte, and what is made of every kind of answer as it arrives from a socket. */

import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createEgress, type Egress } from '@wellhead/plugin-host'
import type { FaultInput, OAuthServer } from '@wellhead/testkit/oauth-server'
import { startOAuthServer } from '@wellhead/testkit/oauth-server'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { judge } from '../src/oauth/judge.ts'
import { createTokenClient, type TokenClient } from '../src/oauth/token-client.ts'
import { type ItemsAuth, itemsSource } from './items.ts'

let server: OAuthServer
let egress: Egress
let tokens: TokenClient

beforeAll(async () => {
  server = await startOAuthServer()
  egress = createEgress({ allow: ['127.0.0.0/8'] })
  tokens = createTokenClient(egress)
})
afterAll(async () => {
  await egress.close()
  await server.close()
})
beforeEach(() => server.clearFaults())

const specOf = (auth: ItemsAuth = {}) => itemsSource('items', auth).auth
const spec = specOf()

/** One refresh of a fresh grant, as the engine sends and judges it. */
async function refresh(options: { fault?: FaultInput; url?: string; timeoutMs?: number; secret?: string } = {}) {
  const { refreshToken } = server.mint()
  if (options.fault) server.fault(options.fault)
  const { clientId, clientSecret } = server.client
  const answer = await tokens.request({
    spec,
    url: options.url ?? server.endpoints.token,
    client: { clientId, clientSecret: options.secret ?? clientSecret },
    grant: { type: 'refresh_token', refreshToken },
    timeoutMs: options.timeoutMs ?? 3_000,
  })
  return { judgement: judge(spec, answer), answer, refreshToken }
}

async function listen(raw: Server) {
  await new Promise<void>((resolve) => raw.listen(0, '127.0.0.1', resolve))
  const close = () =>
    new Promise<unknown>((resolve) => {
      raw.close(resolve)
      raw.closeAllConnections()
    })
  return { url: `http://127.0.0.1:${(raw.address() as AddressInfo).port}/token`, close }
}

describe('5xx, timeout, lock timeout and revocation are one error "invalid credentials": an answer from the wire', () => {
  it('with a new pair is refreshed', async () => {
    const { judgement, refreshToken } = await refresh()
    expect(judgement).toMatchObject({
      outcome: 'refreshed',
      tokens: { lifetimeSeconds: 300, info: { token_type: 'Bearer' } },
    })
    expect(judgement.outcome === 'refreshed' && judgement.tokens.refreshToken).not.toBe(refreshToken)
    expect(judgement.outcome === 'refreshed' && Object.keys(judgement.tokens.info)).not.toContain('access_token')
  })

  it.each<[string, FaultInput, string]>([
    ['a reset before the answer', { kind: 'reset' }, 'unknown_outcome'],
    ['silence', { kind: 'hang' }, 'unknown_outcome'],
    ['half an answer', { kind: 'truncated' }, 'unknown_outcome'],
    ['JSON that ends early', { kind: 'invalid_json' }, 'unknown_outcome'],
    ['a page', { kind: 'html' }, 'unknown_outcome'],
    ['fifty megabytes', { kind: 'huge', bytes: 50 * 1024 * 1024 }, 'unknown_outcome'],
    ['a gateway’s page', { kind: 'html', status: 502 }, 'unknown_outcome'],
    ['500', { kind: 'status', status: 500 }, 'unknown_outcome'],
    ['503', { kind: 'status', status: 503, retryAfter: 7 }, 'provider_down'],
    ['504', { kind: 'status', status: 504 }, 'unknown_outcome'],
    ['429', { kind: 'status', status: 429, retryAfter: 7 }, 'rate_limited'],
    ['a firewall’s page', { kind: 'html', status: 403 }, 'provider_down'],
    ['404', { kind: 'status', status: 404 }, 'client_misconfigured'],
    ['invalid_grant', { kind: 'error', error: 'invalid_grant' }, 'revoked'],
    ['invalid_client', { kind: 'error', error: 'invalid_client' }, 'client_misconfigured'],
    ['invalid_grant with 500', { kind: 'status', status: 500, body: { error: 'invalid_grant' } }, 'unknown_outcome'],
    ['an unknown error with 200', { kind: 'status', status: 200, body: { error: 'odd' } }, 'unknown_outcome'],
    ['an array', { kind: 'status', status: 200, body: [1] }, 'unknown_outcome'],
    ['nothing', { kind: 'status', status: 204 }, 'unknown_outcome'],
    ['no access token, a new refresh token', { kind: 'answer', drop: ['access_token'] }, 'invalid_answer'],
    [
      'an error beside a new refresh token',
      { kind: 'answer', set: { error: 'odd' }, drop: ['access_token'] },
      'invalid_answer',
    ],
    ['a token of another kind', { kind: 'answer', set: { token_type: 'N_A' } }, 'invalid_answer'],
    [
      'a token of no kind, no refresh token',
      { kind: 'answer', drop: ['token_type', 'refresh_token'] },
      'unknown_outcome',
    ],
  ])('%s', async (_, fault, outcome) => {
    const { judgement } = await refresh({ fault, timeoutMs: fault.kind === 'hang' ? 200 : 3_000 })
    expect(judgement.outcome).toBe(outcome)
    if ('retryAfterMs' in judgement && fault.kind === 'status') expect(judgement.retryAfterMs).toBe(7_000)
  })

  it('without end is read to its bound and hung up on', async () => {
    let written = 0
    const endless = createServer((_request, response) => {
      const more = () => {
        while (!response.destroyed && response.write(Buffer.alloc(64 * 1024, 'x'))) written += 64 * 1024
      }
      response.on('drain', more)
      response.writeHead(200, { 'content-type': 'application/json' })
      more()
    })
    const { url, close } = await listen(endless)
    expect((await refresh({ url })).answer).toEqual({ kind: 'lost', reason: 'egress_too_large' })
    await close()
    // What the sockets of both sides hold is written, too.
    expect(written).toBeLessThan(16 * 1024 * 1024)
  })

  it('that redirects is not followed, so no secret goes elsewhere', async () => {
    let reached = 0
    const elsewhere = createServer((_request, response) => {
      reached++
      response.end('{}')
    })
    const { url: location, close } = await listen(elsewhere)
    const { judgement } = await refresh({ fault: { kind: 'redirect', location } })
    expect(judgement.outcome).toBe('client_misconfigured')
    expect(reached).toBe(0)
    await close()
  })

  it('that cannot come, as nothing was sent, is a provider that is down', async () => {
    for (const url of ['http://127.0.0.1:9/token', 'http://no-such-host.invalid/token', 'http://10.0.0.1/token'])
      expect((await refresh({ url })).judgement.outcome).toBe('provider_down')
    // TLS with something that speaks none.
    const tls = server.endpoints.token.replace('http:', 'https:')
    expect((await refresh({ url: tls })).judgement.outcome).toBe('provider_down')
  })

  it('never shows a secret in its message', async () => {
    for (const body of [
      { error: 'ort_secret with spaces' },
      { error: 'invalid_grant', error_description: 'ort_secret' },
    ]) {
      const { judgement } = await refresh({ fault: { kind: 'status', status: 400, body } })
      expect(JSON.stringify(judgement)).not.toContain('ort_secret')
    }
  })
})

describe('what is sent', () => {
  it.each<[string, ItemsAuth]>([
    ['basic, form', { clientAuth: 'basic' }],
    ['post, form', { clientAuth: 'post' }],
    ['basic, JSON', { clientAuth: 'basic', tokenRequestFormat: 'json' }],
    ['post, JSON', { clientAuth: 'post', tokenRequestFormat: 'json' }],
  ])('is understood by a strict server: %s', async (_, auth) => {
    const own = specOf(auth)
    server.set({ tokenRequestFormat: own.tokenRequestFormat })
    const { refreshToken } = server.mint()
    const answer = await tokens.request({
      spec: own,
      url: server.endpoints.token,
      client: server.client,
      grant: { type: 'refresh_token', refreshToken },
      timeoutMs: 3_000,
    })
    server.set({ tokenRequestFormat: 'form' })
    expect(judge(own, answer).outcome).toBe('refreshed')
  })

  it('is nothing when the last look says no', async () => {
    const before = server.counters().tokenRequests
    const { refreshToken } = server.mint()
    const answer = await tokens.request({
      spec,
      url: server.endpoints.token,
      client: server.client,
      grant: { type: 'refresh_token', refreshToken },
      timeoutMs: 3_000,
      beforeSend() {
        throw new Error('the lease is over')
      },
    })
    expect(answer.kind).toBe('not_sent')
    expect(server.counters().tokenRequests).toBe(before)
  })

  it('ends within its one bound, headers and body together', async () => {
    // Headers at once, then a byte now and then: each alone is in time.
    const drip = createServer((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' })
      const timer = setInterval(() => response.write(' '), 50)
      response.on('close', () => clearInterval(timer))
    })
    const { url, close } = await listen(drip)
    const begun = performance.now()
    const { judgement } = await refresh({ url, timeoutMs: 400 })
    expect(judgement.outcome).toBe('unknown_outcome')
    expect(performance.now() - begun).toBeLessThan(2_000)
    await close()
  })

  it('asks an introspection endpoint by the same rules, and believes only a plain answer', async () => {
    const ask = (token: string) =>
      tokens.introspect({
        spec,
        url: server.endpoints.introspect,
        client: server.client,
        token,
        timeoutMs: 3_000,
      })
    const { refreshToken, grantId } = server.mint()
    expect(await ask(refreshToken)).toBe(true)
    server.removeGrant(grantId)
    expect(await ask(refreshToken)).toBe(false)
    server.fault({ kind: 'html', endpoint: 'introspect' })
    expect(await ask(refreshToken)).toBeUndefined()
    server.fault({ kind: 'reset', endpoint: 'introspect' })
    expect(await ask(refreshToken)).toBeUndefined()
  })
})
