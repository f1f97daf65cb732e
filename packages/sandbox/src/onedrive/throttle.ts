import type { Clock } from '../clock.ts'
import { throttled } from './graph-errors.ts'

const windowMs = 60_000

export interface Throttle {
  /** Counts a call, refused or not. @throws GraphError 429 */
  count(who: string, perMinute: number | null): void
  /** As after a 429 with Retry-After: whoever calls before the end is refused, and has to wait as long again. */
  pause(seconds: number): void
  clear(): void
}

/** https://learn.microsoft.com/graph/throttling: calls that are made during the pause count as well. */
export function createThrottle(clock: Clock): Throttle {
  const calls = new Map<string, number[]>()
  let pause = { until: 0, ms: 0 }
  return {
    count(who, perMinute) {
      const now = clock.now()
      if (now < pause.until) {
        pause = { ...pause, until: now + pause.ms }
        throw throttled(Math.ceil(pause.ms / 1000))
      }
      if (perMinute === null) return
      const recent = [...(calls.get(who) ?? []).filter((at) => now - at < windowMs), now]
      calls.set(who, recent)
      if (recent.length <= perMinute) return
      const free = recent.at(-perMinute)! + windowMs - now
      throw throttled(Math.max(1, Math.ceil(free / 1000)))
    },
    pause(seconds) {
      pause = { until: clock.now() + seconds * 1000, ms: seconds * 1000 }
    },
    clear() {
      calls.clear()
      pause = { until: 0, ms: 0 }
    },
  }
}
