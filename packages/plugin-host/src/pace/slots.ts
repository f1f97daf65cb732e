import type { Pace } from '@wellhead/datasource-node'
import { timerMs } from './gate.ts'

/** The points of time at which requests may go. */
export interface Slots {
  /** Takes the next one and says in how many milliseconds it is. One that is further off than `mostMs` is not taken. */
  take(mostMs: number): Promise<{ readonly waitMs: number; readonly isTaken: boolean }>
  /** Resolves after `ms`, when the signal is aborted, or as soon as a pause has made the slot worthless. */
  wait(ms: number, signal: AbortSignal): Promise<void>
  /** There is no slot for so many milliseconds. Never throws. */
  pause(ms: number): Promise<void>
}

/** Milliseconds between two requests; 0 where nothing was said. */
export function spacingMs(pace: Pace): number {
  return pace.perSecond === undefined ? 0 : 1_000 / pace.perSecond
}

/** Milliseconds that the next slot may lie back after a rest: as many requests more go at once. */
export function savedMs(pace: Pace): number {
  return spacingMs(pace) * ((pace.burst ?? 1) - 1)
}

/** In this process alone. */
export function createSlots(pace: Pace): Slots {
  const spacing = spacingMs(pace)
  const saved = savedMs(pace)
  const waking = new Set<() => void>()
  let freeAt = Number.NEGATIVE_INFINITY
  return {
    async take(mostMs) {
      const now = performance.now()
      const at = Math.max(now - saved, freeAt)
      const waitMs = Math.max(0, at - now)
      const isTaken = waitMs <= mostMs
      if (isTaken && spacing > 0) freeAt = at + spacing
      return { waitMs, isTaken }
    },
    wait(ms, signal) {
      return new Promise((resolve) => {
        const done = () => {
          clearTimeout(timer)
          waking.delete(done)
          signal.removeEventListener('abort', done)
          resolve()
        }
        const timer = setTimeout(done, timerMs(ms))
        waking.add(done)
        signal.addEventListener('abort', done, { once: true })
      })
    },
    async pause(ms) {
      freeAt = Math.max(freeAt, performance.now() + ms)
      for (const wake of [...waking]) wake()
    },
  }
}
