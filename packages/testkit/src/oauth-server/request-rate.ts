/** How many requests a provider takes in any second. One that it refuses does not count. */
export function createRequestRate(options: { now(): number; mostPerSecond(): number | null }) {
  const taken: number[] = []
  return {
    /** Whether one more is within the limit; it then counts. */
    take(): boolean {
      const most = options.mostPerSecond()
      if (most === null) return true
      const now = options.now()
      while (taken[0] !== undefined && taken[0] <= now - 1000) taken.shift()
      if (taken.length >= most) return false
      taken.push(now)
      return true
    },
  }
}
