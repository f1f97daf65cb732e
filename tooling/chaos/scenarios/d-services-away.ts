import { setTimeout as delay } from 'node:timers/promises'
import { isOfDatabase, judge, RECOVERY_MS } from '../harness/judge.ts'
import type { Away } from '../harness/postgres.ts'
import type { Arena, Part, Scenario } from '../harness/scenario.ts'
import type { Stage } from '../harness/stage.ts'

/** Milliseconds, in production. */
const PROVIDER_MS = 3_000
const SPREAD_MS = 40_000

async function* run(arena: Arena): AsyncGenerator<Part> {
  await using stage = await arena.open({ apis: 2, workers: 2 })
  const { limits, house } = stage
  await stage.provider('kills').server.fault({ kind: 'delay', delayMs: limits.ms(PROVIDER_MS), forSeconds: 36_000 })
  const { redis } = house

  yield await emptied(stage)
  if (stage.queue === 'redis' && redis && limits.form !== 'short') {
    yield await disturbed(stage, 'Redis is flushed', async () => {
      await redis.flush()
      return undefined
    })
    yield await disturbed(stage, 'Redis is stopped for a while, and comes back empty', async () => {
      await redis.restart('stopped', limits.ms(20_000))
      return undefined
    })
    yield await disturbed(stage, 'Redis is killed, and comes back empty', async () => {
      await redis.restart('killed', limits.ms(20_000))
      return undefined
    })
  }
  yield await disturbed(stage, 'PostgreSQL is restarted', () => house.postgres.restart('stopped', limits.ms(10_000)))
  if (limits.form !== 'short')
    yield await disturbed(stage, 'PostgreSQL is killed and started', () =>
      house.postgres.restart('killed', limits.ms(10_000)),
    )
}

/** Connections that come due one after the other, half of them before `act` is called and half of them after. */
async function wave(stage: Stage, act: () => Promise<Away | undefined>, spread = stage.limits.ms(SPREAD_MS)) {
  const { limits, reads } = stage
  const count = limits.count(40, 10)
  const seeds = await stage.seed('kills', {
    count,
    lifetime: Math.ceil((spread * 3) / 1000),
    due: (index) => 500 + (index * spread) / count,
  })
  const ids = seeds.map(({ id }) => id)
  const reading = reads.start(ids, { callers: 20, pauseMs: 300 })
  await delay(500 + spread / 2)
  const away = await act()
  await stage.settled(seeds, 'every connection is refreshed', spread * 4 + 40_000)
  await reading.stop()
  await reads.burst(ids)
  return { seeds, away }
}

async function disturbed(stage: Stage, what: string, act: () => Promise<Away | undefined>): Promise<Part> {
  const { seeds, away } = await wave(stage, act)
  const verdict = await judge(stage, seeds, away ? { postgresAway: [away] } : {})
  if (!away) return { what: `${what} during refreshes`, verdict }
  const expiresAt = new Map(seeds.map((seed) => [seed.id, seed.expiresAt]))
  const own = stage.reads.all.filter(({ connectionId }) => expiresAt.has(connectionId))
  const failed = own.filter((read) => isOfDatabase(read) && read.askedAt > away.from)
  const wellAfter = Math.max(0, ...failed.map(({ askedAt }) => askedAt - away.to))
  // With a good token there is nothing to wait for but the database.
  const slowest = Math.max(
    0,
    ...own
      .filter(({ connectionId, askedAt }) => {
        const leftMs = (expiresAt.get(connectionId) ?? 0) - askedAt
        return askedAt > away.to && leftMs > 2 * RECOVERY_MS
      })
      .map(({ askedAt, answeredAt }) => answeredAt - askedAt),
  )
  const broken: string[] = []
  if (wellAfter > RECOVERY_MS) broken.push(`reads still failed ${wellAfter} ms after PostgreSQL was back`)
  if (slowest > RECOVERY_MS) broken.push(`a read of a good token asked after PostgreSQL was back took ${slowest} ms`)
  return {
    what: `${what} during refreshes`,
    verdict,
    broken,
    note: `away for ${away.to - away.from} ms; the last read that failed was asked ${wellAfter} ms after its return, and the slowest one took ${slowest} ms`,
  }
}

/** The whole queue is deleted again and again while connections come due. */
async function emptied(stage: Stage): Promise<Part> {
  const { limits } = stage
  const { sweepMs = 0, horizonMs = 0 } = limits.timings
  // A row that was enqueued counts as that for one horizon; the sweep after it finds it again.
  const interval = horizonMs + sweepMs
  // Rare enough that no refresh loses its job twice.
  const periodMs = interval * 2
  const stopping = new AbortController()
  let times = 0
  const emptying = (async () => {
    while (!stopping.signal.aborted) {
      await stage.emptyQueue()
      times++
      await delay(periodMs)
    }
  })()
  const { seeds } = await wave(stage, async () => undefined, periodMs * 4)
  stopping.abort()
  await emptying
  const requests = await stage.provider('kills').tokenRequests(new Set(seeds.map(({ grantId }) => grantId)))
  const first = new Map(requests.toReversed().map(({ grantId, at }) => [grantId, at]))
  const waits = seeds.map(({ grantId, dueAt }) => (first.get(grantId) ?? Number.POSITIVE_INFINITY) - dueAt)
  // What a busy machine takes besides.
  const slack = 1_000
  const late = waits.filter((wait) => wait > interval + slack)
  return {
    what: `the queue's whole content is deleted every ${periodMs} ms`,
    verdict: await judge(stage, seeds),
    broken:
      late.length > 0
        ? [
            `${late.length} due refreshes began later than one scan interval (${interval} ms), at most after ${Math.round(Math.max(...late))} ms`,
          ]
        : [],
    note: `deleted ${times} times; refreshes began at most ${Math.round(Math.max(...waits))} ms after they came due (scan interval: ${interval} ms)`,
  }
}

export const servicesAway: Scenario = { letter: 'd', title: 'Redis and PostgreSQL go away', run }
