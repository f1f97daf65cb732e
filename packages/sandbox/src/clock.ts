/**
 * The clock every provider of the sandbox reads. It runs with real time plus an offset, so that an hour can pass in a test while real
 * timeouts keep working. It never goes backwards.
 */
export interface Clock {
  /** Milliseconds since the epoch, as the providers see it. */
  now(): number
  /** Moves the clock forward by so many seconds. */
  advance(seconds: number): void
  /** The offset to real time, in milliseconds; kept in the state file. */
  offset(): number
  setOffset(milliseconds: number): void
}

export function createClock(): Clock {
  let offset = 0
  return {
    now: () => Date.now() + offset,
    advance(seconds) {
      if (!Number.isFinite(seconds) || seconds < 0) throw new RangeError('advance takes a number of seconds, 0 or more')
      offset += seconds * 1000
    },
    offset: () => offset,
    setOffset(milliseconds) {
      offset = milliseconds
    },
  }
}
