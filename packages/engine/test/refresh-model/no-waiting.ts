/** Node's timers as the model has them: whoever waits stands at a step of its process, and the time passes with it. */
import type { Steps } from './steps.ts'

let world: Steps | undefined

export const timers = {
  async setTimeout(ms: number): Promise<void> {
    const process = world?.current
    if (!world || !process) throw new Error('nobody is there to wait')
    await world.stop(process, 'wait', { takes: ms })
  },
}

export function waitIn(steps: Steps): void {
  world = steps
}
