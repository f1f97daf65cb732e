/** How a workspace stands and what happened to a connection, as they reach a caller of the API. */
import { health as healthSchema, historyEntry } from '@wellhead/client/schema'
import { type Actor, schema } from '@wellhead/engine'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ApiHouse, openApiHouse, until } from './house.ts'

let house: ApiHouse
let stranger: Actor
beforeAll(async () => {
  house = await openApiHouse({})
  const { userId, workspaceId } = await house.api.login.createOwner({
    name: 'Grace',
    email: 'grace@globex.test',
    workspaceName: 'Globex',
  })
  stranger = (await house.engine.tenancy.memberActor(userId, workspaceId)) as Actor
})
afterAll(() => house?.[Symbol.asyncDispose]())

const code = (wanted: string) => expect.objectContaining({ code: wanted })
const connect = async (name: string, actor = house.owner) =>
  (await house.client(['connections:write'], actor)).connections.create({
    body: { data_source: 'notes', api_key: house.provider.key, name },
  })

describe('GET /v1/health', () => {
  const read = async (actor?: Actor) => (await house.client(['audit:read'], actor)).health.get()

  it('answers for the workspace of the caller, as the schema says', async () => {
    const { id } = await connect('Stands well')
    await house.engine.db
      .update(schema.connections)
      .set({ lastError: { code: 'provider_down', message: 'It was away.', at: new Date().toISOString() } })
    const found = await read()
    expect(healthSchema.parse(found)).toEqual(found)
    expect(found.connections).toMatchObject({
      by_status: { active: 1, degraded: 0 },
      failing: 1,
      hidden: 0,
      latest_failures: [{ id, name: 'Stands well', data_source: 'notes', error: { code: 'provider_down' } }],
    })
    expect(found.refreshes.hours).toHaveLength(24)
    expect(found.queue?.map(({ name, state }) => `${name} ${state}`)).toContain('refresh-background waiting')
    const theirs = await read(stranger)
    expect(theirs.connections).toMatchObject({ by_status: { active: 0 }, failing: 0, latest_failures: [] })
    expect(JSON.stringify(theirs)).not.toContain(id)
  })

  it('is for owners and editors, by session or with audit:read', async () => {
    expect((await (await house.signedIn('editor')).browser.get('/v1/health')).status).toBe(200)
    const member = await house.signedIn('member')
    const refused = await member.browser.get('/v1/health')
    expect([refused.status, await refused.json()]).toEqual([403, code('forbidden')])
    await expect(read(member.actor)).rejects.toEqual(code('forbidden'))
    await expect((await house.client(['connections:read'])).health.get()).rejects.toEqual(code('missing_token_scope'))
  })
})

describe('GET /v1/connections/{id}/history', () => {
  it('is paged, newest first, for those who may see the connection', async () => {
    const { actor, browser } = await house.signedIn('member')
    const { id } = await connect('Has a past', actor)
    const params = { id }
    const writing = await house.client(['connections:write'], actor)
    await writing.connections.update({ params, body: { name: 'Had a past' } })
    const reading = await house.client(['connections:read'])
    const history = (query: { limit?: number; cursor?: string } = {}) => reading.connections.history({ params, query })
    await until(
      async () => (await history()).items.some(({ type }) => type === 'connection.validated'),
      'its events are published',
    )
    const whole = await history()
    for (const item of whole.items) expect(historyEntry.parse(item)).toEqual(item)
    expect(whole.items.map(({ type, actor: by }) => [type, by?.name, by?.token?.name])).toEqual([
      ['connection.update', 'Member 3', 'test'],
      ['connection.validated', undefined, undefined],
      ['connection.created', undefined, undefined],
      ['connection.create', 'Member 3', 'test'],
    ])
    expect(whole.next_cursor).toBeNull()
    const first = await history({ limit: 3 })
    const rest = await history({ limit: 3, cursor: first.next_cursor as string })
    expect([...first.items, ...rest.items]).toEqual(whole.items)

    const shown = await browser.get(`/v1/connections/${id}/history`)
    expect(await shown.json()).toEqual(whole)
    await expect(history({ cursor: 'not one' })).rejects.toEqual(code('invalid_cursor'))
    await expect(history({ limit: 0 })).rejects.toEqual(code('invalid_request'))
    await expect(writing.connections.history({ params })).rejects.toEqual(code('missing_token_scope'))
  })

  it('is not found by those who may not see the connection, of another workspace or once it is gone', async () => {
    const { actor } = await house.signedIn('member')
    const { id } = await connect('Kept to oneself', actor)
    const params = { id }
    const writing = await house.client(['connections:write'], actor)
    await writing.connections.update({ params, body: { visibility: 'only_me' } })
    for (const other of [house.owner, stranger])
      await expect((await house.client(['connections:read'], other)).connections.history({ params })).rejects.toEqual(
        code('connection_not_found'),
      )
    const own = await house.client(['connections:read'], actor)
    expect((await own.connections.history({ params })).items.length).toBeGreaterThan(0)
    await writing.connections.delete({ params })
    await until(
      () =>
        own.connections.history({ params }).then(
          () => false,
          (error) => error.code === 'connection_not_found',
        ),
      'it is gone',
    )
  })
})
