/** The database goes away: what is in hand is not lost, and it is found again as soon as it is back. */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
import { createTestDatabase } from '@wellhead/test-services'
import { walkConsent } from '@wellhead/testkit/oauth-server'
import postgres from 'postgres'
import { describe, expect, it } from 'vitest'
import { connectDatabase } from '../src/db/database.ts'
import { sql as query } from '../src/db/query.ts'
import { type OAuthHouse, openOAuthHouse, past, until } from './oauth-house.ts'

/** As far as the engine can tell, the database is away: every statement on this table fails. */
async function takeAway(house: OAuthHouse, table: 'credentials' | 'authorizations') {
  const sql = postgres(house.databaseUrl, { max: 1, onnotice: () => {} })
  await sql.unsafe(`alter table ${table} rename to ${table}_away`)
  return {
    failedWrites: () =>
      house.logs.filter((entry) => JSON.stringify(entry).includes('an answer in hand could not be written')).length,
    async giveBack() {
      await sql.unsafe(`alter table ${table}_away rename to ${table}`)
      await sql.end()
    },
  }
}

describe('an answer in hand', () => {
  it('of a refresh is written when the database is back, and a drain waits for it', async () => {
    await using house = await openOAuthHouse({ items: {} })
    const { id } = await house.connect('items')
    const grant = house.grant('items')
    house.server('items').fault({ kind: 'delay', answerDelayMs: 300 })
    await house.change(id, { refreshAt: past })
    await until(async () => house.server('items').counters(grant).refreshes === 1, 'the pair is issued')
    const away = await takeAway(house, 'credentials')
    await until(async () => away.failedWrites() > 1, 'it was tried more than once')
    let isDrained = false
    const drained = house.drain().then(() => {
      isDrained = true
    })
    const tries = away.failedWrites()
    await until(async () => away.failedWrites() > tries, 'it is tried while the process wants to end')
    expect(isDrained).toBe(false)
    await away.giveBack()
    await drained
    expect(await house.row(id)).toMatchObject({ generation: 2, intentGeneration: null, lastOutcome: 'refreshed' })
    expect(house.server('items').counters(grant)).toMatchObject({ refreshes: 1, replays: 0, destroyed: 0 })
  })

  it('of an exchange is sealed when the database is back, and the code is sent once', async () => {
    await using house = await openOAuthHouse({ items: {} })
    const attempt = await house.begin('items')
    const back = await walkConsent(attempt.location)
    house.server('items').fault({ kind: 'delay', answerDelayMs: 300 })
    await house.callback('items', back, attempt.cookies)
    await until(async () => house.server('items').counters().tokenRequests === 1, 'the code is sent')
    const away = await takeAway(house, 'authorizations')
    await until(async () => away.failedWrites() > 1, 'it was tried more than once')
    await away.giveBack()
    expect(await house.ended(attempt.id)).toMatchObject({ status: 'completed' })
    expect(house.server('items').counters()).toMatchObject({ tokenRequests: 1 })
  })
})

describe('the database', () => {
  it('is asked again at once when it is back, although it was asked in vain for long', async () => {
    await using real = await createTestDatabase()
    const { hostname, port } = new URL(real.url)
    const door = createServer((socket) => {
      const server = connect(Number(port), hostname)
      socket.pipe(server).pipe(socket)
      for (const [one, other] of [
        [socket, server],
        [server, socket],
      ] as const)
        one.on('error', () => other.destroy())
    })
    await once(door.listen(0, '127.0.0.1'), 'listening')
    const url = new URL(real.url)
    url.host = `127.0.0.1:${(door.address() as AddressInfo).port}`
    door.close()
    await once(door, 'close')
    const { db, close } = connectDatabase(url.href, { max: 2, pooled: false })
    // The driver's own pause would be twenty seconds by now, which is longer than this test may take.
    for (let failures = 0; failures < 12; failures++) await expect(db.execute(query`select 1`)).rejects.toThrow()
    await once(door.listen(Number(url.port), '127.0.0.1'), 'listening')
    expect(await db.execute(query`select 1 as one`)).toEqual([{ one: 1 }])
    await close()
    door.close()
  })

  it('answers the next query on a connection that was ended in the middle of another', async () => {
    await using real = await createTestDatabase()
    const other = postgres(real.url, { max: 1, onnotice: () => {} })
    const { db, close } = connectDatabase(real.url, { max: 1, pooled: false })
    const pid = async () => (await db.execute<{ pid: number }>(query`select pg_backend_pid() as pid`))[0]?.pid as number
    const kill = async (id: number) => {
      const isBusy = async () =>
        (await other`select 1 from pg_stat_activity where pid = ${id} and query like '%pg_sleep%' and state = 'active'`)
          .length > 0
      await until(isBusy, 'the query is under way')
      await other`select pg_terminate_backend(${id})`
    }
    const sleeping = db.execute(query`select pg_sleep(60)`)
    await Promise.all([expect(sleeping).rejects.toThrow(), pidOf(other).then(kill)])
    expect(await pid()).toBeGreaterThan(0)

    const inTransaction = db.transaction(async (tx) => {
      await tx.execute(query`select pg_sleep(60)`)
    })
    await Promise.all([expect(inTransaction).rejects.toThrow(), pidOf(other).then(kill)])
    expect(await pid()).toBeGreaterThan(0)
    await close()
    await other.end()
  })
})

/** The server process of the one connection of the engine's. */
async function pidOf(sql: postgres.Sql): Promise<number> {
  const found = () =>
    sql`select pid from pg_stat_activity where application_name = 'wellhead' and datname = current_database()`
  await until(async () => (await found()).length > 0, 'it is connected')
  return (await found())[0]?.pid as number
}
