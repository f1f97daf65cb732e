import { DataSourceError } from '@wellhead/datasource-node'
import { cancelled } from '../context/map-egress-error.ts'

/** Lets so many in at once, in the order in which they came. */
export interface Gate {
  /**
   * Resolves when there is room, with how to leave; leaving twice is leaving once.
   *
   * @throws DataSourceError `cancelled` when the signal is aborted first, `rate_limited` after `mostMs`
   */
  enter(signal: AbortSignal, mostMs: number): Promise<() => void>
}

export function createGate(size: number): Gate {
  const waiting = new Set<() => void>()
  let inside = 0

  function pass(): () => void {
    inside++
    let isInside = true
    return () => {
      if (!isInside) return
      isInside = false
      inside--
      const [next] = waiting
      next?.()
    }
  }

  return {
    enter(signal, mostMs) {
      if (signal.aborted) return Promise.reject(cancelled())
      if (inside < size) return Promise.resolve(pass())
      return new Promise((resolve, reject) => {
        const end = () => {
          waiting.delete(enter)
          signal.removeEventListener('abort', onAbort)
          clearTimeout(timer)
        }
        const enter = () => {
          end()
          resolve(pass())
        }
        const onAbort = () => {
          end()
          reject(cancelled())
        }
        const timer = setTimeout(() => {
          end()
          reject(tooLong(1_000))
        }, timerMs(mostMs))
        waiting.add(enter)
        signal.addEventListener('abort', onAbort, { once: true })
      })
    },
  }
}

/** A timer cannot be longer than this, and would be none at all. */
export const timerMs = (ms: number): number => Math.min(Math.max(0, Math.ceil(ms)), 2 ** 31 - 1)

/** Nobody waits longer than its patience: whoever asked may come again. */
export function tooLong(waitMs: number): DataSourceError {
  return new DataSourceError('rate_limited', 'This connection is asked more often than its provider lets it.', {
    retryAfterMs: Math.ceil(waitMs),
  })
}
