/**
 * A database that is put back to an earlier state, while the provider has gone on: the server's own counters say whether a grant
 * was destroyed that need not have been.
 */
import type { TestDatabase } from '@wellhead/test-services'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eq, inArray, sql } from '../src/db/query.ts'
import { type Restored, restore, schema, type WorkingEngine } from '../src/index.ts'
import { encryptionKeys } from './house.ts'
import { inSeconds, type OAuthHouse, openOAuthHouse, past, until } from './oauth-house.ts'
import { copyDatabase } from './restored.ts'

const { authorizations, connections, credentials, events } = schema

let house: OAuthHouse
let copy: TestDatabase
let engine: WorkingEngine
let done: Restored
/** The last event that a client has seen before the restore. */
let lastSeen: number
const ids: Record<string, string> = {}
const grants: Record<string, string> = {}
const attempts: Record<string, string> = {}

beforeAll(async () => {
  house = await openOAuthHouse({
    kills: { auth: { replay: { kind: 'kills' } }, server: { rotation: 'kill' } },
    grace: { auth: { replay: { kind: 'grace', graceSeconds: 30 } }, server: { rotation: { graceSeconds: 60 } } },
    safe: { auth: { replay: { kind: 'safe' } }, server: { rotation: 'safe' } },
    keeps: { auth: { rotation: 'keeps', replay: { kind: 'safe' } }, server: { rotation: 'none' } },
  })
  for (const [name, source] of [
    ['unspent', 'kills'],
    ['spent', 'kills'],
    ['refused', 'kills'],
    ['young', 'grace'],
    ['old', 'grace'],
    ['safe', 'safe'],
    ['keeps', 'keeps'],
  ] as const) {
    ids[name] = (await house.connect(source, { name })).id
    grants[name] = house.grant(source)
  }
  for (const name of ['pending', 'exchanging']) attempts[name] = (await house.begin('kills')).id
  // A lease that its holder has not given back when the dump is made.
  await house.change(ids.unspent as string, { leaseHolder: 'gone by then', leaseUntil: inSeconds(600) })
  copy = await copyDatabase(house.databaseUrl)
  await house.change(ids.unspent as string, { leaseHolder: null, leaseUntil: null })

  // The world goes on.
  for (const name of ['spent', 'refused', 'young', 'old', 'safe', 'keeps']) await house.refresh(ids[name] as string)
  const published = await until(async () => {
    const rows = await house.engine.db.select({ position: events.position }).from(events)
    return rows.every(({ position }) => position !== null) && rows
  }, 'every event is published')
  lastSeen = Math.max(...published.map(({ position }) => position as number))
  await house.drain()
})
afterAll(async () => {
  await house?.[Symbol.asyncDispose]()
  await copy?.[Symbol.asyncDispose]()
})

const run = (databaseDirectUrl: string) => restore({ databaseDirectUrl, encryptionKeys, registry: house.registry })
const row = async (name: string) => {
  const [found] = await engine.db
    .select()
    .from(credentials)
    .where(eq(credentials.connectionId, ids[name] as string))
  return found as typeof credentials.$inferSelect
}
const connection = (name: string) => engine.connections.get(house.owner, ids[name] as string)
const token = (name: string, wanted = {}) => engine.connections.accessToken(house.owner, ids[name] as string, wanted)
const counters = (name: string, source = 'kills') => house.server(source).counters(grants[name])
const change = (name: string, values: Record<string, unknown>) =>
  engine.db
    .update(credentials)
    .set(values)
    .where(eq(credentials.connectionId, ids[name] as string))

describe('wellhead restore', () => {
  it('refuses while processes run, and changes nothing', async () => {
    const before = await house.engine.db.select().from(credentials).orderBy(credentials.connectionId)
    expect(await run(house.databaseUrl)).toEqual({ outcome: 'running', processes: 1 })
    expect(await house.engine.db.select().from(credentials).orderBy(credentials.connectionId)).toEqual(before)
  })

  it('refuses keys that cannot open what is stored', async () => {
    const other = `other:${Buffer.alloc(32, 1).toString('base64')}`
    await expect(
      restore({ databaseDirectUrl: copy.url, encryptionKeys: other, registry: house.registry }),
    ).rejects.toMatchObject({ code: 'vault_key_missing' })
  })

  it('marks what may have been spent, ends attempts and frees leases, and is the same when it is run again', async () => {
    engine = await house.another({ databaseUrl: copy.url, queueUrl: copy.url })
    await engine.db
      .update(authorizations)
      .set({ status: 'exchanging', intentAt: past })
      .where(eq(authorizations.id, attempts.exchanging as string))
    await change('old', { issuedAt: sql`clock_timestamp() - interval '31 seconds'` })
    // A sweep that begins at once would have something to do.
    await engine.db.update(credentials).set({ refreshAt: past })
    await engine.close()
    const first = (await run(copy.url)) as Restored
    done = (await run(copy.url)) as Restored
    expect(first).toMatchObject({ outcome: 'restored', attempts: 2, startedMeanwhile: 0 })
    expect(first.leases).toBeGreaterThan(0)
    expect(done).toEqual({ ...first, attempts: 0, leases: 0 })
    expect(done.marked.map(({ name, dataSource }) => `${dataSource} ${name}`)).toEqual([
      'grace old',
      'grace young',
      'kills refused',
      'kills spent',
      'kills unspent',
    ])
    engine = await house.another({ databaseUrl: copy.url, queueUrl: copy.url })
    await house.work(engine)
    const ended = await engine.db
      .select()
      .from(authorizations)
      .where(inArray(authorizations.id, Object.values(attempts)))
    expect(Object.fromEntries(ended.map((one) => [one.id, one.errorCode]))).toEqual({
      [attempts.pending as string]: 'authorization_expired',
      [attempts.exchanging as string]: 'authorization_outcome_unknown',
    })
    for (const one of ended) expect(one.secretsSealed).toBeNull()
  })

  it('serves access tokens to their end, and sends nothing meanwhile', async () => {
    for (const name of ['unspent', 'spent', 'old']) {
      await until(async () => (await row(name)).lastOutcome === 'unknown_outcome', `${name} was looked at`)
      expect((await token(name)).generation).toBe(1)
      expect((await connection(name)).lastError?.message).toContain('The database was restored to an earlier state')
    }
    expect(counters('unspent')).toEqual({ tokenRequests: 1, refreshes: 0, replays: 0, destroyed: 0 })
    expect(counters('spent')).toEqual({ tokenRequests: 2, refreshes: 1, replays: 0, destroyed: 0 })
    expect(counters('old', 'grace')).toMatchObject({ tokenRequests: 2, replays: 0 })
    await expect(engine.connections.refresh(house.owner, ids.spent as string, {})).rejects.toMatchObject({
      code: 'refresh_would_risk_grant',
    })
  })

  it('refreshes at once where that does no harm: within the grace, where a replay is safe, and where nothing rotates', async () => {
    for (const [name, source] of [
      ['young', 'grace'],
      ['safe', 'safe'],
      ['keeps', 'keeps'],
    ] as const) {
      await until(async () => (await row(name)).generation === 2, `${name} is refreshed`)
      expect((await connection(name)).status).toBe('active')
      expect(counters(name, source)).toMatchObject({ destroyed: 0 })
    }
  })

  it('replays once when the access token has ended: an unspent token survives, a spent one ends with the reason', async () => {
    for (const name of ['unspent', 'spent']) await change(name, { expiresAt: past, refreshAt: past })
    await until(async () => (await row('unspent')).generation === 2, 'the grant that was not refreshed since survives')
    expect(counters('unspent')).toEqual({ tokenRequests: 2, refreshes: 1, replays: 0, destroyed: 0 })
    expect((await connection('unspent')).status).toBe('active')
    expect((await token('unspent')).generation).toBe(2)

    await until(async () => (await connection('spent')).status === 'needs_reauthorization', 'the other one ends')
    expect(counters('spent')).toEqual({ tokenRequests: 3, refreshes: 1, replays: 1, destroyed: 1 })
    const { lastError } = await connection('spent')
    expect(lastError?.code).toBe('revoked')
    expect(lastError?.message).toMatch(/^The database was restored to an earlier state, and the refresh token in it/)
    await expect(token('spent')).rejects.toMatchObject({ code: 'needs_reauthorization' })
  })

  it('replays once also at the first 401 of a caller, and never again', async () => {
    // Shortly after the last look the caller is told to come again.
    await until(async () => {
      const refusal = await token('refused', { rejectedGeneration: 1 }).catch((error) => error)
      expect(refusal.code).toMatch(/needs_reauthorization|refresh_failed/)
      return (await connection('refused')).status === 'needs_reauthorization'
    }, 'it ends')
    expect(counters('refused')).toEqual({ tokenRequests: 3, refreshes: 1, replays: 1, destroyed: 1 })
  })

  it('numbers events beyond what any client has seen', async () => {
    const seen = []
    for await (const event of engine.events.subscribe(house.owner, {
      after: lastSeen,
      signal: AbortSignal.timeout(10_000),
    })) {
      seen.push(event)
      if (event.type === 'connection.needs_reauthorization' && event.connectionId === ids.spent) break
    }
    expect(seen.at(-1)?.connectionId).toBe(ids.spent)
    for (const { position } of seen) expect(position).toBeGreaterThan(1_000_000_000)
    // Each of them once.
    expect(new Set(seen.map(({ id }) => id)).size).toBe(seen.length)
  })

  it('forgets it with the next pair', async () => {
    const unspent = await row('unspent')
    expect(unspent).toMatchObject({ restoredGeneration: 1, generation: 2, intentGeneration: null, unknownSince: null })
    const [active] = await engine.db
      .select()
      .from(connections)
      .where(eq(connections.id, ids.unspent as string))
    expect(active?.lastError).toBeNull()
  })
})
