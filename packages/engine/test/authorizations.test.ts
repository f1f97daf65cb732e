/** The whole way of an authorization, and everything that can go wrong before the network (RFC 9700, RFC 9207, RFC 7636). */
import { walkConsent } from '@wellhead/testkit/oauth-server'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eq, sql } from '../src/db/query.ts'
import { EngineError, schema } from '../src/index.ts'
import { type OAuthHouse, openOAuthHouse, redirectUri } from './oauth-house.ts'

let house: OAuthHouse
const { authorizations } = schema

beforeAll(async () => {
  house = await openOAuthHouse({
    items: { auth: { scopes: ['read', 'list'] }, server: { scopes: ['read', 'list'] } },
    strict: { auth: { issuerRequired: true } },
  })
})
afterAll(() => house?.[Symbol.asyncDispose]())

const codeOf = (error: unknown) => (error instanceof EngineError ? error.code : error)
const refusal = (promise: Promise<unknown>) => promise.then(() => expect.fail('It was not refused.'), codeOf)
const tokenRequests = (source = 'items') => house.server(source).counters().tokenRequests

describe('no `state`, no PKCE; the attempt hangs on one cookie of a fixed name, so two attempts in one browser overwrite each other; the callback is not compared with the provider it was started for: the whole way', () => {
  it('asks with state and an S256 challenge, exchanges once, learns the account and serves its token', async () => {
    const before = tokenRequests()
    const attempt = await house.begin('items', { name: 'Ours' })
    const url = new URL(attempt.location)
    expect(Object.fromEntries(url.searchParams)).toMatchObject({
      response_type: 'code',
      client_id: 'items-client',
      redirect_uri: redirectUri('items'),
      scope: 'read list',
      code_challenge_method: 'S256',
    })
    expect(url.searchParams.get('code_challenge')).toMatch(/^[\w-]{43}$/)
    expect(url.searchParams.get('state')?.length).toBeGreaterThanOrEqual(20)
    expect(await house.callback('items', await walkConsent(attempt.location), attempt.cookies)).toMatchObject({
      status: 'exchanging',
    })
    const ended = await house.ended(attempt.id)
    expect(ended).toMatchObject({ status: 'completed', error: null })
    const connection = await house.engine.connections.get(house.owner, ended.connectionId as string)
    expect(connection).toMatchObject({
      name: 'Ours',
      status: 'active',
      method: 'oauth2',
      account: { id: 'acc-ada', name: 'Ada' },
      scopes: ['read', 'list'],
      client: { kind: 'default' },
      generation: 1,
      isDefault: true,
    })
    const { accessToken } = await house.token(connection.id)
    const me = await fetch(`${house.server('items').endpoints.api}/me`, {
      headers: { authorization: `Bearer ${accessToken}` },
    })
    expect(await me.json()).toMatchObject({ id: 'acc-ada' })
    expect(tokenRequests() - before).toBe(1)
    expect(await house.events(connection.id)).toEqual(['created'])
  })

  it('keeps nothing of the attempt that could be used again', async () => {
    const rows = await house.engine.db.select().from(authorizations)
    expect(rows.length).toBeGreaterThan(0)
    for (const row of rows) expect(row).toMatchObject({ stateHash: null, secretsSealed: null, dueAt: null })
  })

  it('completes two attempts side by side in one browser', async () => {
    const first = await house.begin('items')
    const second = await house.begin('items')
    const jar = { ...first.cookies, ...second.cookies }
    expect(Object.keys(jar)).toHaveLength(2)
    await house.callback('items', await walkConsent(second.location, { accountId: 'acc-ben' }), jar)
    await house.callback('items', await walkConsent(first.location), jar)
    const ended = await Promise.all([house.ended(first.id), house.ended(second.id)])
    expect(ended.map(({ status }) => status)).toEqual(['completed', 'completed'])
    expect(new Set(ended.map(({ connectionId }) => connectionId)).size).toBe(2)
  })

  it('finds another name when the chosen one is taken meanwhile', async () => {
    const first = await house.begin('items', { name: 'Wanted' })
    const second = await house.begin('items', { name: 'Wanted' })
    for (const attempt of [first, second])
      await house.callback('items', await walkConsent(attempt.location), attempt.cookies)
    const ended = await Promise.all([house.ended(first.id), house.ended(second.id)])
    expect(ended.map(({ status }) => status)).toEqual(['completed', 'completed'])
    const made = await Promise.all(
      ended.map(({ connectionId }) => house.engine.connections.get(house.owner, connectionId as string)),
    )
    const names = made.map(({ name }) => name)
    expect(names.filter((name) => name === 'Wanted')).toHaveLength(1)
    expect(new Set(names).size).toBe(2)
    expect(await refusal(house.begin('items', { name: 'Wanted' }))).toBe('name_taken')
  })
})

describe('a callback that is not believed', () => {
  const never = async (what: () => Promise<unknown>) => {
    const before = tokenRequests() + tokenRequests('strict')
    await what()
    expect(tokenRequests() + tokenRequests('strict')).toBe(before)
  }
  const refused = async (
    change: (url: URL) => void,
    expected: Record<string, unknown>,
    options: { source?: string; back?: string; cookies?: Record<string, string> } = {},
  ) =>
    never(async () => {
      const source = options.source ?? 'items'
      const attempt = await house.begin(source)
      const url = await walkConsent(attempt.location)
      change(url)
      expect(await house.callback(options.back ?? source, url, options.cookies ?? attempt.cookies)).toMatchObject(
        expected,
      )
      // It is over: the true answer comes too late.
      expect(await refusal(house.callback(source, url, attempt.cookies))).toBe('authorization_used')
    })
  const failed = (code: string) => ({ status: 'failed', error: { code } })

  it('no state, or one that is unknown', async () => {
    await never(async () => {
      const url = new URL(redirectUri('items'))
      expect(await refusal(house.callback('items', url, {}))).toBe('authorization_response_invalid')
      url.searchParams.set('state', 'made-up')
      expect(await refusal(house.callback('items', url, {}))).toBe('authorization_used')
    })
  })

  it('a state a second time, with one exchange', async () => {
    const before = tokenRequests()
    const attempt = await house.begin('items')
    const url = await walkConsent(attempt.location)
    const twice = await Promise.allSettled([
      house.callback('items', url, attempt.cookies),
      house.callback('items', url, attempt.cookies),
    ])
    expect(twice.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    expect((await house.ended(attempt.id)).status).toBe('completed')
    expect(tokenRequests() - before).toBe(1)
  })

  it('after ten minutes', () =>
    never(async () => {
      const attempt = await house.begin('items')
      const url = await walkConsent(attempt.location)
      await house.engine.db
        .update(authorizations)
        .set({ expiresAt: sql`clock_timestamp() - interval '1 second'` })
        .where(eq(authorizations.id, attempt.id))
      expect(await house.callback('items', url, attempt.cookies)).toMatchObject({
        status: 'expired',
        error: { code: 'authorization_expired' },
      })
      expect(await refusal(house.engine.authorizations.begin(attempt.id))).toBe('authorization_used')
    }))

  it('in a browser without the cookie, or with that of another attempt', async () => {
    const other = await house.begin('items')
    await refused(() => {}, failed('authorization_wrong_browser'), { cookies: {} })
    await refused(() => {}, failed('authorization_wrong_browser'), { cookies: other.cookies })
    const stolen = await house.begin('items')
    const name = Object.keys(stolen.cookies)[0] as string
    await house.callback('items', await walkConsent(stolen.location), { [name]: 'guessed' })
    expect(await house.ended(stolen.id)).toMatchObject(failed('authorization_wrong_browser'))
  })

  it('at the path of another data source', () =>
    refused(() => {}, failed('authorization_response_invalid'), { back: 'strict' }))

  it('with a code and an error, or neither', async () => {
    await refused((url) => url.searchParams.set('error', 'access_denied'), failed('authorization_response_invalid'))
    await refused((url) => url.searchParams.delete('code'), failed('authorization_response_invalid'))
  })

  it('with a parameter twice', async () => {
    await refused((url) => url.searchParams.append('code', 'another'), failed('authorization_response_invalid'))
    await refused((url) => url.searchParams.append('iss', 'another'), failed('authorization_response_invalid'))
  })

  it('of another issuer, or without one that is always sent', async () => {
    await refused((url) => url.searchParams.set('iss', 'https://evil.example'), failed('authorization_issuer_mismatch'))
    await refused((url) => url.searchParams.delete('iss'), failed('authorization_issuer_mismatch'), {
      source: 'strict',
    })
  })
})

describe('`error=access_denied` and vendor errors end in "no code provided" or a blank page: an answer that ends the attempt', () => {
  it('is cancelled with a sentence when the person says no', async () => {
    const attempt = await house.begin('items')
    const url = await walkConsent(attempt.location, { deny: true })
    expect(await house.callback('items', url, attempt.cookies)).toMatchObject({
      status: 'cancelled',
      connectionId: null,
      error: { code: 'access_denied', message: 'You did not give access at Items. Nothing was connected.' },
    })
  })

  it('repeats an error code of the provider only where it is one', async () => {
    for (const [error, message] of [
      ['server_error', 'Items refused the request (server_error).'],
      ['<script>alert(1)</script>', 'Items refused the request.'],
    ] as const) {
      const attempt = await house.begin('items')
      const url = await walkConsent(attempt.location, { deny: true })
      url.searchParams.set('error', error)
      expect(await house.callback('items', url, attempt.cookies)).toMatchObject({
        status: 'failed',
        error: { code: 'provider_refused', message },
      })
    }
  })

  it('tells of it to the member alone', async () => {
    const rows = await house.engine.db.select().from(schema.events)
    const ends = rows.filter((event) => event.type.startsWith('authorization.'))
    expect(ends.length).toBeGreaterThan(0)
    for (const event of ends) expect(event.audience).toEqual([house.owner.userId])
    const other = await house.member('owner')
    const attempt = await house.begin('items')
    expect(await refusal(house.engine.authorizations.get(other, attempt.id))).toBe('authorization_not_found')
    expect(await refusal(house.engine.authorizations.follow(attempt.id, {}))).toBe('authorization_wrong_browser')
  })
})
