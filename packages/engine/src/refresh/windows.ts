/**
 * How many token calls one process has under way with one client. It starts small, grows with every answer that the provider
 * gives and falls back when it gives none or asks to slow down. So a provider that is well is asked at full speed, and one
 * that is not, or a client that it refuses, is asked a few times and not once for each connection before the breaker knows.
 */
import type { RefreshResult } from './outcome.ts'

const FIRST_SIZE = 4
/** More at once are no gain: the thread is busy with them by then. */
const LARGEST_SIZE = 64

export interface Windows {
  /**
   * Runs `call` when there is room; in front of those who wait in background when `isUrgent`. Whoever still waits when the
   * signal is aborted gives up: `undefined`, and nothing was run.
   */
  within(
    key: string,
    options: { isUrgent: boolean; signal?: AbortSignal | undefined },
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
    async within(key, { isUrgent, signal }, call) {
      const window = windows.get(key) ?? { size: FIRST_SIZE, underWay: 0, urgent: [], background: [] }
      windows.set(key, window)
      if (window.underWay < window.size) window.underWay++
      // Whoever is let in from the queue is counted already.
      else if (!(await turn(isUrgent ? window.urgent : window.background, signal))) return undefined
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

/** Waits in the queue: whether it was let in. */
function turn(queue: (() => void)[], signal: AbortSignal | undefined): Promise<boolean> {
  return new Promise((resolve) => {
    const enter = () => {
      signal?.removeEventListener('abort', leave)
      resolve(true)
    }
    const leave = () => {
      queue.splice(queue.indexOf(enter), 1)
      resolve(false)
    }
    if (signal?.aborted) return resolve(false)
    queue.push(enter)
    signal?.addEventListener('abort', leave, { once: true })
  })
}

function resized(size: number, outcome: RefreshResult['outcome'] | undefined): number {
  switch (outcome) {
    case 'refreshed':
    case 'revoked':
    case 'invalid_answer':
      return Math.min(size + 1, LARGEST_SIZE)
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
