/**
 * Whether a refresh token may be sent now. Pure.
 *
 * An intent without an outcome means that the token may be spent: the process died, or the answer was lost. Sending a spent
 * token again is harmless at some providers and destroys the grant at others, so the spec's `replay` fact decides.
 */
import type { ReplayFact } from '@wellhead/datasource-node'

export type Plan =
  | { readonly step: 'send'; readonly isReplay: boolean }
  /** Keep serving the access token until it is dead: a replay now could kill the grant. */
  | { readonly step: 'hold' }
  /** The one guarded replay is used up, and its outcome is unknown too: never a third. */
  | { readonly step: 'exhausted' }

export interface PlanInput {
  readonly replay: ReplayFact
  readonly generation: number
  readonly intentGeneration: number | null
  readonly intentAt: Date | null
  readonly unknownSince: Date | null
  readonly replays: number
  readonly expiresAt: Date | null
  readonly rejectedAt: Date | null
  readonly now: Date
  /** The latest that it may be, for a grace that must not be missed; `now` when absent. */
  readonly latest?: Date
  /** A person accepted that a replay may end the grant. */
  readonly acceptRisk: boolean
  /** The provider's introspection endpoint says that the refresh token is still active. */
  readonly knownUnspent: boolean
}

export function plan(input: PlanInput): Plan {
  if (!hasUnknownOutcome(input)) return { step: 'send', isReplay: false }
  const replay: Plan = { step: 'send', isReplay: true }
  if (input.replay.kind === 'safe') return replay
  const since = (input.unknownSince ?? input.intentAt)?.getTime() ?? 0
  const latest = (input.latest ?? input.now).getTime()
  if (input.replay.kind === 'grace' && latest - since < input.replay.graceSeconds * 1000) return replay
  const isDead = isAccessTokenDead(input)
  if (input.replays >= 1) return isDead ? { step: 'exhausted' } : { step: 'hold' }
  return isDead || input.acceptRisk || input.knownUnspent ? replay : { step: 'hold' }
}

export function hasUnknownOutcome(row: Pick<PlanInput, 'generation' | 'intentGeneration'>): boolean {
  return row.intentGeneration === row.generation
}

export function isAccessTokenDead(row: Pick<PlanInput, 'expiresAt' | 'rejectedAt' | 'now'>): boolean {
  return row.rejectedAt !== null || (row.expiresAt !== null && row.expiresAt <= row.now)
}
