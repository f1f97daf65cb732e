/** How a workspace stands: numbers of all of it, names for those who may see, and nothing of another workspace. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sql } from '../src/db/query.ts'
import { type Actor, type ConnectionStatus, type Health, type RunStatus, schema } from '../src/index.ts'
import { refusal, strangerOf } from './beginnings.ts'
import { type House, openHouse } from './house.ts'
import { notes } from './notes.ts'

const { breakers, connections, credentials, events, oauthClients, runs } = schema

let house: House
let stranger: Actor
let made = 0

// Nobody works here: what is due stays due.
beforeAll(async () => {
  house = await openHouse({ builtin: { notes: async () => ({ default: notes }) } })
  stranger = await strangerOf(house)
})
afterAll(() => house?.[Symbol.asyncDispose]())

interface Given extends Partial<typeof connections.$inferInsert> {
  /** Seconds from now. */
  readonly refreshIn?: number
  readonly actor?: Actor
}

async function connection({ refreshIn, actor = house.owner, ...values }: Given = {}): Promise<string> {
  const id = `con_${++made}`
  const { db } = house.engine
  await db.insert(connections).values({
    id,
    workspaceId: actor.workspaceId,
    dataSource: 'notes',
    name: id,
    method: 'oauth2',
    status: 'active',
    createdBy: actor.userId,
    ...values,
  })
  await db.insert(credentials).values({
    connectionId: id,
    workspaceId: actor.workspaceId,
    sealed: Buffer.alloc(0),
    keyId: 'none',
    generation: 1,
    issuedAt: new Date(),
    ...(refreshIn === undefined ? {} : { refreshAt: sql`now() + make_interval(secs => ${refreshIn})` as never }),
  })
  return id
}

async function oauthClient(workspaceId: string | null): Promise<string> {
  const id = `oac_${++made}`
  await house.engine.db.insert(oauthClients).values({
    id,
    workspaceId,
    dataSource: 'notes',
    clientId: id,
    secretSealed: Buffer.alloc(0),
    keyId: 'none',
    secretHint: 'cret',
    isSelected: false,
  })
  return id
}

const failure = (minute: number) => ({
  code: 'provider_down',
  message: `It was away at minute ${minute}.`,
  at: new Date(Date.UTC(2026, 0, 1, 0, minute)).toISOString(),
})

const read = (actor = house.owner) => house.engine.health.of(actor)

/** What is more now than before. */
async function since(former: Health, what: (health: Health) => number): Promise<number> {
  return what(await read()) - what(former)
}

describe('the health of a workspace', () => {
  it('of nothing is a whole answer of zeros', async () => {
    const empty = await read(await strangerOf(house, 'hooli'))
    expect(empty).toMatchObject({
      connectionsByStatus: { pending: 0, active: 0, degraded: 0, needs_reauthorization: 0, invalid: 0, deleting: 0 },
      schedule: { bucketMinutes: 30, due: Array(12).fill(0), later: 0, overdue: 0, oldestOverdueSeconds: 0 },
      breakers: [],
      failures: { total: 0, hidden: 0, latest: [] },
      runsByStatus: { queued: 0, running: 0, completed: 0, failed: 0, cancelled: 0 },
    })
    expect(empty.refreshes).toHaveLength(24)
    for (const { refreshed, degraded, needsReauthorization } of empty.refreshes)
      expect([refreshed, degraded, needsReauthorization]).toEqual([0, 0, 0])
    expect(empty.jobs?.length).toBeGreaterThan(0)
  })

  it('counts connections by status', async () => {
    const former = await read()
    const statuses: ConnectionStatus[] = ['active', 'active', 'degraded', 'needs_reauthorization', 'deleting']
    for (const status of statuses) await connection({ status })
    await connection({ actor: stranger, status: 'invalid' })
    expect(await since(former, (health) => health.connectionsByStatus.active)).toBe(2)
    expect(await since(former, (health) => health.connectionsByStatus.degraded)).toBe(1)
    expect(await since(former, (health) => health.connectionsByStatus.needs_reauthorization)).toBe(1)
    expect(await since(former, (health) => health.connectionsByStatus.deleting)).toBe(1)
    expect(await since(former, (health) => health.connectionsByStatus.invalid)).toBe(0)
  })

  it('has the refreshes that are due in buckets, later, and overdue', async () => {
    // Ten seconds ago is now; the edges stay clear of the time that the test takes.
    for (const refreshIn of [-10, 60, 35 * 60, 45 * 60, 5.75 * 3600, 6.5 * 3600, 40 * 3600, -90, -600])
      await connection({ refreshIn })
    await connection({ refreshIn: -3600, actor: stranger })
    const { schedule } = await read()
    expect(schedule.due).toEqual([2, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1])
    expect(schedule).toMatchObject({ later: 2, overdue: 2 })
    expect(schedule.oldestOverdueSeconds).toBeGreaterThanOrEqual(600)
    expect(schedule.oldestOverdueSeconds).toBeLessThan(900)
  })

  it('has the breakers of its own clients, and of the default ones that it uses', async () => {
    const { db } = house.engine
    const [ours, theirs] = [await oauthClient(house.owner.workspaceId), await oauthClient(stranger.workspaceId)]
    const [used, unused] = [await oauthClient(null), await oauthClient(null)]
    await connection({ clientId: used })
    await connection({ clientId: used, actor: stranger })
    await connection({ clientId: used, status: 'deleting' })
    const soon = sql`clock_timestamp() + interval '20 seconds'` as never
    const past = sql`clock_timestamp() - interval '20 seconds'` as never
    await db.insert(breakers).values([
      { dataSource: 'notes', clientId: ours, failures: 2, reason: 'rate_limited' },
      { dataSource: 'notes', clientId: theirs, failures: 1, openUntil: soon, reason: 'client_misconfigured' },
      { dataSource: 'notes', clientId: used, failures: 5, openUntil: soon, reason: 'provider_down' },
      { dataSource: 'notes', clientId: unused, failures: 5, openUntil: past, reason: 'provider_down' },
    ])
    const found = (await read()).breakers
    expect(found).toMatchObject([
      { client: { id: used, kind: 'default' }, state: 'open', failures: 5, reason: 'provider_down', connections: 1 },
      { client: { id: ours, kind: 'custom' }, state: 'counting', failures: 2, openUntil: null, connections: 0 },
    ])
    expect(found[0]?.openUntil?.getTime()).toBeGreaterThan(Date.now())
    await db.update(breakers).set({ openUntil: past }).where(sql`oauth_client_id = ${used}`)
    expect((await read()).breakers[0]).toMatchObject({ client: { id: used }, state: 'probing', openUntil: null })
  })

  it('names the latest failures to those who may see them, and counts the others', async () => {
    const member = await house.member('member')
    const editor = await house.member('editor')
    const first = await connection({ lastError: failure(1), status: 'degraded' })
    const latest = await connection({ lastError: failure(3), status: 'invalid' })
    const hidden = await connection({ lastError: failure(2), visibility: 'only_me', createdBy: member.userId })
    const own = await connection({ lastError: failure(4), visibility: 'only_me', createdBy: editor.userId })
    await connection({ lastError: failure(5), status: 'deleting' })
    await connection({ lastError: failure(6), actor: stranger })
    const { failures } = await read(editor)
    expect(failures.latest.map(({ id }) => id)).toEqual([own, latest, first])
    expect(failures.latest[1]).toEqual({
      id: latest,
      name: latest,
      dataSource: 'notes',
      status: 'invalid',
      error: { ...failure(3), at: new Date(failure(3).at) },
    })
    expect(failures).toMatchObject({ total: 4, hidden: 1 })
    expect(JSON.stringify(await read(house.owner))).not.toContain(hidden)
    for (let minute = 10; minute < 35; minute++) await connection({ lastError: failure(minute) })
    const many = (await read(editor)).failures
    expect(many.latest.map(({ error }) => error.message)).toEqual(
      Array.from({ length: 20 }, (_, index) => failure(34 - index).message),
    )
    expect(many.total).toBe(29)
  })

  it('counts how refreshes went, by the hour of the last day', async () => {
    const owner = await strangerOf(house, 'initech')
    const told = (
      type: 'connection.refreshed' | 'connection.degraded' | 'connection.needs_reauthorization',
      hoursAgo: number,
    ) =>
      house.engine.db.insert(events).values({
        id: `evt_health_${++made}`,
        workspaceId: owner.workspaceId,
        type,
        data: {},
        position: sql`nextval('event_positions')` as never,
        createdAt: sql`date_trunc('hour', now(), 'UTC') - make_interval(hours => ${hoursAgo})` as never,
      })
    for (const [type, hoursAgo] of [
      ['connection.refreshed', 0],
      ['connection.refreshed', 0],
      ['connection.degraded', 5],
      ['connection.needs_reauthorization', 23],
      ['connection.refreshed', 24],
    ] as const)
      await told(type, hoursAgo)
    await house.engine.db
      .insert(events)
      .values({ id: 'evt_theirs', workspaceId: stranger.workspaceId, type: 'connection.refreshed', data: {} })
    const { refreshes } = await read(owner)
    expect(refreshes).toHaveLength(24)
    expect(refreshes.at(-1)).toMatchObject({ refreshed: 2, degraded: 0, needsReauthorization: 0 })
    expect(refreshes.at(-6)).toMatchObject({ refreshed: 0, degraded: 1 })
    expect(refreshes[0]).toMatchObject({ refreshed: 0, needsReauthorization: 1 })
    expect(refreshes.reduce((sum, { refreshed }) => sum + refreshed, 0)).toBe(2)
    const gaps = refreshes.slice(1).map(({ from }, index) => from.getTime() - (refreshes[index]?.from.getTime() ?? 0))
    expect(new Set(gaps)).toEqual(new Set([3_600_000]))

    // What is over is counted once a minute, and the hour that goes on each time.
    await told('connection.refreshed', 0)
    await told('connection.refreshed', 3)
    const next = (await read(owner)).refreshes
    expect(next.at(-1)).toMatchObject({ refreshed: 3 })
    expect(next.slice(0, -1)).toEqual(refreshes.slice(0, -1))
  })

  it('counts the runs of the last day by how they stand', async () => {
    const ran = async (actor: Actor, status: RunStatus, hoursAgo: number) =>
      house.engine.db.insert(runs).values({
        id: `run_health_${++made}`,
        workspaceId: actor.workspaceId,
        dataSource: 'notes',
        connectionId: await connection({ actor }),
        requestedBy: actor.userId,
        operation: 'list_pages',
        parameters: {},
        status,
        deadlineAt: new Date(),
        createdAt: sql`now() - make_interval(hours => ${hoursAgo})` as never,
      })
    await ran(house.owner, 'completed', 1)
    await ran(house.owner, 'completed', 23)
    await ran(house.owner, 'failed', 2)
    await ran(house.owner, 'completed', 25)
    await ran(stranger, 'cancelled', 1)
    expect((await read()).runsByStatus).toEqual({ queued: 0, running: 0, completed: 2, failed: 1, cancelled: 0 })
  })

  it('says so when the queue does not answer, and tells the rest', async () => {
    const lost = await house.another({ queueUrl: 'redis://127.0.0.1:1' })
    const health = await lost.health.of(house.owner)
    expect(health.jobs).toBeNull()
    expect(health.refreshes).toHaveLength(24)
    await lost.close()
  })

  it('is for owners and editors, and for tokens that may read the audit trail', async () => {
    const token = (scopes: NonNullable<Actor['token']>['scopes']) => ({
      ...house.owner,
      token: { id: 'tok_1', scopes },
    })
    expect(await refusal(read(await house.member('editor')))).toBeUndefined()
    expect(await refusal(read(token(['audit:read'])))).toBeUndefined()
    expect(await refusal(read(await house.member('member')))).toBe('forbidden')
    expect(await refusal(read(token(['connections:read', 'events:read'])))).toBe('forbidden')
  })
})
