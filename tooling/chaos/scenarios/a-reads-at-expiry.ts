import { setTimeout as delay } from 'node:timers/promises'
import { judge } from '../harness/judge.ts'
import type { Arena, Part, Scenario } from '../harness/scenario.ts'
import { until } from '../harness/until.ts'

const CALLERS = 200

async function* run(arena: Arena): AsyncGenerator<Part> {
  await using stage = await arena.open({ apis: 2, workers: 2 })
  const { limits, reads } = stage
  const rounds = limits.count(5, 2)

  // Nobody refreshed it in time: 200 callers meet the dead token in the same moment.
  const late = []
  let unanswered = 0
  for (let round = 0; round < rounds; round++) {
    const [seed] = await stage.seed('kills', { count: 1, lifetime: 2, due: 'late' })
    if (!seed) throw new Error('nothing was seeded')
    late.push(seed)
    const callers = Array.from({ length: CALLERS }, () => seed.id)
    await delay(seed.expiresAt - 900 - Date.now())
    const before = reads.burst(callers)
    await delay(seed.expiresAt + 20 - Date.now())
    const after = await reads.burst(callers)
    await before
    unanswered += after.filter(({ status, generation }) => status !== 200 || generation !== 2).length
  }
  yield {
    what: `${CALLERS} reads just before the token's end and ${CALLERS} right after it, nothing refreshed early; ${rounds} times`,
    verdict: await judge(stage, late),
    broken: unanswered > 0 ? [`${unanswered} reads after the end were not answered with the new token`] : [],
  }

  // The ordinary case: refreshed early, while 200 callers go on reading.
  const scheduled = await stage.seed('kills', { count: rounds, lifetime: 6, due: 'scheduled' })
  const reading = reads.start(
    scheduled.map(({ id }) => id),
    { callers: CALLERS, pauseMs: 600 },
  )
  await until(async () => Date.now() > (scheduled[0]?.expiresAt ?? 0) + 500, 'the tokens end', 30_000)
  await reading.stop()
  yield {
    what: `${CALLERS} readers through the planned refresh and past the end`,
    verdict: await judge(stage, scheduled),
  }
}

export const readsAtExpiry: Scenario = { letter: 'a', title: 'Concurrent reads at expiry', run }
