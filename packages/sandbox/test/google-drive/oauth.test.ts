import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Sandbox } from '../../src/index.ts'
import {
  authorizeUrl,
  connect,
  consent,
  endpoint,
  exchange,
  get,
  openConsent,
  ownClient,
  post,
  readonly,
  redirectUri,
  refresh,
  sibling,
  startDrive,
  stranger,
} from './stand.ts'

let sandbox: Sandbox
beforeAll(async () => {
  sandbox = await startDrive()
})
afterAll(() => sandbox.close())
beforeEach(() => {
  sandbox.control.reset()
  sandbox.control.registerClient('google-drive', sibling)
  sandbox.control.registerClient('google-drive', stranger)
})

const freshCode = async (parameters = {}) => (await consent(authorizeUrl(sandbox, parameters))).searchParams.get('code')
const about = async (token: string) => (await get(sandbox, token, '/about', { fields: 'user' })).status
const settings = (patch: object) => sandbox.control.settings('google-drive', { ...patch })

describe('authorize', () => {
  test.each([
    [{ client_id: 'nobody' }, 401, 'invalid_client'],
    [{ client_id: undefined }, 400, 'invalid_request'],
    [{ redirect_uri: `${redirectUri}/` }, 400, 'redirect_uri_mismatch'],
    [{ redirect_uri: 'https://evil.test/' }, 400, 'redirect_uri_mismatch'],
    [{ redirect_uri: undefined }, 400, 'invalid_request'],
    [{ response_type: 'token' }, 400, 'invalid_request'],
    [{ scope: undefined }, 400, 'invalid_request'],
    [{ scope: `${readonly} nothing` }, 400, 'invalid_scope'],
    [{ access_type: 'ever' }, 400, 'invalid_request'],
    [{ prompt: 'maybe' }, 400, 'invalid_request'],
    [{ code_challenge_method: 'plain' }, 400, 'invalid_request'],
    [{ code_challenge: 'short' }, 400, 'invalid_request'],
  ])('%j is answered by a page and no redirect', async (wrong, status, error) => {
    const response = await fetch(authorizeUrl(sandbox, wrong), { redirect: 'manual' })
    expect(response.status).toBe(status)
    expect(response.headers.get('location')).toBeNull()
    expect(response.headers.get('content-type')).toContain('text/html')
    expect(await response.text()).toContain(error)
  })

  test('a parameter that comes twice is refused', async () => {
    const response = await fetch(`${authorizeUrl(sandbox)}&state=b`, { redirect: 'manual' })
    expect([response.status, response.headers.get('location')]).toEqual([400, null])
  })

  test('the page shows two accounts, the hinted one first, and the scope in words', async () => {
    const form = await openConsent(authorizeUrl(sandbox))
    expect(form.accounts.map(({ label }) => label).join()).toMatch(/Ada Baker.*Bo Larsen/s)
    expect(form.text).toContain('See and download all your Google Drive files')
    expect(form.fields.has('scope')).toBe(false)
    const hinted = await openConsent(authorizeUrl(sandbox, { login_hint: 'bo@example.test' }))
    expect(hinted.accounts[0]?.label).toContain('Bo Larsen')
  })

  test('state and issuer come back as they were, with a code or with access_denied', async () => {
    const allowed = await consent(authorizeUrl(sandbox))
    expect(allowed.origin + allowed.pathname).toBe(redirectUri)
    expect(Object.fromEntries(allowed.searchParams)).toEqual({
      state: 'st/ate &1',
      iss: 'https://accounts.google.com',
      code: expect.stringMatching(/^4\/0A/),
      scope: readonly,
      authuser: '0',
      prompt: 'consent',
    })
    const denied = await consent(authorizeUrl(sandbox), { decision: 'cancel' })
    expect(Object.fromEntries(denied.searchParams)).toEqual({
      error: 'access_denied',
      iss: 'https://accounts.google.com',
      state: 'st/ate &1',
    })
  })

  test('a person who may untick scopes gives fewer, and a denied scope is dropped', async () => {
    settings({ granularConsent: true })
    const scope = `email ${readonly}`
    const email = 'https://www.googleapis.com/auth/userinfo.email'
    expect((await openConsent(authorizeUrl(sandbox, { scope }))).fields.getAll('scope')).toEqual([email, readonly])
    const narrow = await connect(sandbox, { scopes: [email] }, { scope })
    expect(narrow.scope).toBe(email)
    expect(await get(sandbox, narrow.access_token, '/files')).toMatchObject({
      status: 403,
      body: { error: { errors: [{ reason: 'insufficientPermissions' }] } },
    })
    settings({ granularConsent: false, deniedScopes: [readonly] })
    expect((await connect(sandbox, {}, { scope })).scope).toBe(email)
  })
})

describe('token', () => {
  test('answers in the documented form, with the scopes in their long names and another order', async () => {
    const answer = await exchange(sandbox, await freshCode({ scope: `profile email ${readonly}` }))
    expect(answer.headers.get('cache-control')).toContain('no-store')
    expect(answer.body).toEqual({
      access_token: expect.stringMatching(/^ya29\.a0[\w-]{40,}$/),
      refresh_token: expect.stringMatching(/^1\/\/0g[\w-]{40,}$/),
      expires_in: 3599,
      scope: `${readonly} https://www.googleapis.com/auth/userinfo.email https://www.googleapis.com/auth/userinfo.profile`,
      token_type: 'Bearer',
    })
  })

  test('offline access decides whether there is a refresh token', async () => {
    expect(await connect(sandbox, {}, { access_type: undefined })).not.toHaveProperty('refresh_token')
    sandbox.control.revokeGrant('google-drive')
    expect(await connect(sandbox, {}, { prompt: undefined })).toHaveProperty('refresh_token')
    expect(await connect(sandbox, {}, { prompt: undefined })).not.toHaveProperty('refresh_token')
    expect(await connect(sandbox, {}, { prompt: 'select_account' })).not.toHaveProperty('refresh_token')
    expect(await connect(sandbox, {}, { prompt: 'consent' })).toHaveProperty('refresh_token')
    expect(await connect(sandbox, { account: 'Bo' }, { prompt: undefined })).toHaveProperty('refresh_token')
  })

  test('takes forms alone, and each parameter once', async () => {
    const asJson = await fetch(endpoint(sandbox, 'token'), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ grant_type: 'authorization_code' }),
    })
    expect([asJson.status, ((await asJson.json()) as { error: string }).error]).toEqual([400, 'invalid_request'])
    const twice = await fetch(endpoint(sandbox, 'token'), {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: 'grant_type=refresh_token&grant_type=refresh_token',
    })
    expect(twice.status).toBe(400)
  })

  test('the client proves itself by post or by Basic', async () => {
    const { clientId, clientSecret } = ownClient(sandbox)
    const code = await freshCode()
    const wrong = await exchange(sandbox, code, { client_secret: 'wrong' })
    expect([wrong.status, wrong.body.error]).toEqual([401, 'invalid_client'])
    const unknown = await exchange(sandbox, code, { client_id: 'nobody' })
    expect(unknown).toMatchObject({
      status: 401,
      body: { error: 'invalid_client', error_description: 'The OAuth client was not found.' },
    })
    const none = await post(sandbox, 'token', { grant_type: 'authorization_code', code: code ?? '' })
    expect([none.status, none.body.error]).toEqual([400, 'invalid_request'])
    settings({ deletedClients: [clientId] })
    expect((await exchange(sandbox, code)).body.error).toBe('deleted_client')
    settings({ deletedClients: [] })

    const authorization = `Basic ${btoa(`${encodeURIComponent(clientId)}:${encodeURIComponent(clientSecret)}`)}`
    expect((await exchange(sandbox, code, {})).status).toBe(200)
    const { refresh_token } = await connect(sandbox)
    const basic = await post(sandbox, 'token', { grant_type: 'refresh_token', refresh_token }, { authorization })
    expect(basic.status).toBe(200)
    const both = await post(
      sandbox,
      'token',
      { grant_type: 'refresh_token', refresh_token, client_id: clientId, client_secret: clientSecret },
      { authorization },
    )
    expect(both.status).toBe(400)
  })

  test.each([
    ['no verifier', { code_verifier: '' }, 'invalid_grant'],
    ['another verifier', { code_verifier: 'x'.repeat(43) }, 'invalid_grant'],
    ['another redirect URI', { redirect_uri: 'http://localhost:4999/other' }, 'redirect_uri_mismatch'],
    ['a code of no form', { code: 'none' }, 'invalid_grant'],
    ['an unknown code', { code: '4/0Anone' }, 'invalid_grant'],
    ['another grant type', { grant_type: 'password' }, 'unsupported_grant_type'],
  ])('with %s: %j is %s', async (_, wrong, error) => {
    const answer = await exchange(sandbox, await freshCode(), wrong)
    expect([answer.status, answer.body.error]).toEqual([400, error])
  })

  test('a code is for its client, lives ten minutes, and its second use ends what the first gave', async () => {
    const code = await freshCode()
    expect((await exchange(sandbox, code, {}, sibling)).body.error).toBe('invalid_grant')
    const first = await exchange(sandbox, code)
    expect(await about(first.body.access_token)).toBe(200)
    expect((await exchange(sandbox, code)).body.error).toBe('invalid_grant')
    expect(await about(first.body.access_token)).toBe(401)
    expect((await refresh(sandbox, first.body.refresh_token)).body.error).toBe('invalid_grant')
    const late = await freshCode()
    sandbox.control.advance(601)
    expect((await exchange(sandbox, late)).body.error).toBe('invalid_grant')
  })
})

describe('refresh', () => {
  test('gives no new refresh token, and the old one stays good', async () => {
    const first = await connect(sandbox)
    sandbox.control.advance(3599)
    expect(await about(first.access_token)).toBe(401)
    const second = await refresh(sandbox, first.refresh_token)
    expect(second.body).toEqual({
      access_token: expect.not.stringMatching(first.access_token),
      expires_in: 3599,
      scope: readonly,
      token_type: 'Bearer',
    })
    expect(await about(second.body.access_token)).toBe(200)
    const third = await refresh(sandbox, first.refresh_token)
    expect(await about(third.body.access_token)).toBe(200)
    expect(await about(second.body.access_token)).toBe(200)
  })

  test('with the token of another client is unauthorized_client, with an unknown one invalid_grant', async () => {
    const { refresh_token } = await connect(sandbox)
    expect(await refresh(sandbox, refresh_token, stranger)).toMatchObject({
      status: 401,
      body: { error: 'unauthorized_client' },
    })
    expect(await refresh(sandbox, '1//0gnone')).toMatchObject({
      status: 400,
      body: { error: 'invalid_grant', error_description: 'Token has been expired or revoked.' },
    })
  })

  test('an unused refresh token dies after six months, a used one lives on', async () => {
    const [idle, used] = [await connect(sandbox), await connect(sandbox)]
    for (let month = 0; month < 6; month++) {
      sandbox.control.advance(30 * 86_400)
      expect((await refresh(sandbox, used.refresh_token)).status).toBe(200)
    }
    expect((await refresh(sandbox, idle.refresh_token)).body.error).toBe('invalid_grant')
  })

  test('in testing mode it dies after seven days, however often it is used', async () => {
    settings({ testing: true })
    const { refresh_token, refresh_token_expires_in } = await connect(sandbox)
    expect(refresh_token_expires_in).toBe(604_799)
    for (let day = 1; day < 7; day++) {
      sandbox.control.advance(86_400)
      expect((await refresh(sandbox, refresh_token)).status).toBe(200)
    }
    sandbox.control.advance(86_400)
    expect((await refresh(sandbox, refresh_token)).body.error).toBe('invalid_grant')
  })

  test('the 101st refresh token of an account and client silently ends the first', async () => {
    const first = await connect(sandbox)
    const elsewhere = await connect(sandbox, {}, {}, sibling)
    for (let number = 2; number <= 100; number++) await connect(sandbox)
    expect((await refresh(sandbox, first.refresh_token)).status).toBe(200)
    await connect(sandbox)
    expect((await refresh(sandbox, first.refresh_token)).body.error).toBe('invalid_grant')
    expect((await refresh(sandbox, elsewhere.refresh_token, sibling)).status).toBe(200)
  })
})

describe('revoke', () => {
  test('ends the grants of the account for every client of the project, and no other', async () => {
    const [first, second, bo] = [
      await connect(sandbox),
      await connect(sandbox),
      await connect(sandbox, { account: 'Bo' }),
    ]
    const siblings = await connect(sandbox, {}, {}, sibling)
    const strangers = await connect(sandbox, {}, {}, stranger)
    const pending = await freshCode()
    const revoked = await post(sandbox, 'revoke', { token: first.refresh_token })
    expect([revoked.status, revoked.body]).toEqual([200, {}])
    for (const { access_token } of [first, second, siblings]) expect(await about(access_token)).toBe(401)
    expect((await refresh(sandbox, siblings.refresh_token, sibling)).body.error).toBe('invalid_grant')
    expect((await exchange(sandbox, pending)).body.error).toBe('invalid_grant')
    for (const { access_token } of [bo, strangers]) expect(await about(access_token)).toBe(200)
    // The consent is gone with it.
    expect(await connect(sandbox, {}, { prompt: undefined })).toHaveProperty('refresh_token')
  })

  test('takes an access token too; an unknown, dead or missing one is an error', async () => {
    const { access_token, refresh_token } = await connect(sandbox)
    expect((await post(sandbox, 'revoke', { token: access_token })).status).toBe(200)
    for (const token of [access_token, refresh_token, 'unknown'])
      expect(await post(sandbox, 'revoke', { token })).toMatchObject({
        status: 400,
        body: { error: 'invalid_token', error_description: 'Token expired or revoked' },
      })
    expect((await post(sandbox, 'revoke', {})).body.error).toBe('invalid_request')
  })

  test('the person removes the connection at Google', async () => {
    const [ada, bo] = [await connect(sandbox), await connect(sandbox, { account: 'Bo' })]
    sandbox.control.revokeGrant('google-drive', 'ada@acme.test')
    expect([await about(ada.access_token), await about(bo.access_token)]).toEqual([401, 200])
  })
})

test('an injected failure of the token endpoint has the form of RFC 6749', async () => {
  const { refresh_token } = await connect(sandbox)
  const fault = { provider: 'google-drive', match: 'POST /token', kind: 'status' } as const
  sandbox.control.fault({ ...fault, code: 'admin_policy_enforced' })
  expect(await refresh(sandbox, refresh_token)).toMatchObject({ status: 400, body: { error: 'admin_policy_enforced' } })
  sandbox.control.fault({ ...fault, status: 503 })
  expect(await refresh(sandbox, refresh_token)).toMatchObject({ status: 503, body: { error: 'internal_failure' } })
  sandbox.control.fault({ ...fault, status: 401 })
  expect(await refresh(sandbox, refresh_token)).toMatchObject({ status: 401, body: { error: 'invalid_client' } })
  expect((await refresh(sandbox, refresh_token)).status).toBe(200)
})
