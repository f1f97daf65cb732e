import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type OAuthServer, startOAuthServer, walkConsent } from '../src/oauth-server/index.ts'
import { authorizeUrl, connect, exchange, getCode, pkcePair, redirectUri, tokenCall } from './oauth-client.ts'

let server: OAuthServer
beforeAll(async () => {
  server = await startOAuthServer({ scopes: ['read', 'write'], issuer: 'https://issuer.example' })
})
afterAll(() => server.close())

const challenge = () => ({ code_challenge: pkcePair().challenge, code_challenge_method: 'S256' })

describe('an authorization request', () => {
  it('comes back with a code, its state and the issuer', async () => {
    const callback = await walkConsent(authorizeUrl(server, { ...challenge(), scope: 'read' }))
    expect(callback.origin + callback.pathname).toBe(redirectUri)
    expect(Object.fromEntries(callback.searchParams)).toEqual({
      code: expect.stringMatching(/^oac_/),
      state: 'state-1',
      iss: 'https://issuer.example',
    })
  })

  it.each([
    ['an unknown client', { client_id: 'nobody' }],
    ['a redirect URI with a slash more', { redirect_uri: `${redirectUri}/` }],
    ['another redirect URI', { redirect_uri: 'https://evil.example/' }],
    ['no redirect URI', { redirect_uri: '' }],
  ])('of %s gets a page and no redirect', async (_name, fields) => {
    await expect(walkConsent(authorizeUrl(server, { ...challenge(), ...fields }))).rejects.toThrow(/HTTP 400/)
  })

  it.each([
    ['without a challenge', {}, 'invalid_request'],
    ['with a plain challenge', { code_challenge: 'x'.repeat(43), code_challenge_method: 'plain' }, 'invalid_request'],
    ['with a challenge that names no method', { code_challenge: 'x'.repeat(43) }, 'invalid_request'],
    ['for a token', { ...challenge(), response_type: 'token' }, 'unsupported_response_type'],
    ['for an unknown scope', { ...challenge(), scope: 'read everything' }, 'invalid_scope'],
  ])('%s is refused by redirect', async (_name, fields, error) => {
    const { searchParams } = await walkConsent(authorizeUrl(server, fields))
    expect(searchParams.get('error')).toBe(error)
    expect(searchParams.get('state')).toBe('state-1')
    expect(searchParams.get('iss')).toBe('https://issuer.example')
    expect(searchParams.has('code')).toBe(false)
  })

  it('with a parameter twice is refused', async () => {
    const url = `${authorizeUrl(server, challenge())}&scope=read&scope=write`
    expect((await walkConsent(url)).searchParams.get('error')).toBe('invalid_request')
  })

  it('is shown to the account when it wants to be asked', async () => {
    await using asking = await startOAuthServer({ consent: 'form', scopes: ['read', 'write'] })
    const url = () => authorizeUrl(asking, { ...challenge(), scope: 'read write' })
    const page = await (await fetch(url())).text()
    expect(page).toContain('Allow as Ada')
    expect(page).toContain('Allow as Ben')
    const denied = await walkConsent(url(), { deny: true })
    expect(denied.searchParams.get('error')).toBe('access_denied')

    const { verifier, challenge: sent } = pkcePair()
    const asked = authorizeUrl(asking, { code_challenge: sent, code_challenge_method: 'S256', scope: 'read write' })
    const allowed = await walkConsent(asked, { accountId: 'acc-ben', scopes: ['read'] })
    const { json } = await exchange(asking, allowed.searchParams.get('code')!, verifier)
    expect(json.scope).toBe('read')
    expect(asking.grants()).toMatchObject([{ accountId: 'acc-ben', scopes: ['read'] }])
  })
})

describe('a code', () => {
  it('becomes tokens', async () => {
    const { status, json, headers } = await connect(server, { scope: 'read write' })
    expect(status).toBe(200)
    expect(json).toEqual({
      access_token: expect.stringMatching(/^oat_/),
      refresh_token: expect.stringMatching(/^ort_/),
      token_type: 'Bearer',
      expires_in: 300,
      scope: 'read write',
    })
    expect(headers.get('cache-control')).toBe('no-store')
  })

  it('used twice ends what it was exchanged for', async () => {
    const { code, verifier } = await getCode(server)
    expect((await exchange(server, code, verifier)).status).toBe(200)
    const { id } = server.grants().at(-1)!
    const again = await exchange(server, code, verifier)
    expect(again).toMatchObject({ status: 400, json: { error: 'invalid_grant' } })
    expect(server.grants().at(-1)).toMatchObject({ id, ended: 'code_replay' })
    expect(server.counters(id)).toEqual({ tokenRequests: 2, refreshes: 0, replays: 0, destroyed: 1 })
  })

  it.each([
    ['another redirect URI', { redirect_uri: 'http://localhost/other' }],
    ['no redirect URI', { redirect_uri: '' }],
    ['another verifier', { code_verifier: 'y'.repeat(43) }],
    ['a short verifier', { code_verifier: 'y' }],
    ['no verifier', { code_verifier: '' }],
  ])('with %s is worth nothing, nor is it afterwards', async (_name, fields) => {
    const { code, verifier } = await getCode(server)
    expect(await exchange(server, code, verifier, fields)).toMatchObject({ json: { error: 'invalid_grant' } })
    expect(await exchange(server, code, verifier)).toMatchObject({ json: { error: 'invalid_grant' } })
  })

  it('is good for ten minutes and for its own client', async () => {
    server.registerClient({ clientId: 'other', clientSecret: 's', redirectUris: [redirectUri] })
    const { code, verifier } = await getCode(server)
    const fields = { grant_type: 'authorization_code', code, redirect_uri: redirectUri, code_verifier: verifier }
    const stolen = await tokenCall(server, { ...fields, client_id: 'other', client_secret: 's' }, {})
    expect(stolen).toMatchObject({ status: 400, json: { error: 'invalid_grant' } })
    server.advance(600)
    expect(await exchange(server, code, verifier)).toMatchObject({ json: { error: 'invalid_grant' } })
  })

  it('asked for without PKCE takes no verifier', async () => {
    await using lax = await startOAuthServer({ pkce: 'optional' })
    const callback = await walkConsent(authorizeUrl(lax))
    const answer = await exchange(lax, callback.searchParams.get('code')!, 'y'.repeat(43))
    expect(answer).toMatchObject({ json: { error: 'invalid_grant' } })
  })
})

it('tells its metadata', async () => {
  const answer = await fetch(`${server.origin}/.well-known/oauth-authorization-server`)
  expect(await answer.json()).toMatchObject({
    issuer: 'https://issuer.example',
    token_endpoint: server.endpoints.token,
    authorization_response_iss_parameter_supported: true,
    code_challenge_methods_supported: ['S256'],
  })
})
