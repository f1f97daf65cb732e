/** Plays scenarios one after the other, each on each queue, and goes on after one that fails. */
import type { Limits } from './limits.ts'
import { brokenOf, type Result } from './report.ts'
import { arena, type Part, type Scenario } from './scenario.ts'
import type { House, QueueKind } from './stage.ts'

export async function play(
  house: House,
  queue: QueueKind,
  limits: Limits,
  scenario: Scenario,
  say: (line: string) => void,
): Promise<Result> {
  const began = performance.now()
  const parts: Part[] = []
  const seconds = () => (performance.now() - began) / 1000
  let failure: string | undefined
  say(`${scenario.letter} on ${queue}: ${scenario.title}`)
  try {
    for await (const part of scenario.run(arena(house, queue, limits))) {
      parts.push(part)
      const broken = [...part.verdict.broken, ...(part.broken ?? [])]
      say(`  ${seconds().toFixed(0)} s  ${part.what}: ${broken.length === 0 ? 'holds' : broken.join('; ')}`)
    }
  } catch (error) {
    failure = (error as Error).message
    say(`  ${seconds().toFixed(0)} s  it did not come to its end: ${(error as Error).stack}`)
  }
  const result = { scenario, queue, limits, parts, seconds: seconds(), ...(failure ? { failure } : {}) }
  say(`  ${result.seconds.toFixed(0)} s  ${brokenOf(result).length === 0 ? 'held' : 'did not hold'}`)
  return result
}
