/** The longest pause, in milliseconds, that counts as time in which an answer could have been read. */
const STEP_MS = 250

/**
 * Calls `expired` after so many milliseconds of the process's own running time, and returns what calls it off.
 *
 * A process that is stopped and goes on, or whose machine sleeps and wakes, finds a timer expired before it finds the answer
 * that has been waiting in the socket all along. Of such a pause one step counts, so that what has arrived is read first.
 */
export function limitRunningTime(ms: number, expired: () => void): () => void {
  // Longer than a timer can be is no limit at all.
  if (ms >= 2 ** 31) return () => {}
  let left = ms
  let timer: NodeJS.Timeout
  const next = () => {
    const begun = performance.now()
    timer = setTimeout(
      () => {
        const passed = performance.now() - begun
        const wasPaused = passed > 2 * STEP_MS
        left = wasPaused ? Math.max(left - STEP_MS, STEP_MS) : left - passed
        if (left <= 0) expired()
        else next()
      },
      Math.min(left, STEP_MS),
    )
  }
  next()
  return () => clearTimeout(timer)
}
