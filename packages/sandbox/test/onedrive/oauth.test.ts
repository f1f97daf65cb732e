import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Sandbox, startSandbox } from '../../src/index.ts'
import { basic, consent, openConsent } from '../consent.ts'
import { allScopes, authorizeUrl, exchange, freshCode, graph, redirectUri, refresh, signIn, token } from './api.ts'

const other = { clientId: 'other-client', clientSecret: 'other+secret /%', redirectUris: ['http://localhost:5000/cb'] }
const tenantId = '6babcaad-604b-40ac-a9d7-9fd97c0b779f'
const day = 24 * 3600

let sandbox: Sandbox
beforeAll(async () => {
  sandbox = await startSandbox({ only: ['onedrive'], redirectUris: [redirectUri] })
})
afterAll(() => sandbox?.close())
beforeEach(() => sandbox.control.reset())

const me = async (accessToken: string) => (await graph(sandbox, accessToken, '/me')).status
const manual = (url: string) => fetch(url, { redirect: 'manual' })

describe('authorize', () => {
  test('an unknown client, redirect URI or tenant gets a page and no redirect', async () => {
    for (const url of [
      authorizeUrl(sandbox, { client_id: 'nobody' }),
      authorizeUrl(sandbox, { client_id: undefined }),
      authorizeUrl(sandbox, { redirect_uri: `${redirectUri}/` }),
      authorizeUrl(sandbox, { redirect_uri: undefined }),
      authorizeUrl(sandbox, {}, 'nobody.example'),
      `${authorizeUrl(sandbox)}&client_id=x`,
      `${authorizeUrl(sandbox)}&redirect_uri=x`,
    ]) {
      const response = await manual(url)
      expect(response.status).toBe(400)
      expect(response.headers.get('location')).toBeNull()
      expect(await response.text()).toMatch(/AADSTS\d+: /)
    }
  })

  test.each([
    [{ response_type: undefined }, 'invalid_request', 900144],
    [{ response_type: 'token' }, 'unsupported_response_type', 700054],
    [{ response_mode: 'form_post' }, 'invalid_request', 70007],
    [{ scope: undefined }, 'invalid_request', 900144],
    [{ scope: allScopes.replaceAll(' ', ',') }, 'invalid_scope', 70011],
    [{ scope: 'Files.Read Files.Eat' }, 'invalid_scope', 70011],
    [{ code_challenge_method: 'plain' }, 'invalid_request', 501491],
    [{ code_challenge_method: undefined }, 'invalid_request', 501491],
    [{ code_challenge: 'short' }, 'invalid_request', 501491],
    [{ prompt: 'none' }, 'login_required', 50058],
    [{ prompt: 'please' }, 'invalid_request', 90023],
  ])('%j goes back as an error, with state', async (wrong, error, number) => {
    const response = await manual(authorizeUrl(sandbox, wrong as Record<string, string | undefined>))
    expect(response.status).toBe(302)
    const back = new URL(response.headers.get('location')!)
    expect(back.href.startsWith(`${redirectUri}?`)).toBe(true)
    expect(back.searchParams.get('error')).toBe(error)
    expect(back.searchParams.get('error_description')).toContain(`AADSTS${number}: `)
    expect(back.searchParams.get('state')).toBe('st/ate &1')
  })

  test('a parameter that is there twice goes back as an error', async () => {
    const back = new URL((await manual(`${authorizeUrl(sandbox)}&scope=x`)).headers.get('location')!)
    expect(back.searchParams.get('error')).toBe('invalid_request')
  })

  test('what only an administrator may grant ends at a wall', async () => {
    for (const scope of ['Files.Read.All', 'https://graph.microsoft.com/Sites.Read.All']) {
      const response = await manual(authorizeUrl(sandbox, { scope }))
      expect(response.status).toBe(400)
      expect(await response.text()).toContain('Need admin approval')
    }
  })

  test('the consent page is one form: an account, scopes in words, two buttons', async () => {
    const url = authorizeUrl(sandbox, { scope: 'files.read https://graph.microsoft.com/User.Read offline_access' })
    const page = await manual(url)
    expect(page.headers.get('x-frame-options')).toBe('DENY')
    expect(page.headers.get('cache-control')).toBe('no-store')
    const html = await page.text()
    for (const words of ['Read your files', 'View your basic profile', 'Maintain access to data'])
      expect(html).toContain(words)
    const form = await openConsent(url)
    expect(form.method).toBe('post')
    expect(form.accounts.map(({ label }) => label).join()).toMatch(/Ada Baker.*work or school.*Bo Larsen.*personal/s)
    expect(form.buttons).toEqual([
      { name: 'decision', value: 'cancel', label: 'Cancel' },
      { name: 'decision', value: 'allow', label: 'Accept' },
    ])
  })

  test.each([
    ['common', ['Ada', 'Bo']],
    ['organizations', ['Ada']],
    ['consumers', ['Bo']],
    [tenantId, ['Ada']],
    ['acme.test', ['Ada']],
  ])('the tenant %s lets in %j', async (tenant, names) => {
    const form = await openConsent(authorizeUrl(sandbox, {}, tenant))
    expect(form.accounts.map(({ label }) => label.split(' ')[0])).toEqual(names)
  })

  test('nobody else answers the page of a tenant', async () => {
    const [, bo] = (await openConsent(authorizeUrl(sandbox))).accounts
    const form = await openConsent(authorizeUrl(sandbox, {}, 'organizations'))
    const fields = new URLSearchParams(form.fields)
    fields.set('decision', 'allow')
    fields.set('account', bo!.id)
    expect((await fetch(form.action, { method: 'POST', body: fields, redirect: 'manual' })).status).toBe(400)
  })

  test('state comes back as it was, with a code or with access_denied', async () => {
    const allowed = await consent(authorizeUrl(sandbox))
    expect(allowed.origin + allowed.pathname).toBe(redirectUri)
    expect([...allowed.searchParams.keys()].sort()).toEqual(['code', 'state'])
    expect(allowed.searchParams.get('state')).toBe('st/ate &1')
    const denied = await consent(authorizeUrl(sandbox), { decision: 'cancel' })
    expect(Object.fromEntries(denied.searchParams)).toMatchObject({ error: 'access_denied', state: 'st/ate &1' })
    expect([...(await consent(authorizeUrl(sandbox, { state: undefined }))).searchParams.keys()]).toEqual(['code'])
  })
})

describe('token', () => {
  test('answers a work account with the names of scopes, and more than was asked, but never offline_access', async () => {
    const { status, body, headers } = await exchange(sandbox, await freshCode(sandbox))
    expect(status).toBe(200)
    expect(headers.get('cache-control')).toContain('no-store')
    expect(body).toEqual({
      token_type: 'Bearer',
      scope: 'Files.Read User.Read profile openid email',
      expires_in: expect.any(Number),
      ext_expires_in: body.expires_in,
      access_token: expect.stringMatching(/^eyJ0/),
      refresh_token: expect.stringMatching(/^1\.AXoA/),
    })
  })

  test('answers a personal account with URIs in another case, and tokens of another form', async () => {
    const body = await signIn(sandbox, 'Bo')
    expect(body.scope).toBe('https://graph.microsoft.com/files.read https://graph.microsoft.com/user.read')
    expect(body.access_token).toMatch(/^EwB/)
    expect(body.refresh_token).toMatch(/^M\.C5/)
  })

  test('an access token lives 60 to 90 minutes, no two alike, on the clock', async () => {
    const lives = new Set<number>()
    for (let count = 0; count < 8; count++) lives.add((await signIn(sandbox)).expires_in)
    expect(lives.size).toBeGreaterThan(1)
    for (const seconds of lives) expect(seconds).toSatisfy((life: number) => life >= 3600 && life <= 5400)
    const { access_token, expires_in } = await signIn(sandbox)
    sandbox.control.advance(expires_in - 5)
    expect(await me(access_token)).toBe(200)
    sandbox.control.advance(6)
    expect(await me(access_token)).toBe(401)
  })

  test('without offline_access there is no refresh token', async () => {
    const body = await signIn(sandbox, 'Ada', { scope: 'Files.Read User.Read' })
    expect(body).not.toHaveProperty('refresh_token')
  })

  test('a code is good once, and its second use ends what the first gave', async () => {
    const code = await freshCode(sandbox)
    const { body } = await exchange(sandbox, code)
    expect(await me(body.access_token)).toBe(200)
    expect((await exchange(sandbox, code)).body).toMatchObject({ error: 'invalid_grant', error_codes: [54005] })
    expect(await me(body.access_token)).toBe(401)
    expect((await refresh(sandbox, body.refresh_token)).body.error).toBe('invalid_grant')
  })

  test('a code is bound to time, client, redirect URI and challenge', async () => {
    sandbox.control.registerClient('onedrive', { ...other, redirectUris: [redirectUri, ...other.redirectUris] })
    const own = { client_id: other.clientId, client_secret: other.clientSecret }
    for (const [more, number] of [
      [own, 70000],
      [{ redirect_uri: other.redirectUris[0] }, 500112],
      [{ code_verifier: undefined }, 501481],
      [{ code_verifier: 'x'.repeat(43) }, 501481],
    ] as const)
      expect((await exchange(sandbox, await freshCode(sandbox), more)).body).toMatchObject({
        error: 'invalid_grant',
        error_codes: [number],
      })
    const unbound = await freshCode(sandbox, { code_challenge: undefined, code_challenge_method: undefined })
    expect((await exchange(sandbox, unbound)).body.error).toBe('invalid_grant')
    const late = await freshCode(sandbox)
    sandbox.control.advance(601)
    expect((await exchange(sandbox, late)).body).toMatchObject({ error: 'invalid_grant', error_codes: [70008] })
  })

  test('a client proves itself in the body or by Basic, and not by both', async () => {
    const code = () => freshCode(sandbox)
    const fields = async () => ({
      grant_type: 'authorization_code',
      code: (await code()) ?? '',
      redirect_uri: redirectUri,
    })
    const headers = { authorization: basic(sandbox.oauthClients.onedrive!) }
    const verified = { ...(await fields()), code_verifier: undefined }
    const plain = await freshCode(sandbox, { code_challenge: undefined, code_challenge_method: undefined })
    const none = { client_id: undefined, client_secret: undefined }
    expect((await token(sandbox, { ...verified, code: plain ?? '', ...none }, headers)).status).toBe(200)
    expect((await token(sandbox, await fields(), headers)).body.error).toBe('invalid_request')
    expect((await exchange(sandbox, await code(), none)).body).toMatchObject({
      error: 'invalid_request',
      error_codes: [900144],
    })
    const noSecret = await exchange(sandbox, await code(), { client_secret: undefined })
    expect(noSecret).toMatchObject({ status: 401, body: { error: 'invalid_client', error_codes: [7000218] } })
    const unknown = await exchange(sandbox, await code(), { client_id: 'nobody' })
    expect(unknown).toMatchObject({ status: 400, body: { error: 'unauthorized_client', error_codes: [700016] } })
  })

  test('a wrong secret is told with numbers and traces', async () => {
    const { status, body } = await exchange(sandbox, await freshCode(sandbox), { client_secret: 'wrong' })
    expect(status).toBe(401)
    expect(body).toEqual({
      error: 'invalid_client',
      error_description: expect.stringMatching(
        /^AADSTS7000215: Invalid client secret provided\..*\r\nTrace ID: .*\r\nCorrelation ID: .*\r\nTimestamp: \d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ$/s,
      ),
      error_codes: [7000215],
      timestamp: expect.any(String),
      trace_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      correlation_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      error_uri: 'https://login.microsoftonline.com/error?code=7000215',
    })
  })

  test('a body is a form, with each field once, and the URL has none', async () => {
    const { clientId, clientSecret } = sandbox.oauthClients.onedrive!
    const url = sandbox.endpoints.onedrive!.token!
    const good = { client_id: clientId, client_secret: clientSecret, grant_type: 'refresh_token', refresh_token: 'x' }
    const post = async (to: string, body: string, type = 'application/x-www-form-urlencoded') => {
      const response = await fetch(to, { method: 'POST', body, headers: { 'content-type': type } })
      return (await response.json()) as { error: string; error_codes: number[] }
    }
    const form = new URLSearchParams(good).toString()
    for (const body of [
      await post(url, JSON.stringify(good), 'application/json'),
      await post(url, `${form}&grant_type=refresh_token`),
      await post(`${url}?x=1`, form),
    ])
      expect(body).toMatchObject({ error: 'invalid_request', error_codes: [9002313] })
    expect(await post(url.replace('/common/', '/nobody.example/'), form)).toMatchObject({ error_codes: [90002] })
    expect((await token(sandbox, { grant_type: 'password' })).body.error).toBe('unsupported_grant_type')
    expect((await token(sandbox, {})).body).toMatchObject({ error: 'invalid_request', error_codes: [900144] })
    expect((await exchange(sandbox, '')).body).toMatchObject({ error: 'invalid_request', error_codes: [900144] })
  })
})

describe('refresh', () => {
  test('gives a new refresh token, and the old one stays good', async () => {
    const first = await signIn(sandbox)
    const second = (await refresh(sandbox, first.refresh_token)).body
    expect(second.refresh_token).toMatch(/^1\.AXoA/)
    expect(second.refresh_token).not.toBe(first.refresh_token)
    for (const each of [first.refresh_token, second.refresh_token])
      expect((await refresh(sandbox, each)).status).toBe(200)
    for (const each of [first.access_token, second.access_token]) expect(await me(each)).toBe(200)
  })

  test('a refresh token dies after 90 days without use', async () => {
    const { refresh_token } = await signIn(sandbox)
    for (let rounds = 0; rounds < 3; rounds++) {
      sandbox.control.advance(80 * day)
      expect((await refresh(sandbox, refresh_token)).status).toBe(200)
    }
    sandbox.control.advance(90 * day)
    expect((await refresh(sandbox, refresh_token)).body).toMatchObject({
      error: 'invalid_grant',
      error_codes: [700082],
    })
  })

  test('narrows scopes, and never widens them', async () => {
    const { refresh_token } = await signIn(sandbox, 'Ada', { scope: 'User.Read Files.Read offline_access' })
    const narrow = await refresh(sandbox, refresh_token, { scope: 'user.read' })
    expect(narrow.body.scope).toBe('User.Read profile openid email')
    expect((await graph(sandbox, narrow.body.access_token, '/me/drive')).status).toBe(403)
    expect((await refresh(sandbox, refresh_token, { scope: 'Files.Read,User.Read' })).body.error).toBe('invalid_scope')
    const less = await signIn(sandbox, 'Ada', { scope: 'User.Read offline_access' })
    const wide = await refresh(sandbox, less.refresh_token, { scope: 'Files.Read' })
    expect(wide.body).toMatchObject({ error: 'invalid_grant', suberror: 'consent_required', error_codes: [65001] })
  })

  test('is for the client that the token was issued to', async () => {
    sandbox.control.registerClient('onedrive', other)
    const { refresh_token } = await signIn(sandbox)
    const own = { client_id: other.clientId, client_secret: other.clientSecret }
    expect((await refresh(sandbox, refresh_token, own)).body.error).toBe('invalid_grant')
    expect((await refresh(sandbox, 'made up')).body.error).toBe('invalid_grant')
  })

  test('ends when the person takes the consent back, while the access token lives to its end', async () => {
    const [ada, bo] = [await signIn(sandbox), await signIn(sandbox, 'Bo')]
    sandbox.control.revokeGrant('onedrive', 'ada@')
    expect((await refresh(sandbox, ada.refresh_token)).body).toMatchObject({
      error: 'invalid_grant',
      error_codes: [50173],
    })
    expect(await me(ada.access_token)).toBe(200)
    sandbox.control.advance(5401)
    expect(await me(ada.access_token)).toBe(401)
    expect((await refresh(sandbox, bo.refresh_token)).status).toBe(200)
  })
})

describe('the sandbox', () => {
  test('has no revoke endpoint', () => {
    expect(Object.keys(sandbox.endpoints.onedrive!).sort()).toEqual(['api', 'authorize', 'token'])
  })

  test('spoils token answers in the words of the platform', async () => {
    for (const [status, error] of [
      [503, 'temporarily_unavailable'],
      [500, 'server_error'],
      [400, 'invalid_request'],
      [401, 'invalid_client'],
    ] as const) {
      sandbox.control.fault({ provider: 'onedrive', match: '/token', kind: 'status', status })
      expect(await refresh(sandbox, 'x')).toMatchObject({ status, body: { error, error_codes: [90033] } })
    }
    sandbox.control.fault({
      provider: 'onedrive',
      match: '/token',
      kind: 'status',
      status: 400,
      code: 'interaction_required',
    })
    expect((await refresh(sandbox, 'x')).body.error).toBe('interaction_required')
  })

  test('remembers grants, clients and settings over a restart', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'wellhead-sandbox-'))
    const options = { only: ['onedrive'], redirectUris: [redirectUri], stateFile: join(folder, 'state.json') }
    let kept = await startSandbox(options)
    try {
      kept.control.registerClient('onedrive', other)
      kept.control.settings('onedrive', { accessTokenSeconds: 4000 })
      const tokens = await signIn(kept)
      await kept.close()
      kept = await startSandbox(options)
      expect((await graph(kept, tokens.access_token, '/me')).status).toBe(200)
      expect((await refresh(kept, tokens.refresh_token)).body.expires_in).toBe(4000)
      expect(
        (await manual(authorizeUrl(kept, { client_id: other.clientId, redirect_uri: other.redirectUris[0] }))).status,
      ).toBe(200)
    } finally {
      await kept.close()
      rmSync(folder, { recursive: true })
    }
  })

  test('takes no setting that it does not know', () => {
    expect(() => sandbox.control.settings('onedrive', { speed: 1 })).toThrow()
    expect(() => sandbox.control.settings('onedrive', { files: { trash: { path: '/nothing' } } })).toThrow(RangeError)
    expect(sandbox.control.settings('onedrive', { noDrive: true })).toMatchObject({ noDrive: true })
    sandbox.control.reset()
    expect(sandbox.control.settings('onedrive')).toMatchObject({ noDrive: false })
  })
})
