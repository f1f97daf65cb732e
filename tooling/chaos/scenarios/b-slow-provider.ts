import { judge } from '../harness/judge.ts'
import type { Arena, Part, Scenario } from '../harness/scenario.ts'

/** Seconds that the token endpoint takes, in production. */
const LATENCIES = [0.2, 5, 15, 35]

async function* run(arena: Arena): AsyncGenerator<Part> {
  await using stage = await arena.open({ apis: 2, workers: 2 })
  const { limits, reads } = stage
  const { server } = stage.provider('kills')
  const latencies = limits.form === 'short' ? LATENCIES.slice(1, 2) : LATENCIES
  for (const latency of latencies) {
    const latencyMs = limits.ms(latency * 1000)
    await server.fault({ kind: 'delay', delayMs: latencyMs, forSeconds: 3600 })
    // Long enough for the planned refresh to begin in it, and for the slowest to end after it.
    const lifetime = 3 + (1.2 * latencyMs) / 1000
    const scheduled = await stage.seed('kills', { count: 3, lifetime, due: 'scheduled' })
    const late = await stage.seed('kills', { count: 3, lifetime, due: 'late' })
    const seeds = [...scheduled, ...late]
    const reading = reads.start(
      seeds.map(({ id }) => id),
      { callers: 40, pauseMs: 500 },
    )
    await stage.settled(seeds, 'every token is refreshed', lifetime * 1000 + 4 * latencyMs + 20_000)
    await reading.stop()
    await reads.burst(seeds.map(({ id }) => id))
    await server.clearFaults()
    const own = new Set(seeds.map(({ id }) => id))
    const told = reads.all.filter(({ connectionId, code }) => own.has(connectionId) && code === 'refresh_in_progress')
    yield {
      what: `the token endpoint takes ${latency} s (${latencyMs / 1000} s here); 40 readers`,
      verdict: await judge(stage, seeds),
      note: `${told.length} reads of a dead token were told to come back`,
    }
  }
}

export const slowProvider: Scenario = { letter: 'b', title: 'A slow token endpoint', inProduction: true, run }
