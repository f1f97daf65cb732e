/** What happened to a connection: two logs as one list, whole over its pages, for those who may see the connection. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eq, sql } from '../src/db/query.ts'
import { type Actor, type Connection, type HistoryEntry, schema } from '../src/index.ts'
import { encodePageCursor } from '../src/page-cursor.ts'
import { connect, refusal, run, strangerOf } from './beginnings.ts'
import { type House, openHouse, until } from './house.ts'
import { type NotesProvider, notes, startNotes } from './notes.ts'

const { auditEntries, events } = schema

let house: House
let provider: NotesProvider
let maker: Actor

beforeAll(async () => {
  provider = await startNotes()
  house = await openHouse({
    builtin: { notes: async () => ({ default: notes }) },
    overrides: { notes: { endpoints: { api: provider.origin } } },
  })
  await house.work()
  maker = await house.member('member')
})
afterAll(async () => {
  await house?.[Symbol.asyncDispose]()
  await provider?.close()
})

const make = (actor = maker) => connect(house, actor, { dataSource: 'notes', apiKey: provider.key })

async function historyOf(id: string, actor: Actor = maker, limit = 50): Promise<HistoryEntry[]> {
  const found: HistoryEntry[] = []
  let cursor: string | null = null
  do {
    const page = await house.engine.connections.history(actor, id, { limit, ...(cursor === null ? {} : { cursor }) })
    expect(page.items.length).toBeLessThanOrEqual(limit)
    found.push(...page.items)
    cursor = page.nextCursor
  } while (cursor !== null)
  return found
}

/** Events are in the history once they are published. */
const published = (id: string, type: string) =>
  until(async () => (await historyOf(id)).some((entry) => entry.type === type), `${type} is published`)

let written = 0
const event = (connection: Connection, values: Partial<typeof events.$inferInsert> = {}) => ({
  id: `evt_history_${++written}`,
  // Ahead of every number that the publisher gives.
  position: 1_000_000 + written,
  workspaceId: connection.workspaceId,
  connectionId: connection.id,
  type: 'connection.refreshed' as const,
  data: {},
  ...values,
})
const act = (connection: Connection, values: Partial<typeof auditEntries.$inferInsert> = {}) => ({
  id: `aud_history_${++written}`,
  workspaceId: connection.workspaceId,
  userId: maker.userId,
  subject: connection.id,
  action: 'connection.update',
  data: {},
  ...values,
})

describe('the history of a connection', () => {
  it('tells events and acts as one list, newest first, by name and without a secret', async () => {
    const { id } = await make()
    const editor = await house.member('editor')
    const made = await house.engine.tenancy.createToken(editor, {
      name: 'Orchestrator',
      scopes: ['connections:write', 'connections:read'],
    })
    const byToken = (await house.engine.tenancy.authenticate(made.token)) as Actor
    await house.engine.connections.update(byToken, id, { name: 'Told' })
    await house.engine.connections.accessToken(house.owner, id, {})
    await run(house, maker, { dataSource: 'notes', connectionId: id, operation: 'list_pages' })
    await published(id, 'run.completed')
    const found = await historyOf(id)
    expect(found.map(({ type, actor }) => [type, actor?.name ?? null, actor?.token?.name ?? null])).toEqual([
      ['run.completed', null, null],
      ['run.started', null, null],
      ['connection.update', editor.userId, 'Orchestrator'],
      ['connection.validated', null, null],
      ['connection.created', null, null],
      ['connection.create', maker.userId, null],
    ])
    expect(found[0]).toMatchObject({ data: { operation: 'list_pages' }, runId: expect.stringMatching(/^run_/) })
    expect(found[2]?.data).toEqual({ changed: ['name'] })
    expect(JSON.stringify(found)).not.toContain(provider.key)
  })

  it('keeps the acts of whoever is gone, without a name', async () => {
    const connection = await make()
    await house.engine.db
      .insert(auditEntries)
      .values(act(connection, { userId: 'user-gone', tokenId: 'tok_gone', action: 'connection.update' }))
    const [newest] = await historyOf(connection.id)
    expect(newest?.actor).toEqual({ userId: 'user-gone', name: null, token: { id: 'tok_gone', name: null } })
  })

  it('is whole over its pages, also among entries of one moment', async () => {
    const connection = await make()
    await published(connection.id, 'connection.validated')
    const { db } = house.engine
    const moments = [1, 2, 3].map((second) => new Date(Date.UTC(2026, 0, 1, 0, 0, second)))
    for (const at of moments) {
      await db.insert(events).values([1, 2, 3].map(() => event(connection, { createdAt: at })))
      await db.insert(auditEntries).values([1, 2, 3].map(() => act(connection, { at })))
    }
    const whole = await historyOf(connection.id)
    expect(whole.length).toBe(18 + 3)
    const times = whole.map(({ at }) => at.getTime())
    expect(times).toEqual(times.toSorted((a, b) => b - a))
    for (const limit of [1, 2, 3, 5, 7]) {
      const paged = await historyOf(connection.id, maker, limit)
      expect(paged.map(({ id }) => id)).toEqual(whole.map(({ id }) => id))
    }
  })

  it('goes on where a page ended although something happened meanwhile', async () => {
    const connection = await make()
    await published(connection.id, 'connection.validated')
    const first = await house.engine.connections.history(maker, connection.id, { limit: 2 })
    await house.engine.db.insert(events).values(event(connection))
    const rest = await house.engine.connections.history(maker, connection.id, {
      cursor: first.nextCursor as string,
    })
    expect([...first.items, ...rest.items].map(({ type }) => type)).toEqual([
      'connection.validated',
      'connection.created',
      'connection.create',
    ])
    expect(rest.nextCursor).toBeNull()
  })

  it('tells what happened before it was shared, and an attempt to its member alone', async () => {
    const connection = await make()
    await house.engine.connections.update(maker, connection.id, { visibility: 'only_me' })
    await house.engine.db
      .insert(events)
      .values([
        event(connection, { audience: [maker.userId] }),
        event(connection, { type: 'authorization.failed', audience: [maker.userId], authorizationId: 'auth_1' }),
      ])
    expect(await refusal(historyOf(connection.id, house.owner))).toBe('connection_not_found')
    await house.engine.connections.update(maker, connection.id, { visibility: 'workspace' })
    const types = async (actor: Actor) => (await historyOf(connection.id, actor)).map(({ type }) => type)
    expect(await types(maker)).toContain('authorization.failed')
    expect(await types(house.owner)).toContain('connection.refreshed')
    expect(await types(house.owner)).not.toContain('authorization.failed')
  })

  it('has an event once it is published, not before', async () => {
    const connection = await make()
    const types = async () => (await historyOf(connection.id)).map(({ type }) => type)
    const other = await house.another()
    await other.db.transaction(async (tx) => {
      // Whoever publishes holds this lock.
      await tx.execute(sql`select pg_advisory_xact_lock(7235042)`)
      await house.engine.db.insert(events).values(event(connection, { position: null, type: 'connection.recovered' }))
      expect(await types()).not.toContain('connection.recovered')
    })
    await published(connection.id, 'connection.recovered')
  })

  it('has nothing of another workspace, also under the same id', async () => {
    const stranger = await strangerOf(house, 'initech')
    const connection = await make()
    await house.engine.db.insert(events).values(event(connection, { workspaceId: stranger.workspaceId }))
    await house.engine.db.insert(auditEntries).values(act(connection, { workspaceId: stranger.workspaceId }))
    expect(await refusal(historyOf(connection.id, stranger))).toBe('connection_not_found')
    const types = (await historyOf(connection.id)).map(({ type }) => type)
    expect(types).not.toContain('connection.refreshed')
    expect(types).not.toContain('connection.update')
  })

  it('is there while it is being deleted, and gone with it; the audit trail stays', async () => {
    const connection = await make()
    const { connections } = schema
    const mark = (status: Connection['status']) =>
      house.engine.db.update(connections).set({ status }).where(eq(connections.id, connection.id))
    await mark('deleting')
    expect((await historyOf(connection.id)).length).toBeGreaterThan(0)
    await mark('active')
    const editor = await house.member('editor')
    await house.engine.connections.delete(editor, connection.id)
    const gone = async () => (await refusal(historyOf(connection.id))) === 'connection_not_found'
    await until(gone, 'the connection is erased')
    const kept = await house.engine.db.select().from(auditEntries).where(eq(auditEntries.subject, connection.id))
    expect(kept.map(({ action }) => action)).toEqual(['connection.create', 'connection.delete', 'connection.erase'])
  })

  it('refuses a cursor that is not its own, and a token without the scope', async () => {
    const { id } = await make()
    for (const cursor of ['x', encodePageCursor(new Date(), 'con_1'), encodePageCursor(new Date(), 'event:x')])
      expect(await refusal(house.engine.connections.history(maker, id, { cursor })), cursor).toBe('invalid_cursor')
    const token = { id: 'tok_1', scopes: ['runs:read' as const] }
    expect(await refusal(house.engine.connections.history({ ...maker, token }, id, {}))).toBe('forbidden')
  })
})
