/**
 * Whether a refresh token may be sent now. Pure.
 *
 * An intent without an outcome means that the token may be spent: the process died, or the answer was lost. Sending a spent
 * token again is harmless at some providers and destroys the grant at others, so the spec's `replay` fact decides.
 */
import type { ReplayFact } from '@wellhead/datasource-node'

export type Plan =
  | { readonly step: 'send'; readonly isReplay: boolean }
  /** A replay now could kill the grant; `until` when it is the better choice, `null` where only a 401 will tell. */
  | { readonly step: 'hold'; readonly until: Date | null }
  /** The one guarded replay is used up, and its outcome is unknown too: never a third. */
  | { readonly step: 'exhausted' }

export interface PlanInput {
  readonly replay: ReplayFact
  readonly generation: number
  readonly intentGeneration: number | null
  readonly intentAt: Date | null
  readonly unknownSince: Date | null
  readonly answerLost: boolean
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
  readonly leaseMs: number
}

/**
 * A process that is stopped with its request under way has the provider's answer waiting for it, and writes it when it goes on.
 * An attempt that nobody has told the end of is therefore given another lease after its own before its token is sent again.
 */
const LEASES_OF_SILENCE = 2

export function plan(input: PlanInput): Plan {
  if (!hasUnknownOutcome(input)) return { step: 'send', isReplay: false }
  const replay: Plan = { step: 'send', isReplay: true }
  if (input.replay.kind === 'safe') return replay
  if (graceLeftMs(input) > 0) return replay
  const deadAt = input.rejectedAt ?? input.expiresAt
  const isDead = isAccessTokenDead(input)
  if (input.replays >= 1) return isDead ? { step: 'exhausted' } : { step: 'hold', until: deadAt }
  if (input.acceptRisk || input.knownUnspent) return replay
  const silentAt = silentSince(input)
  if (isDead && silentAt <= input.now) return replay
  // A token that was refused is dead already, whatever the clock of the refusal said.
  if (isDead) return { step: 'hold', until: silentAt }
  return { step: 'hold', until: deadAt && new Date(Math.max(deadAt.getTime(), silentAt.getTime())) }
}

/** Milliseconds in which the token may be sent again without harm, counted from the first sending; 0 where there is no grace. */
export function graceLeftMs({ replay, unknownSince, intentAt, latest, now }: PlanInput): number {
  if (replay.kind !== 'grace') return 0
  const since = (unknownSince ?? intentAt)?.getTime() ?? 0
  return Math.max(0, since + replay.graceSeconds * 1000 - (latest ?? now).getTime())
}

/** From when on nobody is thought to have the answer any more: at once where the sender itself said that it lost it. */
function silentSince({ unknownSince, intentAt, answerLost, leaseMs }: PlanInput): Date {
  const firstSent = (unknownSince ?? intentAt)?.getTime() ?? 0
  return new Date(firstSent + (answerLost ? 0 : LEASES_OF_SILENCE * leaseMs))
}

export function hasUnknownOutcome(row: Pick<PlanInput, 'generation' | 'intentGeneration'>): boolean {
  return row.intentGeneration === row.generation
}

export function isAccessTokenDead(row: Pick<PlanInput, 'expiresAt' | 'rejectedAt' | 'now'>): boolean {
  return row.rejectedAt !== null || (row.expiresAt !== null && row.expiresAt <= row.now)
}
