import type { Verdict } from './judge.ts'
import type { Limits } from './limits.ts'
import type { House, QueueKind, Stage, StageOptions } from './stage.ts'
import { openStage } from './stage.ts'

/** What a scenario is given. */
export interface Arena {
  readonly house: House
  readonly queue: QueueKind
  readonly limits: Limits
  open(options?: StageOptions): Promise<Stage>
}

/** One row of the report. */
export interface Part {
  readonly what: string
  readonly verdict: Verdict
  /** What this part asserts or measures beside the verdict. */
  readonly broken?: readonly string[]
  readonly note?: string
}

export interface Scenario {
  readonly letter: string
  readonly title: string
  /** Whether it has a meaning at production's time limits and fits the time. */
  readonly inProduction?: boolean
  run(arena: Arena): AsyncIterable<Part>
}

export const arena = (house: House, queue: QueueKind, limits: Limits): Arena => ({
  house,
  queue,
  limits,
  open: (options) => openStage(house, queue, limits, options),
})
