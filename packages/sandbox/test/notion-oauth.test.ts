import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Sandbox, startSandbox } from '../src/index.ts'
import { authorizeUrl, basic, connect, consent, oauthCall, openConsent, redirectUri } from './consent.ts'
import { all, call, titleOf } from './notion-api.ts'

const other = {
  clientId: 'other-client',
  clientSecret: 'other+secret /%',
  redirectUris: ['http://localhost:5000/cb?keep=1'],
}
let sandbox: Sandbox
beforeAll(async () => {
  sandbox = await startSandbox({ redirectUris: [redirectUri] })
})
afterAll(() => sandbox.close())
beforeEach(() => sandbox.control.reset())

const exchange = (code: string | null, more: object = { redirect_uri: redirectUri }, headers = {}) =>
  oauthCall(sandbox, 'token', { grant_type: 'authorization_code', code, ...more }, headers)
const refresh = (refreshToken: string, headers = {}) =>
  oauthCall(sandbox, 'token', { grant_type: 'refresh_token', refresh_token: refreshToken }, headers)
const me = async (token: string) => {
  // Without a token the helper would take the API key.
  expect(token).toMatch(/^ntn_/)
  return (await call(sandbox, 'GET', '/v1/users/me', undefined, { token })).status
}
const freshCode = async () => (await consent(authorizeUrl(sandbox))).searchParams.get('code')

describe('authorize', () => {
  test('an unknown client or redirect URI gets a page and no redirect', async () => {
    for (const wrong of [
      { client_id: 'nobody' },
      { redirect_uri: `${redirectUri}/` },
      { redirect_uri: 'https://evil.test/' },
    ]) {
      const response = await fetch(authorizeUrl(sandbox, wrong), { redirect: 'manual' })
      expect(response.status).toBe(400)
      expect(response.headers.get('content-type')).toContain('text/html')
      expect(response.headers.get('location')).toBeNull()
    }
  })

  test('owner=user and response_type=code are required, in JSON, without a redirect', async () => {
    for (const [wrong, name] of [
      [{ owner: undefined }, 'owner'],
      [{ owner: 'workspace' }, 'owner'],
      [{ response_type: 'token' }, 'response_type'],
      [{ client_id: undefined }, 'client_id'],
    ] as const) {
      const response = await fetch(authorizeUrl(sandbox, wrong), { redirect: 'manual' })
      expect(response.status).toBe(400)
      expect(await response.json()).toEqual({
        error: 'invalid_request',
        error_description: expect.stringMatching(`^query failed validation: query.${name} should be `),
        request_id: expect.any(String),
      })
    }
    const repeated = await fetch(`${authorizeUrl(sandbox)}&state=b`, { redirect: 'manual' })
    expect(repeated.status).toBe(400)
  })

  test('the consent page is one plain form with two named buttons', async () => {
    const form = await openConsent(authorizeUrl(sandbox, { scope: 'ignored', code_challenge: 'ignored' }))
    expect(form.method).toBe('post')
    expect(form.accounts.map(({ label }) => label).join()).toMatch(/Ada Sample.*Björn Beispiel/)
    expect(form.pages.length).toBeGreaterThan(8)
    expect(form.buttons).toEqual([
      { name: 'decision', value: 'cancel', label: 'Cancel' },
      { name: 'decision', value: 'allow', label: 'Allow access' },
    ])
  })

  test('state comes back as it was, with a code or with access_denied', async () => {
    const allowed = await consent(authorizeUrl(sandbox))
    expect(allowed.origin + allowed.pathname).toBe(redirectUri)
    expect([...allowed.searchParams.keys()].sort()).toEqual(['code', 'state'])
    expect(allowed.searchParams.get('state')).toBe('st/ate &1')
    const denied = await consent(authorizeUrl(sandbox), { decision: 'cancel' })
    expect(Object.fromEntries(denied.searchParams)).toEqual({ error: 'access_denied', state: 'st/ate &1' })
    const stateless = await consent(authorizeUrl(sandbox, { state: undefined }))
    expect([...stateless.searchParams.keys()]).toEqual(['code'])
  })

  test('a consent page is answered once, in time, by its own form', async () => {
    const form = await openConsent(authorizeUrl(sandbox))
    const fields = new URLSearchParams(form.fields)
    fields.set('decision', 'allow')
    const post = (headers = {}) => fetch(form.action, { method: 'POST', body: fields, headers, redirect: 'manual' })
    expect((await post({ origin: 'https://evil.test' })).status).toBe(400)
    expect((await post()).status).toBe(302)
    expect((await post()).status).toBe(400)
    fields.set('consent', 'made-up')
    expect((await post()).status).toBe(400)

    const late = await openConsent(authorizeUrl(sandbox))
    const lateFields = new URLSearchParams(late.fields)
    lateFields.set('decision', 'allow')
    sandbox.control.advance(601)
    expect((await fetch(late.action, { method: 'POST', body: lateFields, redirect: 'manual' })).status).toBe(400)
  })

  test('redirect_uri may be left out when exactly one is registered, and keeps its own query', async () => {
    sandbox.control.registerClient('notion', other)
    const url = authorizeUrl(sandbox, { client_id: other.clientId, redirect_uri: undefined })
    const back = await consent(url)
    expect(back.searchParams.get('keep')).toBe('1')
    const headers = { authorization: basic(other) }
    const code = back.searchParams.get('code')
    const wrong = await exchange(code, { redirect_uri: other.redirectUris[0] }, headers)
    expect(wrong.body.error).toBe('invalid_request')
    expect((await exchange(code, {}, headers)).status).toBe(200)

    sandbox.control.registerClient('notion', { ...other, redirectUris: [...other.redirectUris, redirectUri] })
    expect((await fetch(url)).status).toBe(400)
  })
})

describe('token', () => {
  test('answers in the documented shape, without expires_in', async () => {
    const answer = await exchange(await freshCode())
    expect(answer.status).toBe(200)
    expect(answer.headers.get('cache-control')).toBe('no-store')
    expect(answer.body).toEqual({
      access_token: expect.stringMatching(/^ntn_\w{20,}$/),
      token_type: 'bearer',
      refresh_token: expect.stringMatching(/^nrt_\w{20,}$/),
      bot_id: expect.any(String),
      workspace_id: expect.any(String),
      workspace_name: 'Acme Bakery (sample)',
      workspace_icon: expect.stringMatching(/^https:/),
      duplicated_template_id: null,
      request_id: expect.any(String),
      owner: {
        type: 'user',
        user: {
          object: 'user',
          id: expect.any(String),
          name: 'Ada Sample',
          avatar_url: null,
          type: 'person',
          person: { email: 'ada@acme.test' },
        },
      },
    })
    expect((await connect(sandbox, { account: 'Björn' })).workspace_icon).toBeNull()
  })

  test('takes Basic alone: no, wrong or body credentials are refused', async () => {
    const { clientId, clientSecret } = sandbox.oauthClients.notion!
    const code = await freshCode()
    for (const authorization of [
      '',
      'Bearer x',
      basic({ clientId, clientSecret: 'wrong' }),
      basic({ clientId: 'x', clientSecret }),
      'Basic eA==',
    ]) {
      const answer = await exchange(code, { redirect_uri: redirectUri }, { authorization })
      expect(answer.status).toBe(401)
      expect(answer.body).toEqual({
        error: 'invalid_client',
        error_description: expect.any(String),
        request_id: expect.any(String),
      })
    }
    const inBody = await exchange(code, { redirect_uri: redirectUri, client_id: clientId, client_secret: clientSecret })
    expect(inBody.status).toBe(400)
    expect(inBody.body.error).toBe('invalid_request')
    expect(JSON.stringify(inBody.body)).not.toContain(clientSecret)
    expect((await exchange(code)).status).toBe(200)
  })

  test('decodes a form-urlencoded id and secret', async () => {
    sandbox.control.registerClient('notion', other)
    const back = await consent(
      authorizeUrl(sandbox, { client_id: other.clientId, redirect_uri: other.redirectUris[0] }),
    )
    const answer = await exchange(
      back.searchParams.get('code'),
      { redirect_uri: other.redirectUris[0] },
      { authorization: basic(other) },
    )
    expect(answer.status).toBe(200)
  })

  test('takes JSON alone', async () => {
    const code = (await freshCode())!
    const form = new URLSearchParams({ grant_type: 'authorization_code', code, redirect_uri: redirectUri }).toString()
    const asForm = await oauthCall(sandbox, 'token', form, { 'content-type': 'application/x-www-form-urlencoded' })
    expect([asForm.status, asForm.body.error]).toEqual([400, 'invalid_request'])
    expect((await oauthCall(sandbox, 'token', '{')).body.error).toBe('invalid_request')
    expect((await oauthCall(sandbox, 'token', { grant_type: 'password' })).body.error).toBe('unsupported_grant_type')
    expect((await oauthCall(sandbox, 'token', { grant_type: 'refresh_token' })).body.error).toBe('invalid_request')
    expect((await exchange(code)).status).toBe(200)
  })

  test('binds the code to client and redirect URI, for ten minutes', async () => {
    sandbox.control.registerClient('notion', other)
    const code = await freshCode()
    expect((await exchange(code, { redirect_uri: redirectUri }, { authorization: basic(other) })).body.error).toBe(
      'invalid_grant',
    )
    expect((await exchange(code, { redirect_uri: 'http://localhost/other' })).body.error).toBe('invalid_grant')
    expect((await exchange(code, {})).body.error).toBe('invalid_request')
    expect((await exchange(code)).status).toBe(200)

    const late = await freshCode()
    sandbox.control.advance(601)
    expect((await exchange(late)).body.error).toBe('invalid_grant')
    expect((await exchange('made-up')).body.error).toBe('invalid_grant')
  })

  test('a second use of a code is refused and ends the tokens of the first', async () => {
    const code = await freshCode()
    const first = (await exchange(code)).body
    const renewed = (await refresh(first.refresh_token)).body
    expect(await me(renewed.access_token)).toBe(200)
    const second = await exchange(code)
    expect(second.status).toBe(400)
    expect(second.body).toEqual({
      error: 'invalid_grant',
      error_description: 'Invalid code: this code has been revoked.',
      request_id: expect.any(String),
    })
    expect(await me(renewed.access_token)).toBe(401)
    expect((await refresh(renewed.refresh_token)).body.error).toBe('invalid_grant')
  })
})

describe('refresh', () => {
  test('rotates both tokens; the old pair is dead at once', async () => {
    const first = await connect(sandbox)
    const { status, body: second } = await refresh(first.refresh_token)
    expect(status).toBe(200)
    expect(second).not.toHaveProperty('expires_in')
    expect(second.bot_id).toBe(first.bot_id)
    expect(second.access_token).not.toBe(first.access_token)
    expect(await me(first.access_token)).toBe(401)
    expect(await me(second.access_token)).toBe(200)
    const again = await refresh(first.refresh_token)
    expect([again.status, again.body.error]).toEqual([400, 'invalid_grant'])
    expect(await me(second.access_token)).toBe(200)
    expect((await refresh(second.refresh_token)).status).toBe(200)
  })

  test('reuse detection can kill the family, or forgive within a grace', async () => {
    sandbox.control.settings('notion', { refreshReuse: 'kill_family' })
    const first = await connect(sandbox)
    const second = (await refresh(first.refresh_token)).body
    expect((await refresh(first.refresh_token)).body.error).toBe('invalid_grant')
    expect(await me(second.access_token)).toBe(401)
    expect((await refresh(second.refresh_token)).body.error).toBe('invalid_grant')

    sandbox.control.settings('notion', { refreshReuse: 30 })
    const third = await connect(sandbox)
    const fourth = (await refresh(third.refresh_token)).body
    expect((await refresh(third.refresh_token)).body.refresh_token).toBe(fourth.refresh_token)
    sandbox.control.advance(31)
    expect((await refresh(third.refresh_token)).body.error).toBe('invalid_grant')
    expect(await me(fourth.access_token)).toBe(200)
  })

  test('is bound to the client, and takes no access token', async () => {
    sandbox.control.registerClient('notion', other)
    const tokens = await connect(sandbox)
    expect((await refresh(tokens.refresh_token, { authorization: basic(other) })).body.error).toBe('invalid_grant')
    expect((await refresh(tokens.access_token)).body.error).toBe('invalid_grant')
    expect((await refresh(tokens.refresh_token)).status).toBe(200)
  })

  test('access tokens die on the clock without having said so; lifetimes can be set', async () => {
    const tokens = await connect(sandbox)
    sandbox.control.advance(3599)
    expect(await me(tokens.access_token)).toBe(200)
    sandbox.control.advance(1)
    const dead = await call(sandbox, 'GET', '/v1/users/me', undefined, { token: tokens.access_token })
    expect(dead.status).toBe(401)
    expect(dead.body).toEqual({
      object: 'error',
      status: 401,
      code: 'unauthorized',
      message: 'API token is invalid.',
      request_id: expect.any(String),
    })
    expect(dead.headers.get('x-notion-request-id')).toBe(dead.body.request_id)

    const second = (await refresh(tokens.refresh_token)).body
    sandbox.control.settings('notion', { accessTokenSeconds: 60, refreshTokenSeconds: 100 })
    sandbox.control.advance(60)
    expect(await me(second.access_token)).toBe(401)
    sandbox.control.advance(40)
    expect((await refresh(second.refresh_token)).body.error).toBe('invalid_grant')
    sandbox.control.settings('notion', { refreshTokens: false })
    expect((await connect(sandbox)).refresh_token).toBeNull()
  })
})

describe('grants', () => {
  test('the same person keeps the bot; another has another', async () => {
    const first = await connect(sandbox)
    const again = await connect(sandbox)
    expect(again.bot_id).toBe(first.bot_id)
    expect(await me(first.access_token)).toBe(200)
    expect((await connect(sandbox, { account: 'Björn' })).bot_id).not.toBe(first.bot_id)
    const self = await call(sandbox, 'GET', '/v1/users/me', undefined, { token: again.access_token })
    expect(self.body).toMatchObject({
      id: first.bot_id,
      type: 'bot',
      bot: { workspace_id: first.workspace_id, owner: { type: 'user' } },
    })
  })

  test('a token sees the picked pages and what lies below them', async () => {
    const narrow = await connect(sandbox, { pages: ['Projects'] })
    const seen = (await all(sandbox, 'POST', '/v1/search', {}, { token: narrow.access_token })).results.map(titleOf)
    expect(seen.sort()).toEqual(
      ['New oven', 'Offers — Angebote für den Ofen', 'Projects', '日本の店舗 (Japan store)'].sort(),
    )
    const wide = await connect(sandbox)
    const { results } = await all(sandbox, 'POST', '/v1/search', {}, { token: wide.access_token })
    expect(results.length).toBeGreaterThan(270)
    // The bot is the same, so its pages are the same for the earlier token too.
    const earlier = await all(sandbox, 'POST', '/v1/search', {}, { token: narrow.access_token })
    expect(earlier.results).toHaveLength(results.length)
    const elsewhere = await connect(sandbox, { account: 'Björn' })
    const cafe = await all(sandbox, 'POST', '/v1/search', {}, { token: elsewhere.access_token })
    expect(cafe.results.map(titleOf).sort()).toEqual(['Speisekarte', 'Winterkarte ❄️', 'Öffnungszeiten'])
    const foreign = await call(sandbox, 'GET', `/v1/pages/${results[0].id}`, undefined, {
      token: elsewhere.access_token,
    })
    expect([foreign.status, foreign.body.code]).toEqual([404, 'object_not_found'])
  })

  test('revoke ends the bot; unknown and dead tokens are no error', async () => {
    const first = await connect(sandbox)
    const second = await connect(sandbox)
    const revoked = await oauthCall(sandbox, 'revoke', { token: first.access_token })
    expect(revoked.status).toBe(200)
    expect(Object.keys(revoked.body)).toEqual(['request_id'])
    expect(await me(second.access_token)).toBe(401)
    expect((await refresh(second.refresh_token)).body.error).toBe('invalid_grant')
    expect((await oauthCall(sandbox, 'revoke', { token: first.access_token })).status).toBe(200)
    expect((await oauthCall(sandbox, 'revoke', { token: 'x' }, { authorization: 'none' })).status).toBe(401)
    expect((await connect(sandbox)).bot_id).not.toBe(first.bot_id)
  })

  test('another client can neither revoke nor see a token', async () => {
    sandbox.control.registerClient('notion', other)
    const tokens = await connect(sandbox)
    const headers = { authorization: basic(other) }
    expect((await oauthCall(sandbox, 'revoke', { token: tokens.access_token }, headers)).status).toBe(400)
    expect((await oauthCall(sandbox, 'introspect', { token: tokens.access_token }, headers)).body.active).toBe(false)
    expect(await me(tokens.access_token)).toBe(200)
  })

  test('introspection tells live tokens from dead and spent ones', async () => {
    const tokens = await connect(sandbox)
    const active = async (token: string) => (await oauthCall(sandbox, 'introspect', { token })).body
    expect(await active(tokens.access_token)).toEqual({
      active: true,
      scope: expect.any(String),
      iat: Math.floor(sandbox.control.now() / 1000),
      request_id: expect.any(String),
    })
    expect((await active(tokens.refresh_token)).active).toBe(true)
    await refresh(tokens.refresh_token)
    expect((await active(tokens.refresh_token)).active).toBe(false)
    expect(await active(tokens.access_token)).toEqual({ active: false, request_id: expect.any(String) })
  })

  test('the person removes the connection at the provider', async () => {
    const ada = await connect(sandbox)
    const bjorn = await connect(sandbox, { account: 'Björn' })
    const pending = await freshCode()
    sandbox.control.revokeGrant('notion', 'ada@acme.test')
    expect(await me(ada.access_token)).toBe(401)
    expect((await refresh(ada.refresh_token)).body.error).toBe('invalid_grant')
    expect((await exchange(pending)).body.error).toBe('invalid_grant')
    expect(await me(bjorn.access_token)).toBe(200)
    sandbox.control.revokeGrant('notion')
    expect(await me(bjorn.access_token)).toBe(401)
  })

  test('a token request whose answer is lost has spent the refresh token', async () => {
    const tokens = await connect(sandbox)
    sandbox.control.fault({ provider: 'notion', match: 'POST /v1/oauth/token', kind: 'reset', processed: true })
    await expect(refresh(tokens.refresh_token)).rejects.toThrow('fetch failed')
    expect((await refresh(tokens.refresh_token)).body.error).toBe('invalid_grant')
    const unharmed = await connect(sandbox)
    sandbox.control.fault({ provider: 'notion', match: 'POST /v1/oauth/token', kind: 'reset' })
    await expect(refresh(unharmed.refresh_token)).rejects.toThrow('fetch failed')
    expect((await refresh(unharmed.refresh_token)).status).toBe(200)
  })
})
