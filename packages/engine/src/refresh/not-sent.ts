/** Outcomes for which nothing was sent: each is written down, so that whoever waits learns why. */
import type { Logger } from '@wellhead/datasource-node'
import type { EngineError } from '../errors.ts'
import type { Timings } from '../timings.ts'
import type { CredentialRow } from './credential.ts'
import type { Lease } from './lease.ts'
import type { RefreshResult } from './outcome.ts'
import { isAccessTokenDead } from './plan.ts'
import type { RefreshRequest } from './refresh.ts'
import { after, backoffMs } from './schedule.ts'
import type { RefreshStore } from './store.ts'

export function createNotSent(store: RefreshStore, { timings, log }: { timings: Timings; log: Logger }) {
  /** Tampered with, or without its key: nothing was sent, and it is looked at again in case the operator mends it. */
  async function unreadable({ row, time }: Lease, error: EngineError): Promise<RefreshResult> {
    const refreshAt = after(time.earliest(), backoffMs(row.failures + 1, timings))
    await store.recordFailure(
      row,
      { outcome: error.code, message: error.message, refreshAt, takeBack: 'nothing', status: 'degraded' },
      null,
    )
    log.error('a credential cannot be opened', { connectionId: row.connectionId, code: error.code })
    return { outcome: 'unreadable', message: error.message }
  }

  async function hold({ row, time }: Lease, until: Date | null, request: RefreshRequest): Promise<RefreshResult> {
    const next = isAccessTokenDead({ ...row, now: time.earliest() })
      ? 'It is tried once more in a while, if no answer comes.'
      : 'The access token is still served.'
    const message = `The outcome of the last refresh is unknown, so trying again could end the grant. ${next}`
    await store.recordFailure(
      row,
      { outcome: 'unknown_outcome', message, refreshAt: until, takeBack: 'nothing', status: 'degraded' },
      null,
    )
    return { outcome: request.acceptRisk === undefined ? 'unknown_outcome' : 'would_risk_grant', message }
  }

  /** Undefined: a replay was taken back meanwhile, so there is one left. */
  async function exhausted(row: CredentialRow): Promise<RefreshResult | undefined> {
    const message = 'The outcome of a refresh stayed unknown after it was tried once more. Connect again.'
    const isTrue = await store.recordFailure(
      row,
      {
        outcome: 'unknown_outcome',
        message,
        refreshAt: null,
        takeBack: 'nothing',
        replays: row.replays,
        status: 'needs_reauthorization',
      },
      null,
    )
    return isTrue ? { outcome: 'unknown_outcome', message } : undefined
  }

  async function withoutRefreshToken({ row, time }: Lease): Promise<RefreshResult> {
    const message = 'The provider gave no refresh token, and the access token is no longer good. Connect again.'
    const isDead = isAccessTokenDead({ ...row, now: time.earliest() })
    await store.recordFailure(
      row,
      {
        outcome: 'revoked',
        message,
        refreshAt: isDead ? null : row.expiresAt,
        takeBack: 'nothing',
        status: isDead ? 'needs_reauthorization' : 'unchanged',
      },
      null,
    )
    return { outcome: isDead ? 'revoked' : 'not_refreshable', message }
  }

  async function waitForBreaker({ row, time }: Lease, retryMs: number): Promise<RefreshResult> {
    const message = 'Refreshes with this OAuth client are paused, as the last ones failed. They go on by themselves.'
    await store.recordBreakerOpen(row, after(time.earliest(), retryMs * (1 + Math.random())), message)
    return { outcome: 'breaker_open', message }
  }

  return { unreadable, hold, exhausted, withoutRefreshToken, waitForBreaker }
}
