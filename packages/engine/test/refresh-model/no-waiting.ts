/** Node's timers as the model has them: whoever waits stands at a step of its process, and the time passes with it. */
import type * as timers from 'node:timers/promises'
import type { Steps } from './steps.ts'

type Timers = typeof timers

let world: Steps | undefined

/** While no run is under way, waiting is waiting. */
export function timersOver(real: Timers): Pick<Timers, 'setTimeout'> {
  const setTimeout = async (ms?: number, ...rest: []) => {
    if (!world) return real.setTimeout(ms, ...rest)
    if (!world.current) throw new Error('nobody is there to wait')
    await world.stop(world.current, 'wait', { takes: ms ?? 0 })
  }
  return { setTimeout: setTimeout as Timers['setTimeout'] }
}

/** `undefined`: the run is over. */
export function waitIn(steps: Steps | undefined): void {
  world = steps
}
