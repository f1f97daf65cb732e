import type { Clock } from '../clock.ts'
import { FirecrawlError, rateLimitText } from './errors.ts'
import type { RateKind, Settings } from './settings.ts'

export interface RateLimits {
  /** Counts one request; throws 429 when the caller's minute is used up. */
  take(caller: string, kind: RateKind): void
  clear(): void
}

/** Windows of a minute on the sandbox's clock, per caller and kind of request. https://docs.firecrawl.dev/rate-limits */
export function createRateLimits(clock: Clock, settings: () => Settings): RateLimits {
  const windows = new Map<string, { endsAt: number; count: number }>()
  return {
    take(caller, kind) {
      const now = clock.now()
      const key = `${kind}:${caller}`
      let window = windows.get(key)
      if (!window || window.endsAt <= now) {
        window = { endsAt: now + 60_000, count: 0 }
        windows.set(key, window)
      }
      window.count += 1
      if (window.count <= settings().perMinute[kind]) return
      const seconds = Math.ceil((window.endsAt - now) / 1000)
      throw new FirecrawlError(
        429,
        { success: false, error: rateLimitText(window.count, seconds, new Date(window.endsAt)) },
        settings().retryAfterHeader ? { 'retry-after': String(seconds) } : {},
      )
    },
    clear: () => windows.clear(),
  }
}
