import type { Pace } from '@wellhead/datasource-node'
import { cancelled } from '../context/map-egress-error.ts'
import { createGate, tooLong } from './gate.ts'
import { createSlots, type Slots } from './slots.ts'

/** Holds the requests of one connection to the pace that its provider allows. */
export interface Pacer {
  /**
   * Resolves when the next request may go; what it resolves with is called when the headers of the answer have come, or the
   * try has failed.
   *
   * @throws DataSourceError `rate_limited`, with `retryAfterMs`, when that would take longer than `mostMs`; `cancelled`
   */
  admit(signal: AbortSignal, mostMs: number): Promise<() => void>
  /** Nobody is admitted for so many milliseconds. Never throws. */
  pause(ms: number): Promise<void>
}

/**
 * First come, first served. `slots` says when; without it, the pace holds in this process alone.
 *
 * Only whoever is first in the line takes a slot, so that a pause makes one slot worthless and not one for each who waits.
 */
export function createPacer(pace: Pace, slots: Slots = createSlots(pace)): Pacer {
  const room = createGate(pace.parallel ?? Number.POSITIVE_INFINITY)
  const line = createGate(1)

  async function takeSlot(signal: AbortSignal, left: () => number): Promise<void> {
    for (;;) {
      const { waitMs, isTaken } = await slots.take(left())
      if (!isTaken) throw tooLong(waitMs)
      const goAt = performance.now() + waitMs
      if (waitMs > 0) await slots.wait(waitMs, signal)
      if (signal.aborted) throw cancelled()
      // A timer may be a millisecond early. Anything else before its time was woken by a pause, and asks anew.
      if (performance.now() >= goAt - 2) return
    }
  }

  return {
    async admit(signal, mostMs) {
      const until = performance.now() + mostMs
      const left = () => until - performance.now()
      const leave = await room.enter(signal, mostMs)
      try {
        const step = await line.enter(signal, left())
        await takeSlot(signal, left).finally(step)
        return leave
      } catch (error) {
        leave()
        throw error
      }
    },
    pause: (ms) => slots.pause(ms),
  }
}
