/** Roles, and API tokens: their scopes, their hash, and how they end. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eq } from '../src/db/query.ts'
import { type Actor, schema, type TokenScope, tokenScopes } from '../src/index.ts'
import { connect, refusal, run, strangerOf } from './beginnings.ts'
import { type House, openHouse, until } from './house.ts'
import { type NotesProvider, notes, startNotes } from './notes.ts'

let house: House
let provider: NotesProvider

beforeAll(async () => {
  provider = await startNotes()
  house = await openHouse({
    builtin: { notes: async () => ({ default: notes }) },
    overrides: { notes: { endpoints: { api: provider.origin } } },
  })
  await house.work()
})
afterAll(async () => {
  await house?.[Symbol.asyncDispose]()
  await provider?.close()
})

describe('roles', () => {
  it('a member changes his own connections; editors and owners change all that they see', async () => {
    const [maker, member, editor] = await Promise.all([
      house.member('member'),
      house.member('member'),
      house.member('editor'),
    ])
    const { id } = await connect(house, maker, { dataSource: 'notes', apiKey: provider.key })
    const { connections } = house.engine
    for (const act of [
      () => connections.update(member, id, { name: 'No' }),
      () => connections.update(member, id, { isDefault: true }),
      () => connections.update(member, id, { visibility: 'only_me' }),
      () => connections.validate(member, id),
      () => connections.refresh(member, id, {}),
      () => connections.delete(member, id),
    ])
      expect(await refusal(act())).toBe('forbidden')
    expect((await connections.update(editor, id, { name: 'By an editor' })).name).toBe('By an editor')
    expect((await connections.update(house.owner, id, { name: 'By an owner' })).name).toBe('By an owner')
    expect((await connections.update(maker, id, { name: 'By its maker' })).name).toBe('By its maker')
  })

  it('only owners and editors read the audit trail', async () => {
    expect(await refusal(house.engine.audit.list(await house.member('member'), {}))).toBe('forbidden')
    expect(await refusal(house.engine.audit.list(await house.member('editor'), {}))).toBeUndefined()
  })
})

describe('scopes', () => {
  let all: { connectionId: string; runId: string; documentId: string }
  beforeAll(async () => {
    const connection = await connect(house, house.owner, { dataSource: 'notes', apiKey: provider.key })
    const finished = await run(house, house.owner, {
      dataSource: 'notes',
      connectionId: connection.id,
      operation: 'read_pages',
      parameters: { pages: [{ id: '1' }] },
    })
    const [document] = await house.engine.runs.documents(house.owner, finished.id, {})
    all = { connectionId: connection.id, runId: finished.id, documentId: document?.id as string }
  })

  const first = async (events: AsyncIterable<unknown>) => {
    for await (const event of events) return event
  }
  const doors: [string, TokenScope, (actor: Actor) => Promise<unknown>][] = [
    ['list connections', 'connections:read', (actor) => house.engine.connections.list(actor, {})],
    ['get a connection', 'connections:read', (actor) => house.engine.connections.get(actor, all.connectionId)],
    [
      'connect',
      'connections:write',
      (actor) => house.engine.connections.create(actor, { dataSource: 'notes', apiKey: provider.key }),
    ],
    ['update', 'connections:write', (actor) => house.engine.connections.update(actor, all.connectionId, {})],
    ['validate', 'connections:write', (actor) => house.engine.connections.validate(actor, all.connectionId)],
    ['delete', 'connections:write', (actor) => house.engine.connections.delete(actor, 'con_none')],
    [
      'read a credential',
      'credentials:read',
      (actor) => house.engine.connections.accessToken(actor, all.connectionId, {}),
    ],
    [
      'start a run',
      'runs:write',
      (actor) =>
        house.engine.runs.create(actor, {
          dataSource: 'notes',
          connectionId: all.connectionId,
          operation: 'list_pages',
        }),
    ],
    ['cancel a run', 'runs:write', (actor) => house.engine.runs.cancel(actor, all.runId)],
    ['get a run', 'runs:read', (actor) => house.engine.runs.get(actor, all.runId)],
    ['list runs', 'runs:read', (actor) => house.engine.runs.list(actor, {})],
    ['list documents', 'runs:read', (actor) => house.engine.runs.documents(actor, all.runId, {})],
    ['get a document', 'runs:read', (actor) => house.engine.documents.get(actor, all.documentId)],
    ['read content', 'runs:read', (actor) => house.engine.documents.content(actor, all.documentId)],
    [
      'follow events',
      'events:read',
      async (actor) => first(house.engine.events.subscribe(actor, { after: 0, signal: AbortSignal.timeout(5_000) })),
    ],
    ['read the audit trail', 'audit:read', (actor) => house.engine.audit.list(actor, {})],
  ]

  it.each(doors)('to %s a token needs %s and nothing else', async (_, scope, open) => {
    const tokenWith = (scopes: readonly TokenScope[]): Actor => ({ ...house.owner, token: { id: 'tok_test', scopes } })
    expect(await refusal(open(tokenWith(tokenScopes.filter((each) => each !== scope))))).toBe('forbidden')
    expect(await refusal(open(tokenWith([scope])))).not.toBe('forbidden')
  })
})

describe('tokens', () => {
  const create = (actor: Actor, more: { expiresAt?: Date; scopes?: readonly TokenScope[] } = {}) =>
    house.engine.tenancy.createToken(actor, { name: 'test', scopes: ['runs:read'], ...more })

  it('are kept as a hash alone, and known by their last four', async () => {
    const { token, view } = await create(house.owner)
    const rows = await house.engine.db.select().from(schema.apiTokens)
    expect(JSON.stringify(rows)).not.toContain(token.slice(3))
    expect(view).toMatchObject({ hint: token.slice(-4), scopes: ['runs:read'] })
    expect(JSON.stringify(await house.engine.tenancy.listTokens(house.owner))).not.toContain(token.slice(3))
    const [entry] = (await house.engine.audit.list(house.owner, { limit: 1 })).items
    expect(entry).toMatchObject({ action: 'token.create', subject: view.id })
    expect(JSON.stringify(entry)).not.toContain(token.slice(3))
  })

  it('speak for their member, within their scopes, in his workspace', async () => {
    const { token, view } = await create(house.owner)
    expect(await house.engine.tenancy.authenticate(token)).toEqual({
      ...house.owner,
      token: { id: view.id, scopes: ['runs:read'] },
    })
    for (const wrong of [`${token}x`, token.slice(0, -1), token.toUpperCase(), 'wh_', '', token.replace('wh_', '')])
      expect(await house.engine.tenancy.authenticate(wrong), wrong).toBeUndefined()
  })

  it('give no scope that they lack, and outlive no token that made them', async () => {
    const expiresAt = new Date(Date.now() + 3_600_000)
    const { token } = await create(house.owner, { expiresAt, scopes: ['runs:read', 'events:read'] })
    const actor = (await house.engine.tenancy.authenticate(token)) as Actor
    expect(await refusal(create(actor, { scopes: ['runs:write'] }))).toBe('forbidden')
    const made = await create(actor)
    expect(made.view.expiresAt).toEqual(expiresAt)
    const later = await create(actor, { expiresAt: new Date(Date.now() + 7_200_000) })
    expect(later.view.expiresAt).toEqual(expiresAt)
    const sooner = new Date(Date.now() + 60_000)
    expect((await create(actor, { expiresAt: sooner })).view.expiresAt).toEqual(sooner)
  })

  it('die in every process within five seconds of being revoked, and at once where it was done', async () => {
    const elsewhere = await house.another()
    const { token, view } = await create(house.owner)
    expect(await house.engine.tenancy.authenticate(token)).toBeDefined()
    expect(await elsewhere.tenancy.authenticate(token)).toBeDefined()
    await house.engine.tenancy.revokeToken(house.owner, view.id)
    const revokedAt = performance.now()
    expect(await house.engine.tenancy.authenticate(token)).toBeUndefined()
    await until(async () => (await elsewhere.tenancy.authenticate(token)) === undefined, 'it dies elsewhere')
    expect(performance.now() - revokedAt).toBeLessThan(5_000)
  })

  it('die with their time, also where they were believed a moment ago', async () => {
    const { token } = await create(house.owner, { expiresAt: new Date(Date.now() + 700) })
    expect(await house.engine.tenancy.authenticate(token)).toBeDefined()
    const begun = performance.now()
    await until(async () => (await house.engine.tenancy.authenticate(token)) === undefined, 'it expires')
    expect(performance.now() - begun).toBeLessThan(2_000)
  })

  it('die with the membership of their member, and follow his role', async () => {
    const leaver = await house.member('editor')
    const elsewhere = await house.another()
    const { token } = await create(leaver)
    const { db } = house.engine
    await db.update(schema.members).set({ role: 'member' }).where(eq(schema.members.userId, leaver.userId))
    expect((await elsewhere.tenancy.authenticate(token))?.role).toBe('member')
    await db.delete(schema.members).where(eq(schema.members.userId, leaver.userId))
    expect(await house.engine.tenancy.authenticate(token)).toBeUndefined()
  })

  it('are listed and revoked by their member and by owners of the workspace', async () => {
    const member = await house.member('member')
    const editor = await house.member('editor')
    const stranger = await strangerOf(house)
    const { view } = await create(member)
    const { tenancy } = house.engine
    const sees = async (actor: Actor) => (await tenancy.listTokens(actor)).some(({ id }) => id === view.id)
    expect([await sees(member), await sees(house.owner), await sees(editor), await sees(stranger)]).toEqual([
      true,
      true,
      false,
      false,
    ])
    expect(await refusal(tenancy.revokeToken(editor, view.id))).toBe('token_not_found')
    expect(await refusal(tenancy.revokeToken(stranger, view.id))).toBe('token_not_found')
    await tenancy.revokeToken(house.owner, view.id)
    expect(await sees(member)).toBe(false)
  })
})
