/** The steps of many refreshes in one statement do to each what they would have done to it alone. */
import { expect, it } from 'vitest'
import { eq, inArray, sql } from '../src/db/query.ts'
import { listenForSignals } from '../src/db/signals.ts'
import { defaultTimings, schema } from '../src/index.ts'
import { credentialSignal } from '../src/refresh/credential.ts'
import { type Lease, leaseTermFor } from '../src/refresh/lease.ts'
import { createPostgresStore, type RefreshStore } from '../src/refresh/store.ts'
import type { NewPair } from '../src/refresh/write.ts'
import { openOAuthHouse } from './oauth-house.ts'

const { breakers, connections, connectionMembers, credentials, events, oauthClients } = schema
const term = leaseTermFor({ kind: 'kills' }, defaultTimings)
const inAnHour = new Date(Date.now() + 3_600_000)
const pair: NewPair = {
  sealed: { sealed: Buffer.from('sealed anew'), keyId: 'key' },
  issuedAt: new Date(),
  expiresAt: inAnHour,
  refreshAt: inAnHour,
}

async function openSix() {
  const house = await openOAuthHouse({ items: {} })
  await house.drain()
  const { db } = house.engine
  const store = createPostgresStore({ db, signals: { wait: async () => {} }, timings: defaultTimings })
  const ids = await house.seed('items', 6)
  const [client] = await db.select().from(oauthClients)
  const breaker = { dataSource: 'items', clientId: client?.id as string }
  const storeOne = (lease: Lease) => store.storePair(lease.row, pair, { key: breaker, isWell: true })
  return {
    house,
    db,
    store,
    ids,
    client: { id: breaker.clientId, version: client?.updatedAt as Date },
    storePair: storeOne,
  }
}

const leasesOf = async (store: RefreshStore, ids: readonly string[]): Promise<Lease[]> => {
  const leases = await Promise.all(ids.map((id) => store.takeLease(id, term)))
  return leases.map((lease) => lease ?? expect.fail('the lease is free'))
}

/** Starts all, says which of them end while one row is locked, then unlocks it and waits for the rest. */
async function whileLocked<Value>(
  { db }: Awaited<ReturnType<typeof openSix>>,
  lock: ReturnType<typeof sql>,
  starts: readonly (() => Promise<Value>)[],
): Promise<{ ended: number[]; values: Value[] }> {
  const ended: number[] = []
  let before: number[] = []
  let all: Promise<Value[]> | undefined
  await db.transaction(async (tx) => {
    await tx.execute(lock)
    const running = starts.map(async (start, index) => {
      const value = await start()
      ended.push(index)
      return value
    })
    all = Promise.all(running)
    await Promise.all(running.slice(1))
    before = ended.toSorted()
  })
  return { ended: before, values: (await all) as Value[] }
}

it('a row that somebody else has locked holds up no other', async () => {
  const six = await openSix()
  await using _house = six.house
  const { store, ids, storePair } = six
  const others = [1, 2, 3, 4, 5]
  const credential = sql`select from credentials where connection_id = ${ids[0]} for no key update`
  const connection = sql`select from connections where id = ${ids[0]} for no key update`

  const taken = await whileLocked(
    six,
    credential,
    ids.map((id) => () => store.takeLease(id, term)),
  )
  expect(taken.ended).toEqual(others)
  const leases = taken.values.map((lease) => lease ?? expect.fail('the lease is free'))

  const written = await whileLocked(
    six,
    credential,
    leases.map((lease) => () => store.writeIntent(lease)),
  )
  expect(written.ended).toEqual(others)
  expect(written.values).toEqual(leases.map(() => ({ attempt: 1, isReplay: false })))

  const stored = await whileLocked(
    six,
    connection,
    leases.map((lease) => () => storePair(lease)),
  )
  expect(stored.ended).toEqual(others)
  expect(stored.values).toEqual(leases.map(() => true))

  // The leases went back with the pairs.
  const rows = await six.db.select().from(credentials).where(inArray(credentials.connectionId, ids))
  for (const row of rows)
    expect(row).toMatchObject({ generation: 2, leaseHolder: null, leaseUntil: null, lastOutcome: 'refreshed' })

  const again = await leasesOf(store, ids)
  const released = await whileLocked(
    six,
    credential,
    again.map((lease) => () => store.releaseLease(lease)),
  )
  expect(released.ended).toEqual(others)
  for (const id of ids) expect(await six.house.row(id)).toMatchObject({ leaseHolder: null, leaseUntil: null })
})

it('an attempt is begun at once only where row, client, lease and breaker are as they were read', async () => {
  const six = await openSix()
  await using _house = six.house
  const { db, store, ids, client } = six
  const loads = await Promise.all(ids.map((id) => store.load(id)))
  const change = (id: string | undefined, values: object) =>
    db
      .update(credentials)
      .set(values)
      .where(eq(credentials.connectionId, id as string))
  const beginAll = async (version = client) =>
    (await Promise.all(loads.map((loaded) => store.startAttempt(loaded, term, version)))).map((one) => one?.intent)
  const nothing = ids.map(() => undefined)

  expect(await beginAll({ ...client, version: new Date(0) })).toEqual(nothing)
  await db.insert(breakers).values({ dataSource: 'items', clientId: client.id, openUntil: inAnHour })
  expect(await beginAll()).toEqual(nothing)
  await db.update(breakers).set({ openUntil: null })

  await store.takeLease(ids[0] as string, term)
  await change(ids[1], { generation: 2 })
  await change(ids[2], { outcomes: 1 })
  await change(ids[3], { intentAttempt: 1 })
  await change(ids[4], { intentGeneration: 1 })
  const before = await db.select().from(credentials).orderBy(credentials.connectionId)
  const begun = { attempt: 1, isReplay: false }
  expect(await beginAll()).toEqual([...nothing.slice(1), begun])
  const after = await db.select().from(credentials).orderBy(credentials.connectionId)
  const isSixth = ({ connectionId }: { connectionId: string }) => connectionId === ids[5]
  expect(after.filter((row) => !isSixth(row))).toEqual(before.filter((row) => !isSixth(row)))
  expect(after.find(isSixth)).toMatchObject({ intentGeneration: 1, intentAttempt: 1, replays: 0 })
  // Once.
  expect(await beginAll()).toEqual(nothing)
})

it('whoever waits for one of them is woken, by one notification for all', async () => {
  const six = await openSix()
  await using house = six.house
  const signals = await listenForSignals(house.databaseUrl)
  const woken = six.ids.map(
    (id) => new Promise<string>((resolve) => signals.on(credentialSignal(id), () => resolve(id))),
  )
  const leases = await leasesOf(six.store, six.ids)
  await Promise.all(leases.map((lease) => six.storePair(lease)))
  expect(await Promise.all(woken)).toEqual(six.ids)
  await signals.close()
})

it('a lease that another has is not given, and one of two who ask at once gets it', async () => {
  const six = await openSix()
  await using _house = six.house
  const { store, ids } = six
  await leasesOf(store, ids.slice(0, 2))
  const leases = await Promise.all([...ids, ids[5] as string].map((id) => store.takeLease(id, term)))
  expect(leases.slice(0, 2)).toEqual([undefined, undefined])
  expect(leases.slice(2, 5).map((lease) => lease?.connectionId)).toEqual(ids.slice(2, 5))
  expect(leases.slice(5).filter((lease) => lease !== undefined)).toHaveLength(1)
})

it('a pair of a generation that is over is not stored, a status is recovered from, and each event has its own audience', async () => {
  const six = await openSix()
  await using _house = six.house
  const { house, db, store, ids, storePair } = six
  const [over, degraded, mine, chosen, everybody] = ids as [string, string, string, string, string, string]
  const friend = await house.member('member')
  await db.insert(connectionMembers).values({ connectionId: chosen, userId: friend.userId })
  const change = (id: string, values: Partial<typeof connections.$inferInsert>) =>
    db.update(connections).set(values).where(eq(connections.id, id))
  await change(degraded, { status: 'degraded' })
  await change(mine, { visibility: 'only_me' })
  await change(chosen, { visibility: 'members' })
  const leases = await leasesOf(store, ids)
  await house.change(over, { generation: 5 })

  expect(await Promise.all(leases.map(storePair))).toEqual([false, true, true, true, true, true])
  expect((await house.row(over)).generation).toBe(5)
  expect(await house.status(degraded)).toBe('active')
  expect(await house.events(degraded)).toEqual(['recovered', 'refreshed'])
  const told = await db.select().from(events).where(eq(events.type, 'connection.refreshed'))
  const audienceOf = (id: string) => told.filter((event) => event.connectionId === id).map(({ audience }) => audience)
  expect(audienceOf(over)).toEqual([])
  expect(audienceOf(mine)).toEqual([[house.owner.userId]])
  expect(audienceOf(chosen).map((audience) => audience?.toSorted())).toEqual([
    [friend.userId, house.owner.userId].toSorted(),
  ])
  expect(audienceOf(everybody)).toEqual([null])
  // What the event says is what the transaction for a single one says.
  const [usual, single] = [everybody, degraded].map((id) => told.find((event) => event.connectionId === id))
  expect(usual?.data).toEqual({ ...single?.data, name: usual?.data.name })
  expect(usual?.data).toEqual({
    data_source: 'items',
    name: expect.any(String),
    generation: 2,
    expires_at: inAnHour.toISOString(),
  })
})
