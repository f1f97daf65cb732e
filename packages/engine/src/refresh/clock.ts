/**
 * The time of the protocol is the database's: whatever one process writes as a moment, another compares. A process's own date may
 * be wrong, and may jump; what it can trust is how much time has passed since the database told it its own.
 */

/** Milliseconds of a clock that nobody sets: it never goes back and never jumps. */
export type Ticks = () => number

export const processTicks: Ticks = () => performance.now()

/** What the database's clock shows now. The question and the answer took a while, so it is known between two bounds. */
export interface DatabaseTime {
  /** For what must not be done or promised too much of: a life that is counted from here ends too early rather than too late. */
  earliest(): Date
  /** For what must not be late: what is good by this one is good. */
  latest(): Date
}

/** `at` was read in the database somewhere between `asked` and `answered`. */
export function databaseTime(at: Date, asked: number, answered: number, ticks: Ticks): DatabaseTime {
  return {
    earliest: () => new Date(at.getTime() + Math.floor(ticks() - answered)),
    latest: () => new Date(at.getTime() + Math.ceil(ticks() - asked)),
  }
}
