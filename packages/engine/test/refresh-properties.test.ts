/**
 * Properties of the refresh protocol over random interleavings: every step of the real code, in an order, with crashes, pauses,
 * wrong dates and losses that fast-check chooses. A failure prints its seed and path, and the story of the smallest one.
 */
import fc from 'fast-check'
import { afterAll, beforeAll, describe, it, vi } from 'vitest'
import { createMemoryRows } from './refresh-model/memory-rows.ts'
import { moves, numRuns, scenes } from './refresh-model/scenes.ts'
import { World } from './refresh-model/world.ts'

vi.mock('node:timers/promises', async (original) =>
  (await import('./refresh-model/no-waiting.ts')).timersOver(await original()),
)

beforeAll(() => {
  vi.useFakeTimers({ toFake: ['Date'] })
  vi.spyOn(Math, 'random').mockReturnValue(0.5)
})
afterAll(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

describe('whatever comes between its steps', { timeout: numRuns * 50 }, () => {
  it.each(scenes)(
    'a refresh at a provider where a replay is $fact and rotation is $rotation keeps its promises',
    async ({ fact, rotation }) => {
      await fc.assert(
        fc.asyncProperty(moves, (chosen) => new World(createMemoryRows(), fact, rotation).run(chosen)),
        { numRuns, interruptAfterTimeLimit: numRuns * 33, ignoreEqualValues: true },
      )
    },
  )
})
