import { setTimeout as wait } from 'node:timers/promises'
import { cancelled } from './map-egress-error.ts'

const capMs = 60_000

/** Milliseconds before try number `attempt` + 1: doubling with jitter, and never before the provider wants it. */
export function retryDelay(attempt: number, baseMs: number, retryAfterMs: number | undefined): number {
  const backoff = Math.min(capMs, baseMs * 2 ** (attempt - 1))
  const jittered = backoff / 2 + Math.random() * (backoff / 2)
  if (retryAfterMs === undefined) return jittered
  // Spread a little, later only: many callers were told the same moment.
  return Math.max(jittered, retryAfterMs + Math.random() * Math.min(baseMs, retryAfterMs / 10))
}

/** @throws DataSourceError `cancelled` when the signal is aborted first */
export async function sleep(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await wait(ms, undefined, { signal })
  } catch (error) {
    throw cancelled(error)
  }
}

/** The promise, or `cancelled` as soon as the signal is aborted. What was begun goes on by itself. */
export function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const onAbort = () => reject(cancelled())
    if (signal.aborted) onAbort()
    signal.addEventListener('abort', onAbort, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort))
  })
}
