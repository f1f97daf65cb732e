import { setTimeout as delay } from 'node:timers/promises'
import { judge } from '../harness/judge.ts'
import { beforeTheRequest } from '../harness/locks.ts'
import type { Arena, Part, Scenario } from '../harness/scenario.ts'
import type { Seeded } from '../harness/seed.ts'
import type { Stage } from '../harness/stage.ts'
import { until } from '../harness/until.ts'

/** Shorter than a tenth, so that many pauses fit: what counts is which of them is longer. */
const timings = { leaseMs: 4_000, tokenCallMs: 2_500 }
/** And before a second one is over, which the protocol waits for. */
const PAST_THE_LEASE_MS = timings.leaseMs + 2_000
const LIFETIME_S = 40
/** So many calls a fresh worker makes at once; the rest waits inside it, and goes to the other one. */
const FIRST_WINDOW = 4

async function* run(arena: Arena): AsyncGenerator<Part> {
  await using stage = await arena.open({ apis: 1, workers: 1, timings })
  yield await pausedBeforeSending(stage)
  yield await pausedWhileWaiting(stage, LIFETIME_S)
  yield await pausedWhileWaiting(stage, timings.leaseMs / 1000 + 1)
  yield await pausedAnywhere(stage)
}

const countOf = ({ limits }: Stage) => limits.count(12, 4)
const seedsFor = (stage: Stage, lifetime = LIFETIME_S) =>
  stage.seed('kills', { count: countOf(stage), lifetime, due: 'now' })

const allSettled = (stage: Stage, seeds: readonly Seeded[], what: string): Promise<void> =>
  stage.settled(seeds, what, LIFETIME_S * 1000 + 30_000)

/** Lease and intent are written, and the process stands still before its last look. */
async function pausedBeforeSending(stage: Stage): Promise<Part> {
  const { deployment, sql, reads } = stage
  const { server } = stage.provider('kills')
  const [paused] = deployment.workers
  // Time for the lock: what is seeded is minted by the server.
  const seeds = await stage.seed('kills', { count: countOf(stage), lifetime: LIFETIME_S, due: () => 3_000 })
  const lock = stage.use(await beforeTheRequest([server]))
  const ids = seeds.map(({ id }) => id)
  const leased = async () => {
    const [row] = await sql`
      select count(*)::int as count from credentials
      where lease_until > clock_timestamp() and connection_id in ${sql(ids)}`
    return row?.count >= FIRST_WINDOW
  }
  await until(leased, 'refreshes have their lease', 20_000)
  paused?.signal('SIGSTOP')
  await lock.release()
  const reading = reads.start(ids, { callers: 10, pauseMs: 300 })
  await deployment.startWorker()
  await delay(PAST_THE_LEASE_MS)
  paused?.signal('SIGCONT')
  await allSettled(stage, seeds, 'the other worker refreshes')
  // Time for the resumed one to do what it must not.
  await delay(3_000)
  await reading.stop()
  await reads.burst(ids)
  return { what: 'paused past its lease before sending, and resumed', verdict: await judge(stage, seeds) }
}

/**
 * The request is out; the provider answers while the process stands still. Where the access token ends meanwhile, nothing but
 * the second lease keeps the other worker from sending the refresh token again.
 */
async function pausedWhileWaiting(stage: Stage, lifetime: number): Promise<Part> {
  const { deployment, reads } = stage
  await deployment.workers[1]?.end('SIGTERM')
  const [paused] = deployment.workers
  const { server } = stage.provider('kills')
  const seeds = await seedsFor(stage, lifetime)
  const ids = seeds.map(({ id }) => id)
  const grants = new Set(seeds.map(({ grantId }) => grantId))
  await server.fault({ kind: 'hold', grantIds: [...grants], times: seeds.length })
  const held = async () =>
    (await stage.provider('kills').tokenRequests(grants)).filter(({ fault }) => fault === 'hold').length
  await until(async () => (await held()) >= FIRST_WINDOW, 'requests wait at the provider', 20_000)
  const pausedAt = Date.now()
  paused?.signal('SIGSTOP')
  const inFlight = await held()
  await server.clearFaults()
  await server.release()
  const reading = reads.start(ids, { callers: 10, pauseMs: 300 })
  await deployment.startWorker()
  await delay(Math.max(0, pausedAt + PAST_THE_LEASE_MS - Date.now()))
  paused?.signal('SIGCONT')
  await allSettled(stage, seeds, 'the late answers are written')
  await reading.stop()
  await reads.burst(ids)
  return {
    what: `paused past its lease while waiting for the answer${lifetime < LIFETIME_S ? ', and past the end of the token' : ''}, and resumed`,
    verdict: await judge(stage, seeds),
    note: `${inFlight} of ${seeds.length} requests were under way`,
  }
}

/** At any moment of a refresh: what is left is the time between the last look and the first byte. */
async function pausedAnywhere(stage: Stage): Promise<Part> {
  const { deployment, limits, reads } = stage
  const all: Seeded[] = []
  const rounds = limits.count(5, 2)
  let inTheWindow = 0
  let whileWaiting = 0
  for (let round = 0; round < rounds; round++) {
    const [paused] = deployment.workers
    const seeds = await seedsFor(stage)
    all.push(...seeds)
    await delay(Math.random() * 600)
    const pausedAt = Date.now()
    paused?.signal('SIGSTOP')
    await delay(PAST_THE_LEASE_MS)
    const resumedAt = Date.now()
    paused?.signal('SIGCONT')
    await allSettled(stage, seeds, 'every connection is refreshed')
    const requests = await stage.provider('kills').tokenRequests(new Set(seeds.map(({ grantId }) => grantId)))
    for (const [first, second] of Map.groupBy(requests, ({ grantId }) => grantId).values()) {
      if (!first || !second) continue
      if (first.at < pausedAt) whileWaiting++
      else if (second.at >= resumedAt) inTheWindow++
    }
  }
  await delay(1_000)
  await reads.burst(all.map(({ id }) => id))
  return {
    what: `one of two workers is paused past its lease at a random moment, ${rounds} times`,
    verdict: await judge(stage, all),
    note: `the residual window, between a process's last look at its lease and its first byte, was hit in ${inTheWindow} of ${all.length} refreshes; ${whileWaiting} were paused while they waited for their answer, and sent again`,
  }
}

export const pausedWorkers: Scenario = { letter: 'i', title: 'Workers paused past their lease', run }
