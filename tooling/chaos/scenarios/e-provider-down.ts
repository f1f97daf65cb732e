import { setTimeout as delay } from 'node:timers/promises'
import { judge } from '../harness/judge.ts'
import type { Arena, Part, Scenario } from '../harness/scenario.ts'

/** In production: tokens of two minutes, and a token endpoint that says 503 from soon after their issue to a minute after their end. */
const LIFETIME_MS = 120_000
const DOWN_AFTER_MS = 10_000
const DOWN_MS = 170_000

async function* run(arena: Arena): AsyncGenerator<Part> {
  const workers = 2
  await using stage = await arena.open({ apis: 2, workers })
  const { limits, reads } = stage
  const { server } = stage.provider('kills')
  const seeds = await stage.seed('kills', {
    count: limits.count(40, 10),
    lifetime: limits.ms(LIFETIME_MS) / 1000,
    due: 'scheduled',
  })
  const reading = reads.start(
    seeds.map(({ id }) => id),
    { callers: 40, pauseMs: 300 },
  )
  await delay(limits.ms(DOWN_AFTER_MS))
  const downMs = limits.ms(DOWN_MS)
  await server.fault({ kind: 'status', status: 503, forSeconds: downMs / 1000 })
  await delay(downMs)
  const recoveredAt = Date.now()
  await stage.settled(seeds, 'every connection is refreshed after the provider is back', limits.ms(300_000) + 20_000)
  const healedMs = Date.now() - recoveredAt
  await delay(500)
  await reading.stop()
  await reads.burst(seeds.map(({ id }) => id))

  const verdict = await judge(stage, seeds)
  const { breakerFailures = 0, breakerOpenMs = 1 } = limits.timings
  // Until the breaker opens: what it takes, and the calls that each worker has under way then. Later: one probe at a time.
  const most = breakerFailures + workers * 4 + Math.ceil(downMs / breakerOpenMs)
  yield {
    what: `503 for ${limits.ms(DOWN_MS) / 1000} s here, across the end of every token`,
    verdict,
    broken:
      verdict.retried > most
        ? [`${verdict.retried} token requests while the provider was down; at most ${most} are explained`]
        : [],
    note: `${verdict.retried} token requests while it was down (at most ${most} are explained); all refreshed ${healedMs} ms after its return`,
  }
}

export const providerDown: Scenario = {
  letter: 'e',
  title: 'The token endpoint is down until after the tokens end',
  run,
}
