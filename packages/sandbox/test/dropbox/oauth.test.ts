import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Sandbox, startSandbox } from '../../src/index.ts'
import { consent, openConsent } from '../consent.ts'
import { authorizeUrl, codeOf, connect, exchange, redirectUri, refresh, rpc, token } from './api.ts'

let sandbox: Sandbox
beforeAll(async () => {
  sandbox = await startSandbox({ only: ['dropbox'], redirectUris: [redirectUri] })
})
afterAll(() => sandbox.close())
beforeEach(() => sandbox.control.reset())

describe('the authorize page', () => {
  it('shows accounts, what is asked for in words, and two buttons', async () => {
    const response = await fetch(authorizeUrl(sandbox))
    expect(response.status).toBe(200)
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'")
    const html = await response.text()
    for (const words of ['Ada Baker', 'bo@example.test', 'View content of your Dropbox files and folders', 'Sandbox'])
      expect(html).toContain(words)
    const { buttons, method } = await openConsent(authorizeUrl(sandbox))
    expect(method).toBe('post')
    expect(buttons.map(({ label }) => label)).toEqual(['Cancel', 'Allow'])
  })

  it('sends back with a code and the state', async () => {
    const back = await consent(authorizeUrl(sandbox))
    expect(back.href.startsWith(`${redirectUri}?`)).toBe(true)
    expect(back.searchParams.get('state')).toBe('st/ate &1')
    expect([...back.searchParams.keys()].sort()).toEqual(['code', 'state'])
  })

  it('says that the user refused', async () => {
    const back = await consent(authorizeUrl(sandbox), { decision: 'cancel' })
    expect(Object.fromEntries(back.searchParams)).toEqual({
      error: 'access_denied',
      error_description: 'The user chose not to give your app access to their Dropbox account.',
      state: 'st/ate &1',
    })
  })

  it.each([
    ['an unknown client', { client_id: 'nobody' }],
    ['no client', { client_id: undefined }],
    ['another redirect URI', { redirect_uri: `${redirectUri}/` }],
    ['no redirect URI', { redirect_uri: undefined }],
    ['another response type', { response_type: 'token' }],
    ['no response type', { response_type: undefined }],
    ['another access type', { token_access_type: 'legacy' }],
    ['a plain challenge', { code_challenge_method: 'plain' }],
    ['a challenge without its method', { code_challenge_method: undefined }],
    ['a challenge that is none', { code_challenge: 'short' }],
    ['scopes that are joined by commas', { scope: 'account_info.read,files.metadata.read' }],
    ['a scope that the app does not have', { scope: 'files.content.write' }],
  ])('refuses %s on a page of its own, without a redirect', async (_, parameters) => {
    const response = await fetch(authorizeUrl(sandbox, parameters), { redirect: 'manual' })
    expect(response.status).toBe(400)
    expect(response.headers.get('location')).toBeNull()
    expect(await response.text()).toContain('Something went wrong')
  })

  it('refuses a parameter that is there twice', async () => {
    expect((await fetch(`${authorizeUrl(sandbox)}&scope=account_info.read`)).status).toBe(400)
  })

  it('is answered once, within ten minutes, from its own site', async () => {
    const form = await openConsent(authorizeUrl(sandbox))
    const fields = new URLSearchParams(form.fields)
    fields.set('decision', 'allow')
    const post = (headers = {}) => fetch(form.action, { method: 'POST', body: fields, headers, redirect: 'manual' })
    expect((await post({ origin: 'https://elsewhere.example' })).status).toBe(400)
    expect((await post()).status).toBe(302)
    expect((await post()).status).toBe(400)
    const late = await openConsent(authorizeUrl(sandbox))
    sandbox.control.advance(601)
    const body = new URLSearchParams([...late.fields, ['decision', 'allow']])
    expect((await fetch(late.action, { method: 'POST', body, redirect: 'manual' })).status).toBe(400)
  })
})

describe('the token endpoint', () => {
  it('gives what Dropbox documents', async () => {
    const { status, body, headers } = await exchange(sandbox, await codeOf(sandbox))
    expect(status).toBe(200)
    expect(headers.get('cache-control')).toBe('no-store')
    expect(body).toEqual({
      access_token: expect.stringMatching(/^sl\.u\./),
      token_type: 'bearer',
      expires_in: 14_400,
      refresh_token: expect.any(String),
      scope: 'account_info.read files.content.read files.metadata.read',
      uid: expect.stringMatching(/^\d+$/),
      account_id: expect.stringMatching(/^dbid:.{35}$/),
    })
  })

  it('gives no refresh token without token_access_type=offline', async () => {
    for (const token_access_type of [undefined, 'online']) {
      const { status, body } = await exchange(sandbox, await codeOf(sandbox, { token_access_type }))
      expect(status).toBe(200)
      expect(body).not.toHaveProperty('refresh_token')
    }
  })

  it('gives all scopes of the app when none are asked for', async () => {
    const { body } = await exchange(sandbox, await codeOf(sandbox, { scope: undefined }))
    expect(body.scope).toBe('account_info.read files.content.read files.metadata.read')
  })

  it('takes the client by Basic as well, and not in two ways', async () => {
    const { clientId, clientSecret } = sandbox.oauthClients.dropbox!
    const authorization = `Basic ${btoa(`${clientId}:${clientSecret}`)}`
    const byBasic = { client_id: undefined, client_secret: undefined }
    const code = await codeOf(sandbox)
    const fields = { grant_type: 'authorization_code', code, redirect_uri: redirectUri }
    expect((await token(sandbox, fields, { authorization })).body).toMatchObject({ error: 'invalid_request' })
    const { refresh_token } = await connect(sandbox)
    const answer = await token(sandbox, { grant_type: 'refresh_token', refresh_token, ...byBasic }, { authorization })
    expect(answer.status).toBe(200)
  })

  it.each([
    ['a wrong secret', { client_secret: 'wrong' }],
    ['an unknown client', { client_id: 'nobody' }],
    ['no secret', { client_secret: undefined }],
  ])('refuses %s with a 400', async (_, fields) => {
    const { status, body } = await exchange(sandbox, await codeOf(sandbox), fields)
    expect([status, body]).toEqual([
      400,
      { error: 'invalid_client', error_description: 'Invalid client_id or client_secret' },
    ])
  })

  it.each([
    ['another redirect URI', { redirect_uri: 'http://localhost:1/' }],
    ['no redirect URI', { redirect_uri: undefined }],
    ['no verifier', { code_verifier: undefined }],
    ['another verifier', { code_verifier: 'x'.repeat(43) }],
    ['an unknown code', { code: 'x'.repeat(43) }],
  ])('binds a code: %s', async (_, fields) => {
    const { status, body } = await exchange(sandbox, await codeOf(sandbox), fields)
    expect([status, body.error]).toEqual([400, 'invalid_grant'])
  })

  it('refuses a verifier for a code without a challenge', async () => {
    const code = await codeOf(sandbox, { code_challenge: undefined, code_challenge_method: undefined })
    expect((await exchange(sandbox, code)).body.error).toBe('invalid_grant')
  })

  it('binds a code to its client', async () => {
    const other = { clientId: 'other', clientSecret: 'secret', redirectUris: [redirectUri] }
    sandbox.control.registerClient('dropbox', other)
    const code = await codeOf(sandbox)
    const { body } = await exchange(sandbox, code, { client_id: 'other', client_secret: 'secret' })
    expect(body.error).toBe('invalid_grant')
    expect((await exchange(sandbox, code)).status).toBe(200)
  })

  it('takes a code once; a second use ends what the first one gave', async () => {
    const code = await codeOf(sandbox)
    const { body } = await exchange(sandbox, code)
    const again = await exchange(sandbox, code)
    expect(again.body).toEqual({ error: 'invalid_grant', error_description: 'code has already been used' })
    expect((await rpc(sandbox, body.access_token, 'users/get_current_account')).status).toBe(401)
    expect((await refresh(sandbox, body.refresh_token)).body.error).toBe('invalid_grant')
  })

  it('takes a code for ten minutes', async () => {
    const code = await codeOf(sandbox)
    sandbox.control.advance(601)
    expect((await exchange(sandbox, code)).body).toEqual({
      error: 'invalid_grant',
      error_description: "code doesn't exist or has expired",
    })
  })

  it('refuses what is no form, what stands in the URL, and what is there twice', async () => {
    const url = sandbox.endpoints.dropbox!.token!
    const { clientId, clientSecret } = sandbox.oauthClients.dropbox!
    const all = { grant_type: 'refresh_token', refresh_token: 'x', client_id: clientId, client_secret: clientSecret }
    const headers = { 'content-type': 'application/json' }
    const attempts = [
      fetch(url, { method: 'POST', headers, body: JSON.stringify(all) }),
      fetch(`${url}?${new URLSearchParams(all)}`, { method: 'POST' }),
      fetch(url, { method: 'POST', body: new URLSearchParams([...Object.entries(all), ['client_id', clientId]]) }),
    ]
    for (const attempt of await Promise.all(attempts)) {
      expect(attempt.status).toBe(400)
      expect(await attempt.json()).toMatchObject({ error: 'invalid_request' })
    }
  })

  it('refuses other grants, and grants without their field', async () => {
    expect((await token(sandbox, { grant_type: 'password' })).body.error).toBe('unsupported_grant_type')
    expect((await token(sandbox, {})).body.error).toBe('unsupported_grant_type')
    expect((await token(sandbox, { grant_type: 'authorization_code' })).body.error).toBe('invalid_request')
    expect((await token(sandbox, { grant_type: 'refresh_token' })).body.error).toBe('invalid_request')
  })
})

describe('a refresh', () => {
  it('gives no new refresh token, and the old access token lives on', async () => {
    const { access_token, refresh_token } = await connect(sandbox)
    for (let times = 0; times < 3; times++) {
      const { status, body } = await refresh(sandbox, refresh_token)
      expect([status, body]).toEqual([
        200,
        { access_token: expect.stringMatching(/^sl\./), token_type: 'bearer', expires_in: 14_400 },
      ])
    }
    expect((await rpc(sandbox, access_token, 'users/get_current_account')).status).toBe(200)
  })

  it('is good for ever, an access token for four hours', async () => {
    const { access_token, refresh_token } = await connect(sandbox)
    sandbox.control.advance(14_399)
    expect((await rpc(sandbox, access_token, 'users/get_current_account')).status).toBe(200)
    sandbox.control.advance(2)
    const expired = await rpc(sandbox, access_token, 'users/get_current_account')
    expect([expired.status, expired.body.error]).toEqual([401, { '.tag': 'expired_access_token' }])
    sandbox.control.advance(10 * 365 * 86_400)
    expect((await refresh(sandbox, refresh_token)).status).toBe(200)
  })

  it('may narrow the scope of its access token, and never widen it', async () => {
    const { refresh_token } = await connect(sandbox, { scope: 'account_info.read files.metadata.read' })
    const narrow = await refresh(sandbox, refresh_token, { scope: 'account_info.read' })
    const listed = await rpc(sandbox, narrow.body.access_token, 'files/list_folder', { path: '' })
    expect(listed.body.error).toEqual({ '.tag': 'missing_scope', required_scope: 'files.metadata.read' })
    expect((await refresh(sandbox, refresh_token, { scope: 'files.content.read' })).body.error).toBe('invalid_scope')
  })

  it("is refused for a token that is unknown, malformed, revoked or another client's", async () => {
    const { refresh_token } = await connect(sandbox)
    const unknown = await refresh(sandbox, 'x'.repeat(64))
    expect([unknown.status, unknown.body]).toEqual([
      400,
      { error: 'invalid_grant', error_description: 'refresh token is invalid or revoked' },
    ])
    expect((await refresh(sandbox, '!')).body).toEqual({
      error: 'invalid_grant',
      error_description: 'refresh token is malformed',
    })
    sandbox.control.registerClient('dropbox', { clientId: 'other', clientSecret: 's', redirectUris: [] })
    const foreign = await refresh(sandbox, refresh_token, { client_id: 'other', client_secret: 's' })
    expect(foreign.body.error).toBe('invalid_grant')
    sandbox.control.revokeGrant('dropbox', 'ada')
    expect((await refresh(sandbox, refresh_token)).body.error).toBe('invalid_grant')
  })
})

describe('a revocation', () => {
  const revoke = (accessToken: string, init: RequestInit = {}) =>
    fetch(sandbox.endpoints.dropbox!.revoke!, {
      method: 'POST',
      ...init,
      headers: { authorization: `Bearer ${accessToken}`, ...init.headers },
    })

  it('takes no body and no content type, or null as JSON', async () => {
    const bodies: RequestInit[] = [{}, { body: 'null', headers: { 'content-type': 'application/json' } }]
    for (const init of bodies) {
      const { access_token } = await connect(sandbox)
      const response = await revoke(access_token, init)
      expect([response.status, await response.text()]).toEqual([200, 'null'])
    }
  })

  it('refuses a form in plain text, and then revokes nothing', async () => {
    const { access_token } = await connect(sandbox)
    const response = await revoke(access_token, { body: new URLSearchParams({ token: access_token }) })
    expect(response.status).toBe(400)
    expect(response.headers.get('content-type')).toContain('text/plain')
    expect(await response.text()).toMatch(
      /^Error in call to API function "auth\/token\/revoke": Bad HTTP "Content-Type" header/,
    )
    expect((await rpc(sandbox, access_token, 'users/get_current_account')).status).toBe(200)
  })

  it('ends the refresh token and its other access tokens, and no other grant', async () => {
    const first = await connect(sandbox)
    const second = await connect(sandbox)
    const sibling = (await refresh(sandbox, first.refresh_token)).body.access_token
    expect((await revoke(sibling)).status).toBe(200)
    for (const dead of [sibling, first.access_token]) {
      const { status, body } = await rpc(sandbox, dead, 'users/get_current_account')
      expect([status, body.error]).toEqual([401, { '.tag': 'invalid_access_token' }])
    }
    expect((await refresh(sandbox, first.refresh_token)).body.error).toBe('invalid_grant')
    expect((await refresh(sandbox, second.refresh_token)).status).toBe(200)
    expect((await revoke(sibling)).status).toBe(401)
  })

  it('needs a token that is alive', async () => {
    const { access_token, refresh_token } = await connect(sandbox)
    sandbox.control.advance(14_401)
    const response = await revoke(access_token)
    expect([response.status, await response.json()]).toEqual([
      401,
      { error_summary: expect.stringMatching(/^expired_access_token\//), error: { '.tag': 'expired_access_token' } },
    ])
    expect((await refresh(sandbox, refresh_token)).status).toBe(200)
  })
})

it('keeps grants and clients over a restart, with its cursors', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sandbox-dropbox-'))
  const options = { only: ['dropbox'], redirectUris: [redirectUri], stateFile: join(folder, 'state.json') }
  const first = await startSandbox(options)
  first.control.registerClient('dropbox', { clientId: 'c2', clientSecret: 's2', redirectUris: [] })
  const { access_token, refresh_token } = await connect(first)
  const { body } = await rpc(first, access_token, 'files/list_folder', { path: '/Recipes' })
  await first.close()
  const second = await startSandbox(options)
  try {
    expect((await refresh(second, refresh_token)).status).toBe(200)
    const wrongSecret = await token(second, { client_id: 'c2', client_secret: 's2', grant_type: 'none' })
    expect(wrongSecret.body.error).toBe('unsupported_grant_type')
    const next = await rpc(second, access_token, 'files/list_folder/continue', { cursor: body.cursor })
    expect([next.status, next.body.entries.length]).toEqual([200, 25])
  } finally {
    await second.close()
    rmSync(folder, { recursive: true })
  }
})
