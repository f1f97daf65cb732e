/** What a run of the model may be about, and what may happen in it. */
import fc from 'fast-check'
import type { Rotation } from './provider.ts'
import type { Fact } from './watch.ts'
import type { Move } from './world.ts'

/** Each replay fact with the providers that it is true of. */
export const scenes: readonly { readonly fact: Fact; readonly rotation: Rotation }[] = [
  { fact: 'safe', rotation: 'safe' },
  { fact: 'safe', rotation: 'none' },
  { fact: 'grace', rotation: 'grace' },
  { fact: 'kills', rotation: 'kill' },
  { fact: 'unknown', rotation: 'kill' },
  { fact: 'unknown', rotation: 'refuse' },
]

/** Runs of each scene. More of them find what is rarer: docs/chaos.md. */
export const numRuns = Number(process.env.REFRESH_RUNS ?? 600)

const kind = fc.oneof(
  { weight: 80, arbitrary: fc.constant('step' as const) },
  { weight: 7, arbitrary: fc.constant('time' as const) },
  { weight: 3, arbitrary: fc.constant('crash' as const) },
  { weight: 2, arbitrary: fc.constant('date' as const) },
  { weight: 8, arbitrary: fc.constant('start' as const) },
)

const move: fc.Arbitrary<Move> = fc.record({ kind, which: fc.nat(255), fate: fc.nat(255) })

export const moves: fc.Arbitrary<Move[]> = fc.array(move, { maxLength: 160, size: 'max' })
