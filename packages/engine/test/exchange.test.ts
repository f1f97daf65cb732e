/** What the worker makes of a code: one exchange, never a second one, and a connection only when all of it is right. */
import { DataSourceError } from '@wellhead/datasource-node'
import { type FaultInput, walkConsent } from '@wellhead/testkit/oauth-server'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { eq, sql } from '../src/db/query.ts'
import { schema } from '../src/index.ts'
import { type OAuthHouse, openOAuthHouse, until } from './oauth-house.ts'

let house: OAuthHouse
const { authorizations, connections } = schema

beforeAll(async () => {
  house = await openOAuthHouse({
    items: { auth: { scopes: ['read', 'list'] }, server: { scopes: ['read', 'list'] } },
    // As Microsoft's identity platform answers: whole URIs, other cases, and one that is never named.
    wordy: {
      auth: {
        scopes: ['Files.Read', 'offline_access'],
        isGranted: (scope, granted) =>
          scope === 'offline_access' || granted.some((one) => one.toLowerCase().endsWith(`/${scope.toLowerCase()}`)),
      },
    },
    closed: { endpoints: { token: 'http://127.0.0.1:9/token' } },
  })
})
afterAll(() => house?.[Symbol.asyncDispose]())
beforeEach(() => house.server('items').clearFaults())

const server = () => house.server('items')
const exchanges = () =>
  server()
    .requests()
    .filter((request) => request.path === '/oauth/token').length
const count = async () => (await house.engine.db.select().from(connections)).length

/** One attempt up to its end, with a fault at the token endpoint. */
async function withFault(fault: FaultInput) {
  const [sent, made] = [exchanges(), await count()]
  server().fault(fault)
  const ended = await house.authorize('items')
  expect(await count()).toBe(made)
  return { ended, sent: exchanges() - sent }
}

describe('the exchange', () => {
  it.each<[string, FaultInput, string]>([
    ['a lost answer', { kind: 'reset', processed: true }, 'authorization_outcome_unknown'],
    ['a broken answer', { kind: 'truncated' }, 'authorization_outcome_unknown'],
    ['a gateway that gave up', { kind: 'status', status: 504, processed: true }, 'authorization_outcome_unknown'],
    ['a page instead of an answer', { kind: 'html' }, 'authorization_outcome_unknown'],
    ['a client that is refused', { kind: 'error', error: 'invalid_client' }, 'oauth_client_refused'],
    ['a code that is refused', { kind: 'error', error: 'invalid_grant' }, 'authorization_code_refused'],
    ['a provider that is away', { kind: 'status', status: 503 }, 'provider_unavailable'],
    ['a provider that wants a pause', { kind: 'status', status: 429, retryAfter: 60 }, 'provider_unavailable'],
    ['another kind of token', { kind: 'answer', set: { token_type: 'mac' } }, 'invalid_response'],
  ])('%s ends the attempt by name, and the code is not sent again', async (_, fault, code) => {
    const { ended, sent } = await withFault(fault)
    expect(ended).toMatchObject({ status: 'failed', connectionId: null, error: { code } })
    expect(ended.error?.message).toMatch(/^[A-Z].*\.$/)
    expect(sent).toBe(1)
  })

  it('says so when the token endpoint cannot be reached', async () => {
    expect(await house.authorize('closed')).toMatchObject({ error: { code: 'provider_unavailable' } })
  })

  it('is not begun again by another worker after a crash', async () => {
    const attempt = await house.begin('items')
    const url = await walkConsent(attempt.location)
    const sent = exchanges()
    // As a process leaves it that died between its intent and the answer.
    await house.engine.db
      .update(authorizations)
      .set({ intentAt: sql`clock_timestamp()` })
      .where(eq(authorizations.id, attempt.id))
    await house.callback('items', url, attempt.cookies)
    expect(await house.ended(attempt.id)).toMatchObject({ error: { code: 'authorization_outcome_unknown' } })
    expect(exchanges()).toBe(sent)
  })

  it('names what was not granted and stores nothing', async () => {
    const attempt = await house.begin('items')
    const made = await count()
    await house.callback('items', await walkConsent(attempt.location, { scopes: ['read'] }), attempt.cookies)
    const ended = await house.ended(attempt.id)
    expect(ended).toMatchObject({ status: 'failed', error: { code: 'missing_scope' } })
    expect(ended.error?.message).toContain('list')
    expect(await count()).toBe(made)
    // Nobody will use these tokens, and no connection lives on the client: they are given back.
    await until(async () => server().grants().at(-1)?.ended === 'revoked', 'the unused grant is revoked')
  })
})

describe('scopes that come back in other words', () => {
  it('are granted when the data source knows them, and missing when it does not', async () => {
    for (const [scope, status] of [
      ['https://items.example/files.read https://items.example/User.Read', 'completed'],
      ['https://items.example/User.Read', 'failed'],
    ] as const) {
      house.server('wordy').fault({ kind: 'answer', set: { scope } })
      const ended = await house.authorize('wordy')
      expect(ended.status).toBe(status)
      if (status === 'failed') {
        expect(ended.error).toMatchObject({ code: 'missing_scope' })
        expect(ended.error?.message).toContain('(Files.Read)')
      }
    }
  })
})

describe('whose account it is', () => {
  it('the whole raw callback request, cookies included, goes to plugin code: here the token answer’s own fields and the client, now and later, and never a secret', async () => {
    server().fault({ kind: 'answer', set: { bot_id: 'bot', client_id: 'somebody-else', client_secret: 'no' } })
    const { id } = await house.connect('items')
    const { identified } = house.items('items')
    const told = identified.at(-1)
    expect(told).toMatchObject({ token_type: 'Bearer', bot_id: 'bot', client_id: 'items-client' })
    expect(Object.keys(told ?? {}).filter((name) => /token$|secret/.test(name))).toEqual([])
    const ticket = await house.engine.connections.validate(house.owner, id)
    expect((await house.engine.connections.settled(house.owner, id, ticket, 15_000)).value.status).toBe('active')
    expect(identified.at(-1)).toEqual(told)
    expect(identified.at(-1)).not.toBe(told)
  })

  it('is asked again after a passing fault, without a second exchange', async () => {
    const sent = exchanges()
    const away = () => new DataSourceError('provider_unavailable', 'Items is away.')
    house.items('items').identifyFailures.push(away(), away())
    expect(await house.authorize('items')).toMatchObject({ status: 'completed' })
    expect(exchanges() - sent).toBe(1)
  })

  it('API key validation starts a real crawl or a billed read; OAuth results are never validated: here the attempt ends when the source says no, or is broken', async () => {
    for (const [failure, code] of [
      [new DataSourceError('missing_scope', 'Items wants more.'), 'missing_scope'],
      [new TypeError('undefined is not a function'), 'invalid_response'],
    ] as const) {
      house.items('items').identifyFailures.push(failure)
      const ended = await house.authorize('items')
      expect(ended).toMatchObject({ status: 'failed', connectionId: null, error: { code } })
      expect(ended.error?.message).not.toContain('undefined is not')
    }
  })
})

describe('authorizing again', () => {
  it('keeps the connection and its token until the same account is confirmed', async () => {
    const connection = await house.connect('items', { name: 'Again' })
    const before = await house.token(connection.id)
    const attempt = await house.begin('items', { connectionId: connection.id })
    const url = await walkConsent(attempt.location)
    expect(await house.token(connection.id)).toEqual(before)
    await house.callback('items', url, attempt.cookies)
    expect(await house.ended(attempt.id)).toMatchObject({ status: 'completed', connectionId: connection.id })
    const after = await house.token(connection.id)
    expect(after.generation).toBe(2)
    expect(after.accessToken).not.toBe(before.accessToken)
    expect(await house.engine.connections.get(house.owner, connection.id)).toMatchObject({ name: 'Again' })
    expect(await house.events(connection.id)).toEqual(['created', 'validated'])
  })

  it('mends a connection that the provider ended', async () => {
    const connection = await house.connect('items')
    server().removeGrant(house.grant('items'))
    expect((await house.refresh(connection.id)).status).toBe('needs_reauthorization')
    await house.authorize('items', { connectionId: connection.id })
    expect(await house.status(connection.id)).toBe('active')
    expect(await house.row(connection.id)).toMatchObject({ intentGeneration: null, failures: 0, rejectedAt: null })
    expect((await house.events(connection.id)).slice(-2)).toEqual(['needs_reauthorization', 'recovered'])
  })

  it('re-authorization accepts another account silently: here it is refused by name and nothing changes', async () => {
    const connection = await house.connect('items')
    const before = await house.row(connection.id)
    const ended = await house.authorize('items', { connectionId: connection.id, account: 'acc-ben' })
    expect(ended).toMatchObject({ status: 'failed', error: { code: 'account_mismatch' } })
    expect(ended.error?.message).toMatch(/Ada.*Ben/)
    expect(await house.row(connection.id)).toEqual(before)
    expect(await house.status(connection.id)).toBe('active')
  })

  it('is not offered for the connection of another source, or one that is being deleted', async () => {
    const connection = await house.connect('items')
    await expect(house.begin('closed', { connectionId: connection.id })).rejects.toMatchObject({
      code: 'connection_not_found',
    })
    const attempt = await house.begin('items', { connectionId: connection.id })
    const url = await walkConsent(attempt.location)
    await house.engine.connections.delete(house.owner, connection.id)
    await until(async () => (await house.status(connection.id)) === 'gone', 'the connection is erased')
    await expect(house.callback('items', url, attempt.cookies)).rejects.toMatchObject({ code: 'authorization_used' })
  })
})

describe('the first pair', () => {
  it('is dated by the clock of the database, whatever date the process has', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 5 * 60_000 })
    const { id } = await house.connect('items').finally(() => vi.useRealTimers())
    const { issuedAt, expiresAt } = await house.row(id)
    expect(Math.abs(issuedAt.getTime() - Date.now())).toBeLessThan(60_000)
    expect(expiresAt?.getTime()).toBe(issuedAt.getTime() + 3_600_000)
  })
})
