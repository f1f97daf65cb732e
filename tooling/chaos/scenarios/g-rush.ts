import { judge } from '../harness/judge.ts'
import type { Arena, Part, Scenario } from '../harness/scenario.ts'

const PER_SECOND = 50
/** In production: due within the same minute, with the twelve minutes of margin that tokens of an hour have. */
const SPREAD_MS = 60_000
const MARGIN_MS = 720_000
const CONNECTIONS = 10_000

async function* run(arena: Arena): AsyncGenerator<Part> {
  await using stage = await arena.open({ apis: 2, workers: 2 })
  const { limits, reads } = stage
  const { server } = stage.provider('kills')
  const count = limits.count(CONNECTIONS / limits.factor, 150)
  await server.set({ tokenRequestsPerSecond: PER_SECOND })
  const spread = limits.ms(SPREAD_MS)
  const lifetime = (spread + limits.ms(MARGIN_MS)) / 1000
  // Seeding takes its time, so that they come due at one moment and not one after the other as they are made.
  const startAt = Date.now() + 3_000 + count * 3
  const seeds = await stage.seed('kills', {
    count,
    lifetime: lifetime + (startAt - Date.now()) / 1000,
    due: (index) => startAt - Date.now() + (index * spread) / count,
  })
  const reading = reads.start(
    seeds.filter((_, index) => index % Math.ceil(count / 200) === 0).map(({ id }) => id),
    { callers: 20, pauseMs: 400 },
  )
  await stage.settled(seeds, 'every connection is refreshed', lifetime * 1000 + (startAt - Date.now()) + 10_000)
  const tookMs = Date.now() - Math.min(...seeds.map(({ dueAt }) => dueAt))
  await reading.stop()
  const verdict = await judge(stage, seeds)
  const requests = await stage.provider('kills').tokenRequests(new Set(seeds.map(({ grantId }) => grantId)))
  const at = new Map(requests.filter(({ status }) => status === 200).map((one) => [one.grantId, one.at]))
  const late = seeds.filter(({ grantId, expiresAt }) => (at.get(grantId) ?? Number.POSITIVE_INFINITY) > expiresAt)
  yield {
    what: `${count} connections due within ${spread / 1000} s (a ${limits.factor === 1 ? 'whole' : `${limits.factor}th`} of ${CONNECTIONS} in a minute), ${PER_SECOND} requests/s allowed`,
    verdict,
    broken: late.length > 0 ? [`${late.length} tokens ended before they were refreshed`] : [],
    note: `took ${(tookMs / 1000).toFixed(1)} s (the limit alone: ${(count / PER_SECOND).toFixed(0)} s); ${requests.filter(({ status }) => status === 429).length} answers 429`,
  }
}

export const rush: Scenario = { letter: 'g', title: 'A rush against a rate limit', inProduction: true, run }
