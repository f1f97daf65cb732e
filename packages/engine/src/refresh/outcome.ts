/** How a refresh ended, as whoever asked for it learns it. */
import type { Judgement } from '../oauth/judge.ts'
import type { CredentialRow } from './credential.ts'

export interface RefreshResult {
  readonly outcome:
    | Judgement['outcome']
    | 'already_newer'
    | 'would_risk_grant'
    | 'breaker_open'
    | 'busy'
    | 'not_refreshable'
    | 'unreadable'
  readonly message: string
}

export const newer: RefreshResult = { outcome: 'already_newer', message: 'Already refreshed.' }

/** The outcome of somebody else's attempt, from the row. */
export function outcomeOf(row: CredentialRow): RefreshResult {
  return { outcome: row.lastOutcome as RefreshResult['outcome'], message: row.lastOutcomeMessage ?? '' }
}
