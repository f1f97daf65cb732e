import { setTimeout as sleep } from 'node:timers/promises'

/** Resolves after so many milliseconds of real time, or as soon as the signal is aborted. */
export async function wait(ms: number, signal: AbortSignal): Promise<void> {
  if (ms <= 0) return
  await sleep(ms, undefined, { signal }).catch(() => {})
}
