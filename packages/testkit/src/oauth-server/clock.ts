/** Real time plus an offset that only grows, so that minutes pass at once while real timeouts keep working. */
export interface Clock {
  /** Milliseconds since the epoch, as the server sees it. */
  now(): number
  advance(seconds: number): void
}

export function createClock(): Clock {
  let offset = 0
  return {
    now: () => Date.now() + offset,
    advance(seconds) {
      if (!Number.isFinite(seconds) || seconds < 0) throw new RangeError('advance takes a number of seconds, 0 or more')
      offset += seconds * 1000
    },
  }
}
