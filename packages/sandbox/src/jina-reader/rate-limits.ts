import type { Clock } from '../clock.ts'
import { JinaError } from './errors.ts'
import type { Settings } from './settings.ts'

export interface RateLimits {
  /** Counts one read of a key's owner, or of an address without a key; throws 429 when its minute is used up. */
  take(kind: 'key' | 'keyless', caller: string): void
  clear(): void
}

/** Windows of a minute on the sandbox's clock. */
export function createRateLimits(clock: Clock, settings: () => Settings): RateLimits {
  const windows = new Map<string, { endsAt: number; count: number }>()
  return {
    take(kind, caller) {
      const now = clock.now()
      const key = `${kind}:${caller}`
      let window = windows.get(key)
      if (!window || window.endsAt <= now) {
        window = { endsAt: now + 60_000, count: 0 }
        windows.set(key, window)
      }
      window.count += 1
      const most = settings().perMinute[kind]
      if (window.count <= most) return
      const who = kind === 'key' ? 'UID' : 'IP'
      throw new JinaError(
        'RateLimitTriggeredError',
        `Per ${who} rate limit exceeded (${most} in 60s)`,
        Math.ceil((window.endsAt - now) / 1000),
      )
    },
    clear: () => windows.clear(),
  }
}
