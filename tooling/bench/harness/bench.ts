/**
 * A bench compares Wellhead with the least that does the same work, on the same machine and in the same minute: what it gives are
 * ratios, as a figure alone says more about the machine than about Wellhead.
 */
import type { Arena } from './arena.ts'

export interface Bench {
  /** As `--only` takes it. */
  readonly name: string
  run(arena: Arena): AsyncIterable<Line>
}

/** A line of the table. */
export interface Line {
  readonly what: string
  readonly wellhead: string
  /** What it is compared with, and its figure. */
  readonly compared: string
  readonly ratio?: number
  /** What the ratio must be. */
  readonly wanted?: { readonly atLeast: number } | { readonly atMost: number }
  /** What keeps it from being faster. */
  readonly bound: string
}

export function isMet({ ratio, wanted }: Line): boolean {
  if (ratio === undefined || wanted === undefined) return true
  return 'atLeast' in wanted ? ratio >= wanted.atLeast : ratio <= wanted.atMost
}
