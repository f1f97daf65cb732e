import { describe, expect, it } from 'vitest'
import { startOAuthServer } from '../src/oauth-server/index.ts'
import { api, basic, connect, post, refresh, tokenCall } from './oauth-client.ts'

const invalidGrant = { status: 400, json: { error: 'invalid_grant' } }

describe('a client', () => {
  it('proves itself by Basic with encoded parts, or in the body', async () => {
    await using server = await startOAuthServer()
    const { clientId, clientSecret } = server.client
    const { refreshToken } = server.mint()
    const fields = { grant_type: 'refresh_token', refresh_token: refreshToken }
    const inBody = { ...fields, client_id: clientId, client_secret: clientSecret }
    const raw = `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`
    const unproven = { status: 401, json: { error: 'invalid_client' } }
    const wrong = await tokenCall(server, { ...inBody, client_secret: 'wrong' }, {})
    expect(wrong).toMatchObject(unproven)
    expect(await tokenCall(server, fields, {})).toMatchObject(unproven)
    const rawly = await tokenCall(server, fields, { authorization: raw })
    expect(rawly).toMatchObject(unproven)
    expect(rawly.headers.get('www-authenticate')).toMatch(/^Basic/)
    const both = await tokenCall(server, inBody)
    expect(both).toMatchObject({ status: 400, json: { error: 'invalid_request' } })
    expect(server.counters().refreshes).toBe(0)

    const first = await tokenCall(server, fields)
    expect(first.status).toBe(200)
    expect((await tokenCall(server, { ...inBody, refresh_token: String(first.json.refresh_token) }, {})).status).toBe(
      200,
    )
  })

  it('that is bound to one way is refused the other', async () => {
    await using server = await startOAuthServer({
      clients: [{ clientId: 'c', clientSecret: 's', redirectUris: [], auth: 'post' }],
    })
    const { refreshToken } = server.mint()
    expect(await refresh(server, refreshToken)).toMatchObject({ json: { error: 'invalid_client' } })
  })

  it('gets nothing for the tokens of another', async () => {
    await using server = await startOAuthServer()
    server.registerClient({ clientId: 'other', clientSecret: 's', redirectUris: [] })
    const { refreshToken, accessToken } = server.mint({ clientId: 'other' })
    expect(await refresh(server, refreshToken)).toMatchObject(invalidGrant)
    const asked = await post(server.endpoints.introspect, { token: accessToken }, { authorization: basic(server) })
    expect(asked.json).toEqual({ active: false })
    const revoked = await post(server.endpoints.revoke, { token: accessToken }, { authorization: basic(server) })
    expect(revoked.status).toBe(400)
    expect((await api(server, '/me', accessToken)).status).toBe(200)
  })
})

describe('a token request', () => {
  it.each([
    ['in JSON', '{}', { 'content-type': 'application/json' }, ''],
    ['with a field twice', 'grant_type=refresh_token&grant_type=refresh_token', {}, ''],
    ['with something in its URL', 'grant_type=refresh_token&refresh_token=x', {}, '?client_secret=x'],
    ['without a grant type', 'refresh_token=x', {}, ''],
    ['without its token', 'grant_type=refresh_token', {}, ''],
  ])('%s is invalid', async (_name, body, headers, query) => {
    await using server = await startOAuthServer()
    const answer = await post(server.endpoints.token + query, body, { authorization: basic(server), ...headers })
    expect(answer).toMatchObject({ status: 400, json: { error: 'invalid_request' } })
  })

  it('of another grant type is unsupported', async () => {
    await using server = await startOAuthServer()
    const answer = await tokenCall(server, { grant_type: 'password' })
    expect(answer).toMatchObject({ status: 400, json: { error: 'unsupported_grant_type' } })
  })

  it('is JSON and nothing else where the server is told so', async () => {
    await using server = await startOAuthServer({ tokenRequestFormat: 'json' })
    const { refreshToken } = server.mint()
    const fields = { grant_type: 'refresh_token', refresh_token: refreshToken }
    expect(await tokenCall(server, fields)).toMatchObject({ json: { error: 'invalid_request' } })
    const headers = { authorization: basic(server), 'content-type': 'application/json' }
    expect((await post(server.endpoints.token, JSON.stringify(fields), headers)).status).toBe(200)
  })
})

describe('a refresh', () => {
  it('rotates; the old token sent again ends the grant and everything it issued', async () => {
    await using server = await startOAuthServer()
    const { grantId, accessToken, refreshToken } = server.mint()
    const second = await refresh(server, refreshToken)
    expect(second.json.refresh_token).not.toBe(refreshToken)
    // An access token outlives the refresh.
    expect((await api(server, '/me', accessToken)).status).toBe(200)

    expect(await refresh(server, refreshToken)).toMatchObject(invalidGrant)
    expect(await refresh(server, second.json.refresh_token)).toMatchObject(invalidGrant)
    expect((await api(server, '/me', second.json.access_token)).status).toBe(401)
    expect(server.counters(grantId)).toEqual({ tokenRequests: 3, refreshes: 1, replays: 1, destroyed: 1 })
    expect(server.counters()).toEqual({ tokenRequests: 3, refreshes: 1, replays: 1, destroyed: 1 })
    expect(server.grants()).toMatchObject([{ id: grantId, ended: 'replay', generation: 2 }])
  })

  it('may be repeated within the grace, and ends the grant after it', async () => {
    await using server = await startOAuthServer({ rotation: { graceSeconds: 30 } })
    const { grantId, refreshToken } = server.mint()
    const first = await refresh(server, refreshToken)
    server.advance(29)
    const again = await refresh(server, refreshToken)
    expect(again.status).toBe(200)
    expect((await refresh(server, first.json.refresh_token)).status).toBe(200)
    server.advance(2)
    expect(await refresh(server, refreshToken)).toMatchObject(invalidGrant)
    expect(server.counters(grantId)).toEqual({ tokenRequests: 4, refreshes: 3, replays: 2, destroyed: 1 })
  })

  it('with old tokens that stay good may be repeated for ever', async () => {
    await using server = await startOAuthServer({ rotation: 'safe' })
    const { refreshToken } = server.mint()
    await refresh(server, refreshToken)
    server.advance(1e6)
    expect((await refresh(server, refreshToken)).status).toBe(200)
    expect(server.counters()).toMatchObject({ refreshes: 2, replays: 1, destroyed: 0 })
  })

  it('with old tokens that are merely dead leaves the grant alive', async () => {
    await using server = await startOAuthServer({ rotation: 'refuse' })
    const { refreshToken } = server.mint()
    const { json } = await refresh(server, refreshToken)
    expect(await refresh(server, refreshToken)).toMatchObject(invalidGrant)
    expect((await refresh(server, json.refresh_token)).status).toBe(200)
    expect(server.counters()).toMatchObject({ refreshes: 2, replays: 1, destroyed: 0 })
  })

  it('without rotation gives no refresh token', async () => {
    await using server = await startOAuthServer({ rotation: 'none' })
    const { refreshToken } = server.mint()
    for (const _ of [1, 2]) {
      const { status, json } = await refresh(server, refreshToken)
      expect(status).toBe(200)
      expect(json).not.toHaveProperty('refresh_token')
    }
    expect(server.counters()).toMatchObject({ refreshes: 2, replays: 0 })
  })

  it('may ask for less, never for more', async () => {
    await using server = await startOAuthServer({ scopes: ['read', 'write'] })
    const { refreshToken } = server.mint({ scopes: ['read'] })
    expect(await refresh(server, refreshToken, { scope: 'read write' })).toMatchObject({
      json: { error: 'invalid_scope' },
    })
    expect((await refresh(server, refreshToken, { scope: 'read' })).json.scope).toBe('read')
  })

  it('comes too late for a refresh token that lay unused', async () => {
    await using server = await startOAuthServer({ refreshTokenSeconds: 3600 })
    const { refreshToken } = server.mint()
    server.advance(3600)
    expect(await refresh(server, refreshToken)).toMatchObject(invalidGrant)
  })

  it('is counted exactly when many race with one token', async () => {
    await using server = await startOAuthServer({ rotation: 'refuse' })
    const { grantId, refreshToken } = server.mint()
    const answers = await Promise.all(Array.from({ length: 20 }, () => refresh(server, refreshToken)))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    expect(server.counters(grantId)).toEqual({ tokenRequests: 20, refreshes: 1, replays: 19, destroyed: 0 })
  })
})

describe('a revocation', () => {
  it.each(['accessToken', 'refreshToken'] as const)('by the %s ends the grant', async (which) => {
    await using server = await startOAuthServer()
    const minted = server.mint()
    const authorization = basic(server)
    const ask = () => post(server.endpoints.introspect, { token: minted.accessToken }, { authorization })
    expect((await ask()).json).toMatchObject({ active: true, sub: 'acc-ada' })
    expect((await post(server.endpoints.revoke, { token: minted[which] }, { authorization })).status).toBe(200)
    expect((await ask()).json).toEqual({ active: false })
    expect(await refresh(server, minted.refreshToken)).toMatchObject(invalidGrant)
    expect((await api(server, '/me', minted.accessToken)).status).toBe(401)
    // RFC 7009, section 2.2.
    expect((await post(server.endpoints.revoke, { token: 'never issued' }, { authorization })).status).toBe(200)
  })
})

describe('the API', () => {
  it('takes a good token until its time is over', async () => {
    await using server = await startOAuthServer({ expiresIn: 120 })
    const { json } = await connect(server)
    expect(await api(server, '/me', json.access_token)).toMatchObject({ status: 200, json: { email: 'ada@acme.test' } })
    server.advance(120)
    const expired = await api(server, '/me', json.access_token)
    expect(expired.status).toBe(401)
    expect(expired.headers.get('www-authenticate')).toContain('error="invalid_token"')
    const bare = await api(server, '/me')
    expect(bare.headers.get('www-authenticate')).not.toContain('error')
  })

  it('wants its scope', async () => {
    await using server = await startOAuthServer({ scopes: ['read', 'write'], apiScope: 'read' })
    const { accessToken } = server.mint({ scopes: ['write'] })
    expect(await api(server, '/me', accessToken)).toMatchObject({ status: 403, json: { error: 'insufficient_scope' } })
  })

  it('lists by pages to the end, finds by title, and gives the content of one', async () => {
    await using server = await startOAuthServer({ pageSize: 10 })
    const { accessToken } = server.mint()
    const ids: string[] = []
    let cursor: unknown = ''
    for (; cursor !== null; ) {
      const { json } = await api(server, `/items${cursor ? `?cursor=${cursor}` : ''}`, accessToken)
      ids.push(...(json.items as { id: string }[]).map(({ id }) => id))
      cursor = json.next_cursor
    }
    expect(new Set(ids).size).toBe(25)
    const found = await api(server, '/items?q=item%2025', accessToken)
    expect(found.json.items).toMatchObject([{ id: 'item-25' }])
    expect((await api(server, '/items/item-25', accessToken)).json.markdown).toContain('# Item 25')
    expect((await api(server, '/items/item-26', accessToken)).status).toBe(404)
    expect((await api(server, '/items?cursor=nonsense', accessToken)).status).toBe(400)
  })

  it('forgets its cursors', async () => {
    await using server = await startOAuthServer({ cursorSeconds: 60, expiresIn: 3600 })
    const { accessToken } = server.mint()
    const { json } = await api(server, '/items', accessToken)
    server.advance(60)
    expect((await api(server, `/items?cursor=${json.next_cursor}`, accessToken)).status).toBe(410)
  })
})

it('knows every secret it handed out, and logs none', async () => {
  await using server = await startOAuthServer()
  const { json } = await connect(server)
  const next = await refresh(server, json.refresh_token)
  const issued = server.issued().map(({ token }) => token)
  expect(
    server
      .issued()
      .map(({ kind }) => kind)
      .sort(),
  ).toEqual(['access_token', 'access_token', 'code', 'refresh_token', 'refresh_token'])
  for (const token of [json.access_token, json.refresh_token, next.json.access_token, next.json.refresh_token])
    expect(issued).toContain(token)
  const log = JSON.stringify(server.requests())
  for (const secret of [...issued, server.client.clientSecret]) expect(log).not.toContain(secret)
})
