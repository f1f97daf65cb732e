/**
 * How many token calls one process has under way with one client. It starts small, grows with every answer that the provider
 * gives and falls back when it gives none or asks to slow down. So a provider that is well is asked at full speed, and one
 * that is not, or a client that it refuses, is asked a few times and not once for each connection before the breaker knows.
 */
import type { RefreshResult } from './refresh.ts'

const FIRST_SIZE = 4

export interface Windows {
  /** Runs `call` when there is room; in front of those who wait in background when `isUrgent`. */
  within(
    key: string,
    isUrgent: boolean,
    call: () => Promise<RefreshResult | undefined>,
  ): Promise<RefreshResult | undefined>
}

interface Window {
  size: number
  underWay: number
  readonly urgent: (() => void)[]
  readonly background: (() => void)[]
}

export function createWindows(): Windows {
  const windows = new Map<string, Window>()

  return {
    async within(key, isUrgent, call) {
      const window = windows.get(key) ?? { size: FIRST_SIZE, underWay: 0, urgent: [], background: [] }
      windows.set(key, window)
      if (window.underWay >= window.size)
        await new Promise<void>((enter) => (isUrgent ? window.urgent : window.background).push(enter))
      // Whoever was let in from the queue is counted already.
      else window.underWay++
      try {
        const result = await call()
        window.size = resized(window.size, result?.outcome)
        return result
      } finally {
        window.underWay--
        while (window.underWay < window.size) {
          const next = window.urgent.shift() ?? window.background.shift()
          if (!next) break
          window.underWay++
          next()
        }
        if (window.underWay === 0 && window.size === FIRST_SIZE) windows.delete(key)
      }
    },
  }
}

function resized(size: number, outcome: RefreshResult['outcome'] | undefined): number {
  switch (outcome) {
    case 'refreshed':
    case 'revoked':
    case 'invalid_answer':
      return size + 1
    case 'rate_limited':
      return Math.max(1, Math.floor(size / 2))
    case 'client_misconfigured':
    case 'provider_down':
    case 'unknown_outcome':
      return 1
    default:
      return size
  }
}
