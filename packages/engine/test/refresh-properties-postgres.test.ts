/** The same properties over PostgreSQL itself: fewer orders of events, with the statements of production and its own deletion. */
import { createTestDatabase, type TestDatabase } from '@wellhead/test-services'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { eraseConnection } from '../src/connections/erase.ts'
import { createPostgresRows, type PostgresRows, silent } from './refresh-model/postgres-rows.ts'
import { clients, connectionId, glassVault, timings, wholeLease } from './refresh-model/rows.ts'
import { moves, numRuns, scenes } from './refresh-model/scenes.ts'
import { facts, registryWith } from './refresh-model/spec.ts'
import { World } from './refresh-model/world.ts'

vi.mock('node:timers/promises', async (original) =>
  (await import('./refresh-model/no-waiting.ts')).timersOver(await original()),
)

/** A run takes the time of hundreds in memory. */
const fewRuns = Math.ceil(numRuns / 200)

let database: TestDatabase
let rows: PostgresRows

beforeAll(async () => {
  database = await createTestDatabase()
  rows = await createPostgresRows(database.url)
  vi.useFakeTimers({ toFake: ['Date'] })
  vi.spyOn(Math, 'random').mockReturnValue(0.5)
})
afterAll(async () => {
  vi.useRealTimers()
  vi.restoreAllMocks()
  await rows?.[Symbol.asyncDispose]()
  await database?.[Symbol.asyncDispose]()
})

describe('over PostgreSQL, whatever comes between its steps', { timeout: fewRuns * 10_000 }, () => {
  it('the database’s clock is the model’s', async () => {
    const at = new Date('2031-05-06T07:08:09.123Z')
    await rows.setTime(at)
    await rows.begin({ secret: { accessToken: 'at', refreshToken: 'rt' }, issuedAt: at, lifetimeSeconds: 60 })
    const lease = await rows.store(() => 0).takeLease(connectionId, wholeLease)
    expect(lease?.row.leaseUntil).toEqual(new Date(at.getTime() + timings.leaseMs))
    expect(lease?.time.earliest()).toEqual(at)
  })

  it.each(scenes)(
    'a refresh at a provider where a replay is $fact and rotation is $rotation keeps its promises',
    async ({ fact, rotation }) => {
      const onDelete: NonNullable<ConstructorParameters<typeof World>[3]>['onDelete'] = (tokens) =>
        eraseConnection(
          {
            db: rows.db,
            vault: glassVault(),
            clients: clients as never,
            registry: registryWith(facts[fact]),
            tokens,
            timings,
            log: silent,
          },
          connectionId,
        )
      await fc.assert(
        fc.asyncProperty(moves, (chosen) => new World(rows, fact, rotation, { onDelete }).run(chosen)),
        { numRuns: fewRuns, interruptAfterTimeLimit: fewRuns * 6_600 },
      )
    },
  )
})
