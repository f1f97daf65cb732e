/** OAuth clients: the operator's and a workspace's own. What a client minted is refreshed and revoked with it for good. */
import { walkConsent } from '@wellhead/testkit/oauth-server'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eq } from '../src/db/query.ts'
import { schema } from '../src/index.ts'
import { inSeconds, type OAuthHouse, openOAuthHouse, redirectUri, until } from './oauth-house.ts'

let house: OAuthHouse

beforeAll(async () => {
  house = await openOAuthHouse({ items: {}, bare: {} })
})
afterAll(() => house?.[Symbol.asyncDispose]())

const server = () => house.server('items')
const clients = () => house.engine.clients
const custom = (clientId: string, clientSecret = 'own secret') => {
  server().registerClient({ clientId, clientSecret, redirectUris: [redirectUri('items')] })
  return { clientId, clientSecret }
}
const usedFor = (grantType: string) =>
  server()
    .requests()
    .filter((request) => request.grantType === grantType)
    .at(-1)?.clientId
const rows = () => house.engine.db.select().from(schema.oauthClients).where(eq(schema.oauthClients.dataSource, 'items'))
const rowOf = async (clientId: string) => (await rows()).find((row) => row.clientId === clientId)
const erased = async (id: string) => {
  await house.engine.connections.delete(house.owner, id)
  await until(async () => (await house.status(id)) === 'gone', 'the connection is erased')
}

describe('a custom client', () => {
  it('is used for what is authorized from then on, and its secret is never shown', async () => {
    const byDefault = await house.connect('items')
    const view = await clients().put(house.owner, 'items', custom('own-1', 'a secret of ours'))
    expect(view).toMatchObject({ kind: 'custom', clientId: 'own-1', secretHint: 'ours' })
    expect(JSON.stringify(view)).not.toContain('a secret')
    expect(JSON.stringify(await rows())).not.toContain('a secret')
    const own = await house.connect('items', { account: 'acc-ben' })
    expect(usedFor('authorization_code')).toBe('own-1')
    expect(own.client?.kind).toBe('custom')
    expect((await house.refresh(own.id)).generation).toBe(2)
    expect(usedFor('refresh_token')).toBe('own-1')
    // What the default client minted stays with it.
    expect((await house.refresh(byDefault.id)).generation).toBe(2)
    expect(usedFor('refresh_token')).toBe('items-client')
    expect(byDefault.client?.kind).toBe('default')
  })

  it('a token is refreshed with whatever client is enabled now: here with the one that minted it, also after it was changed and removed', async () => {
    await clients().put(house.owner, 'items', custom('own-2'))
    const { id } = await house.connect('items', { account: 'acc-ben' })
    const grant = house.grant('items')
    await clients().put(house.owner, 'items', custom('own-3'))
    expect((await house.refresh(id)).generation).toBe(2)
    expect(usedFor('refresh_token')).toBe('own-2')
    await clients().delete(house.owner, 'items')
    expect(await clients().get(house.owner, 'items')).toBeUndefined()
    // Nothing was minted by it, so it is gone; the other one is needed.
    expect(await rowOf('own-3')).toBeUndefined()
    expect(await rowOf('own-2')).toMatchObject({ isSelected: false })
    expect((await house.refresh(id)).generation).toBe(3)
    expect(usedFor('refresh_token')).toBe('own-2')
    await house.connect('items')
    expect(usedFor('authorization_code')).toBe('items-client')
    // The sibling of the same account is in the way of a revoke.
    for (const row of await house.engine.db.select().from(schema.connections))
      if (row.accountId === 'acc-ben' && row.id !== id) await erased(row.id)
    await erased(id)
    expect(
      server()
        .grants()
        .find((one) => one.id === grant),
    ).toMatchObject({ ended: 'revoked', clientId: 'own-2' })
    expect(
      server()
        .requests()
        .filter(({ path }) => path === '/oauth/revoke')
        .at(-1)?.clientId,
    ).toBe('own-2')
  })

  it('of a pending attempt is the one that exchanges, whatever is chosen meanwhile', async () => {
    await clients().put(house.owner, 'items', custom('own-4'))
    const attempt = await house.begin('items')
    const url = await walkConsent(attempt.location)
    await clients().put(house.owner, 'items', custom('own-5'))
    await clients().delete(house.owner, 'items')
    await house.callback('items', url, attempt.cookies)
    expect(await house.ended(attempt.id)).toMatchObject({ status: 'completed' })
    expect(usedFor('authorization_code')).toBe('own-4')
  })

  it('moves a connection only by authorizing it again', async () => {
    const { id } = await house.connect('items')
    await clients().put(house.owner, 'items', custom('own-6'))
    await house.authorize('items', { connectionId: id })
    expect((await house.refresh(id)).generation).toBe(3)
    expect(usedFor('refresh_token')).toBe('own-6')
    await clients().delete(house.owner, 'items')
  })

  it('toggling the custom client erases its saved secret; any member can delete the client: here it keeps its secret when it is put without one, and asks for one with a new id', async () => {
    await clients().put(house.owner, 'items', custom('own-7', 'kept secret'))
    const sealed = (await rowOf('own-7'))?.secretSealed
    expect(await clients().put(house.owner, 'items', { clientId: 'own-7' })).toMatchObject({ secretHint: 'cret' })
    expect((await rowOf('own-7'))?.secretSealed).toEqual(sealed)
    const { id } = await house.connect('items')
    // Off and on again: the secret is still there, as a connection needs it.
    await clients().delete(house.owner, 'items')
    await clients().put(house.owner, 'items', { clientId: 'own-7' })
    expect((await house.refresh(id)).generation).toBe(2)
    await expect(clients().put(house.owner, 'items', { clientId: 'new' })).rejects.toMatchObject({
      code: 'invalid_parameters',
    })
    expect((await clients().get(house.owner, 'items'))?.clientId).toBe('own-7')
    await clients().delete(house.owner, 'items')
  })

  it('toggling the custom client erases its saved secret; any member can delete the client: here owners and editors alone manage it', async () => {
    const member = await house.member('member')
    const own = custom('own-8')
    await expect(clients().put(member, 'items', own)).rejects.toMatchObject({ code: 'forbidden' })
    await expect(clients().delete(member, 'items')).rejects.toMatchObject({ code: 'forbidden' })
    await expect(clients().delete(house.owner, 'items')).rejects.toMatchObject({ code: 'oauth_client_not_found' })
    expect(await clients().put(await house.member('editor'), 'items', own)).toMatchObject({ clientId: 'own-8' })
    await clients().delete(house.owner, 'items')
  })
})

describe('a new secret', () => {
  it('closes the breaker of its client and of no other', async () => {
    const own = custom('own-9')
    await clients().put(house.owner, 'items', own)
    const { id } = await house.connect('items')
    const far = inSeconds(3600)
    const row = await rowOf('own-9')
    const other = await rowOf('items-client')
    for (const one of [row, other])
      await house.engine.db
        .insert(schema.breakers)
        .values({ dataSource: 'items', clientId: one?.id as string, failures: 1, openUntil: far as never })
    await house.enqueue('connection.refresh', [{ connectionId: id, seenGeneration: 1 }])
    await until(async () => (await house.row(id)).lastOutcome === 'breaker_open', 'the refresh waits')
    const before = server().counters().tokenRequests
    // The same secret given again is a new secret: the operator says that it is right.
    await clients().put(house.owner, 'items', own)
    await until(async () => (await house.row(id)).generation === 2, 'it is refreshed at once')
    expect(server().counters().tokenRequests - before).toBe(1)
    const left = await house.engine.db.select().from(schema.breakers)
    expect(left.map((one) => one.clientId)).toEqual([other?.id])
    await house.engine.db.delete(schema.breakers)
  })
})

describe('the default client', () => {
  it('follows the configuration, and stays for what it minted', async () => {
    const { id } = await house.connect('bare')
    const { client } = house.server('bare')
    const without = await house.another({ oauthClients: {} })
    await expect(without.authorizations.create(house.owner, { dataSource: 'bare' })).rejects.toMatchObject({
      code: 'oauth_client_missing',
    })
    expect((await without.dataSources.get(house.owner, 'bare')).oauthClient).toBe('missing')
    expect((await house.refresh(id)).generation).toBe(2)
    // Two processes that start together end with one selected row.
    const same = { bare: { clientId: client.clientId, clientSecret: client.clientSecret } }
    await Promise.all([house.another({ oauthClients: same }), house.another({ oauthClients: same })])
    const rows = await house.engine.db
      .select()
      .from(schema.oauthClients)
      .where(eq(schema.oauthClients.dataSource, 'bare'))
    expect(rows).toHaveLength(1)
    expect(rows[0]).toMatchObject({ isSelected: true, workspaceId: null })
    expect((await without.dataSources.get(house.owner, 'bare')).oauthClient).toBe('default')
  })
})
