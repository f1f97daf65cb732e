/** The short form: few connections, the scenarios that need no server of its own to be taken away. `npm run chaos` is the whole. */
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describeWithRedis } from '@wellhead/test-services'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Limits, limitsOf } from '../harness/limits.ts'
import { play } from '../harness/play.ts'
import { brokenOf, report } from '../harness/report.ts'
import { type House, openHouse, type QueueKind } from '../harness/stage.ts'
import { readsAtExpiry } from '../scenarios/a-reads-at-expiry.ts'
import { killedWorkers } from '../scenarios/c-killed-workers.ts'
import { handsInBetween } from '../scenarios/h-hands-in-between.ts'

function shortForm(queue: QueueKind, redisUrl?: string) {
  let folder: string
  let house: House
  let limits: Limits

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'chaos-'))
    await chmod(folder, 0o755) // the database server's account must be able to go there
    house = await openHouse(folder, redisUrl === undefined ? {} : { redisUrl })
    limits = await limitsOf('short')
  }, 90_000)
  afterAll(async () => {
    await house?.[Symbol.asyncDispose]()
    await rm(folder, { recursive: true, force: true, maxRetries: 3 })
  })

  it.each([readsAtExpiry, killedWorkers, handsInBetween])('$letter: $title', { timeout: 150_000 }, async (scenario) => {
    const result = await play(house, queue, limits, scenario, () => {})
    expect(brokenOf(result)).toEqual([])
    expect(result.parts.length).toBeGreaterThan(1)
    expect(report(house, [result], [])).toContain('Everything held.')
  })
}

describe('grants on PostgreSQL', () => shortForm('postgres'))
describeWithRedis('grants on Redis', ({ url }) => shortForm('redis', url))
