/** Judges the answer of a token call and writes what it means. An answer in hand is written until it lands. */
import type { Logger, OAuth2Spec } from '@wellhead/datasource-node'
import { untilItLands } from '../db/until-it-lands.ts'
import { type Judgement, judge } from '../oauth/judge.ts'
import type { TokenAnswer } from '../oauth/token-client.ts'
import type { Timings } from '../timings.ts'
import type { Vault } from '../vault/vault.ts'
import type { BreakerKey, Health } from './breaker.ts'
import { type LoadedCredential, type Secret, sealSecret } from './credential.ts'
import type { Intent } from './intent.ts'
import type { Lease } from './lease.ts'
import { newer, type RefreshResult } from './outcome.ts'
import { isAccessTokenDead } from './plan.ts'
import { after, backoffMs, refreshAtFor } from './schedule.ts'
import type { RefreshStore } from './store.ts'
import type { FailedOutcome } from './write.ts'

/** A token call that was sent, and what came back. */
export interface Attempt {
  /** Under which it was sent; over, perhaps, when the answer comes. */
  readonly lease: Lease
  readonly intent: Intent
  readonly loaded: LoadedCredential
  readonly spec: OAuth2Spec
  readonly secret: Secret
  readonly sentAt: Date
  readonly answer: TokenAnswer
}

export function createSettle(store: RefreshStore, deps: { vault: Vault; timings: Timings; log: Logger }) {
  const { vault, timings, log } = deps

  async function settle(attempt: Attempt): Promise<RefreshResult> {
    const { lease, spec, secret, sentAt } = attempt
    const { row } = lease
    const now = lease.time.earliest()
    const { connection } = attempt.loaded
    const judged = judge(spec, attempt.answer)
    // An unusable answer that repeats the token we sent issued nothing.
    const judgement: Judgement =
      judged.outcome === 'invalid_answer' && judged.refreshToken === secret.refreshToken
        ? { outcome: 'unknown_outcome', message: judged.message }
        : judged
    const breakerKey = { dataSource: connection.dataSource, clientId: connection.clientId as string }
    const { connectionId } = row

    if (judgement.outcome === 'refreshed' || judgement.outcome === 'invalid_answer') {
      const isWhole = judgement.outcome === 'refreshed'
      const next: Secret = isWhole
        ? {
            accessToken: judgement.tokens.accessToken,
            refreshToken: judgement.tokens.refreshToken ?? secret.refreshToken,
          }
        : { accessToken: secret.accessToken, refreshToken: judgement.refreshToken }
      const lifetime = isWhole ? judgement.tokens.lifetimeSeconds : null
      const issuedAt = isWhole ? sentAt : row.issuedAt
      const expiresAt = isWhole ? (lifetime === null ? null : after(sentAt, lifetime * 1000)) : row.expiresAt
      const usedAt = connection.lastUsedAt ?? connection.createdAt
      const idle = now.getTime() - usedAt.getTime() > timings.idleMs
      const refreshAt = isWhole
        ? refreshAtFor({ issuedAt, expiresAt }, { spec, idle, keepAliveMs: timings.keepAliveMs })
        : after(now, backoffMs(row.failures + 1, timings))
      const failure = isWhole ? undefined : { outcome: judgement.outcome, message: judgement.message }
      const stored = await untilItLands(log, async () => {
        const sealed = await sealSecret(vault, row.workspaceId, connectionId, next)
        const pair = { sealed, issuedAt, expiresAt, refreshAt, failure }
        return store.storePair(row, pair, { key: breakerKey, isWell: true })
      })
      if (!stored) return newer
      return isWhole
        ? { outcome: 'refreshed', message: 'Refreshed.' }
        : { outcome: 'invalid_answer', message: judgement.message }
    }

    const failure = failureFor(judgement, attempt, now)
    const health = healthOf(breakerKey, judgement)
    await untilItLands(log, () => store.recordFailure(row, { ...failure, attempt: attempt.intent.attempt }, health))
    log.warn('a refresh failed', { connectionId, outcome: judgement.outcome, message: judgement.message })
    return { outcome: judgement.outcome, message: judgement.message }
  }

  function failureFor(judgement: Judgement, { lease: { row }, intent, spec }: Attempt, now: Date): FailedOutcome {
    const { outcome } = judgement
    const { isReplay } = intent
    const message = 'message' in judgement ? judgement.message : ''
    const wait = 'retryAfterMs' in judgement ? (judgement.retryAfterMs ?? 0) : 0
    const again = after(now, Math.max(wait, backoffMs(row.failures + 1, timings)))
    if (outcome === 'revoked')
      return { outcome, message, refreshAt: null, takeBack: 'intent', status: 'needs_reauthorization' }
    if (outcome !== 'unknown_outcome')
      return { outcome, message, refreshAt: again, takeBack: isReplay ? 'replay' : 'intent', status: 'degraded' }
    // Where a replay would risk the grant, the next look is when the access token is dead anyway.
    const soon = after(now, Math.min(timings.backoffMs, 1_000))
    const isDead = isAccessTokenDead({ ...row, now: again })
    const refreshAt =
      spec.replay.kind === 'grace' ? soon : spec.replay.kind === 'safe' || isDead || isReplay ? again : row.expiresAt
    return { outcome, message, refreshAt, takeBack: 'nothing', status: 'degraded' }
  }

  return settle
}

/** A `revoked` grant and a pause that is asked for are answers of a healthy provider. */
function healthOf(key: BreakerKey, judgement: Judgement): Health {
  if (judgement.outcome === 'revoked' || judgement.outcome === 'rate_limited') return { key, isWell: true }
  const retryAfterMs = judgement.outcome === 'provider_down' ? judgement.retryAfterMs : undefined
  return { key, isWell: false, reason: judgement.outcome, retryAfterMs }
}
