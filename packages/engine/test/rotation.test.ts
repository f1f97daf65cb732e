/** Keys are rotated while tokens are refreshed: whatever comes between what, no pair is lost. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { inArray, sql } from '../src/db/query.ts'
import { openKeys, type Rotation, schema } from '../src/index.ts'
import { openSecret } from '../src/refresh/credential.ts'
import { parseKeyRing } from '../src/vault/key-ring.ts'
import { createVault } from '../src/vault/vault.ts'
import { encryptionKeys } from './house.ts'
import { type OAuthHouse, openOAuthHouse, past, until } from './oauth-house.ts'

const CONNECTIONS = 24
const ROUNDS = 6

const { credentials, dataKeys } = schema
let house: OAuthHouse

beforeAll(async () => {
  house = await openOAuthHouse({ kills: { auth: { replay: { kind: 'kills' } }, server: { rotation: 'kill' } } })
})
afterAll(() => house?.[Symbol.asyncDispose]())

describe('rotate --reseal, again and again', () => {
  it('loses no pair that is written meanwhile, and lowers no generation', async () => {
    const ids = await house.seed('kills', CONNECTIONS)
    const rows = () =>
      house.engine.db
        .select()
        .from(credentials)
        .where(inArray(credentials.connectionId, ids))
        .orderBy(credentials.connectionId)
    // A second process, which begins while data keys change.
    const second = await house.another()
    let isOver = false
    const grown = new Map(ids.map((id) => [id, 1]))

    const refreshing = (async () => {
      while (!isOver) {
        await house.engine.db.update(credentials).set({ refreshAt: past }).where(inArray(credentials.connectionId, ids))
        for (const { connectionId, generation } of await rows()) {
          expect(generation).toBeGreaterThanOrEqual(grown.get(connectionId) as number)
          grown.set(connectionId, generation)
        }
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
    })()
    await using keys = await openKeys({ databaseUrl: house.databaseUrl, encryptionKeys })
    const rotate = () => keys.rotate({ reseal: true, watch() {}, waitMs: 0 })
    const done: Rotation[] = []
    for (let round = 1; round <= ROUNDS; round++) {
      if (round === 2) await house.work(second)
      // Two at a time, and each while pairs are written.
      const before = Math.min(...grown.values())
      done.push(...(await Promise.all([rotate(), rotate()])))
      await until(async () => Math.min(...grown.values()) > before, 'every credential is refreshed again')
    }
    isOver = true
    await refreshing
    await house.drain()
    await second.close()

    expect(done.flatMap(({ failed }) => failed)).toEqual([])
    expect(done.reduce((sum, { resealed }) => sum + resealed, 0)).toBeGreaterThan(CONNECTIONS)
    expect((await house.engine.db.select().from(dataKeys)).length).toBeGreaterThan(ROUNDS / 2)
    // What was written since by a process that had not looked is caught by the next pass.
    expect(await rotate()).toMatchObject({ failed: [], leftOnFormer: 0 })

    const fresh = createVault(house.engine.db, parseKeyRing(encryptionKeys))
    const opened = await Promise.all((await rows()).map(async (row) => ({ row, secret: await openSecret(fresh, row) })))
    const known = house.server('kills').accessTokens(opened.map(({ secret }) => secret.accessToken))
    // The pair in each row is the newest that the provider has issued to the grant, by its own count.
    const issued = new Map(
      house
        .server('kills')
        .grants()
        .map((grant) => [grant.id, grant.generation]),
    )
    for (const [index, { row }] of opened.entries()) {
      expect(row.generation).toBeGreaterThan(ROUNDS)
      expect(known[index]?.generation).toBe(row.generation)
      expect(issued.get(known[index]?.grantId as string)).toBe(row.generation)
    }
    expect(house.server('kills').counters()).toMatchObject({ replays: 0, destroyed: 0 })

    // And its refresh token is the one that works.
    const third = await house.another()
    await house.work(third)
    await house.engine.db
      .update(credentials)
      .set({ refreshAt: past, failures: 0 })
      .where(inArray(credentials.connectionId, ids))
    const last = new Map(opened.map(({ row }) => [row.connectionId, row.generation]))
    await until(
      async () => (await rows()).every((row) => row.generation > (last.get(row.connectionId) as number)),
      'every grant lives',
    )
    expect(house.server('kills').counters()).toMatchObject({ replays: 0, destroyed: 0 })
    const [states] = await house.engine.db.execute<{ count: string }>(
      sql`select count(*) from connections where status <> 'active'`,
    )
    expect(Number(states?.count)).toBe(0)
    await third.close()
  }, 120_000)
})
