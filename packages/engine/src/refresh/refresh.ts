/**
 * Refresh: exactly once, never lost. Postgres is the arbiter; the queue only carries work here.
 *
 *   lease      one process at a time may send; the others wait, re-read, and never go ahead without it
 *   re-read    a newer generation than the asker saw is the answer already
 *   plan       an earlier attempt without an outcome decides whether the token may be sent (plan.ts)
 *   intent     "attempt k on generation n" is committed before the call
 *   request    one bounded call, after a look at a monotonic deadline
 *   judge      seven outcomes (oauth/judge.ts)
 *   write      fenced by generation; with Postgres away it is tried until it lands
 *
 * Only `revoked`, and a refresh token whose fate stayed unknown after its one replay, lead to `needs_reauthorization`.
 */
import { setTimeout as delay } from 'node:timers/promises'
import type { Logger, OAuth2Spec } from '@wellhead/datasource-node'
import type { HostedDataSource, Registry } from '@wellhead/plugin-host'
import type { Clients } from '../clients/clients.ts'
import type { Database } from '../db/database.ts'
import type { Signals } from '../db/signals.ts'
import { reasonOf } from '../db/until-it-lands.ts'
import { EngineError } from '../errors.ts'
import type { TokenClient } from '../oauth/token-client.ts'
import type { Timings } from '../timings.ts'
import type { Vault } from '../vault/vault.ts'
import { processTicks, type Ticks } from './clock.ts'
import { type CredentialRow, type LoadedCredential, openSecret } from './credential.ts'
import { type Lease, leaseTermFor } from './lease.ts'
import { newer, outcomeOf, type RefreshResult } from './outcome.ts'
import { graceLeftMs, hasUnknownOutcome, isAccessTokenDead, type PlanInput, plan } from './plan.ts'
import { after, backoffMs, notBefore } from './schedule.ts'
import { createSettle } from './settle.ts'
import { createPostgresStore, type RefreshStore } from './store.ts'
import { createWindows } from './windows.ts'

export interface RefreshRequest {
  /** The generation that the asker holds: a newer one is the answer. */
  readonly seenGeneration: number
  readonly acceptRisk?: boolean
  /** Milliseconds to wait for a lease that another holds. 0: nobody waits for this refresh. */
  readonly waitMs: number
  /** Ends the waiting; a token call that is under way goes on. */
  readonly signal?: AbortSignal
}

export interface Refresher {
  refresh(connectionId: string, request: RefreshRequest): Promise<RefreshResult>
}

export interface RefreshDeps {
  readonly vault: Vault
  readonly clients: Clients
  readonly registry: Registry
  readonly tokens: TokenClient
  readonly timings: Timings
  readonly log: Logger
  /** The process's own, unless a test has others. */
  readonly ticks?: Ticks
}

export function createRefresher(
  options: RefreshDeps & { readonly db: Database; readonly signals: Signals },
): Refresher {
  return refresherOver(createPostgresStore(options), options)
}

export function refresherOver(store: RefreshStore, deps: RefreshDeps): Refresher {
  const { vault, clients, registry, tokens, timings, log, ticks = processTicks } = deps
  const windows = createWindows()
  const settle = createSettle(store, deps)

  async function refresh(connectionId: string, request: RefreshRequest): Promise<RefreshResult> {
    const giveUpAt = ticks() + request.waitMs
    let outcomesSeen: number | undefined
    for (;;) {
      const loaded = await store.load(connectionId)
      const spec = specOf(registry, loaded)
      if (!spec || loaded.connection.status === 'deleting')
        return { outcome: 'not_refreshable', message: 'This credential cannot be refreshed.' }
      if (loaded.credential.generation > request.seenGeneration) return newer
      // Refused, or given up: whatever asked for this before, or still does, is told so, and the provider is left alone.
      if (loaded.connection.status === 'needs_reauthorization') return outcomeOf(loaded.credential)
      // Somebody else's attempt ended while we waited: its outcome is ours.
      if (outcomesSeen !== undefined && loaded.credential.outcomes > outcomesSeen) return outcomeOf(loaded.credential)
      outcomesSeen ??= loaded.credential.outcomes

      const { dataSource, clientId } = loaded.connection
      const seen = { ...request, seenOutcomes: outcomesSeen }
      const turn = { isUrgent: request.waitMs > 0, signal: request.signal }
      let isBusy = true
      const result = await windows.within(`${dataSource} ${clientId}`, turn, async () => {
        const lease = await store.takeLease(connectionId, leaseTermFor(spec.oauth.replay, timings))
        isBusy = !lease
        if (!lease) return undefined
        try {
          return await underLease(lease, loaded, spec, seen)
        } finally {
          // With the database away the lease runs out by itself.
          await store
            .releaseLease(lease)
            .catch((error) => log.warn('a lease was not given back', { connectionId, error: reasonOf(error) }))
        }
      })
      if (result) return result
      if (isBusy) {
        if (ticks() >= giveUpAt || request.signal?.aborted)
          return { outcome: 'busy', message: 'Another refresh of this connection is under way.' }
        await store.changed(connectionId, timings.pollMs)
      }
    }
  }

  /** Undefined: nothing was sent, and the row has changed meanwhile; take another lease. */
  async function underLease(
    lease: Lease,
    loaded: LoadedCredential,
    spec: { oauth: OAuth2Spec; hosted: HostedDataSource },
    request: RefreshRequest & { seenOutcomes: number },
  ): Promise<RefreshResult | undefined> {
    const row = lease.row
    const { connection } = loaded
    if (row.generation > request.seenGeneration) return newer
    // The attempt that we waited for may have ended between our last look and the lease.
    if (row.outcomes > request.seenOutcomes) return outcomeOf(row)
    const isForced = request.acceptRisk !== undefined
    const pause = notBefore(row, { isForced, longestMs: timings.longestBackoffMs })
    if (pause && pause > lease.time.latest()) return outcomeOf(row)
    const clientId = connection.clientId as string
    const opened = await open(row, clientId)
    if (opened instanceof EngineError) return unreadable(lease, opened)
    const { secret, client } = opened
    if (!secret.refreshToken) return withoutRefreshToken(lease)

    const inputNow = (knownUnspent: boolean) =>
      planInput(lease, { spec: spec.oauth, request, knownUnspent, leaseMs: timings.leaseMs })
    const planNow = (knownUnspent: boolean) => plan(inputNow(knownUnspent))
    const isHeld = planNow(false).step === 'hold' && row.replays === 0
    const knownUnspent = isHeld && (await isUnspent(spec, client, secret.refreshToken))
    const planned = planNow(knownUnspent)
    if (planned.step === 'hold') return hold(lease, planned.until, request)
    if (planned.step === 'exhausted') return exhausted(row)

    const breaker = await store.admit({ dataSource: connection.dataSource, clientId })
    if (breaker.open && !mustNotWait(inputNow(knownUnspent), breaker.retryMs))
      return waitForBreaker(lease, breaker.retryMs)

    const intent = await store.writeIntent(lease)
    if (!intent) return undefined
    let tooLate = false
    let sentAt = lease.time.earliest()
    const stopRenewing = keepRenewing(lease)
    const answer = await tokens.request({
      spec: spec.oauth,
      url: spec.hosted.endpoints.token as string,
      client,
      grant: { type: 'refresh_token', refreshToken: secret.refreshToken },
      timeoutMs: timings.tokenCallMs,
      // The last look, right before the first byte: a process that was paused past its lease, or past the grace of a replay,
      // must not send.
      beforeSend() {
        tooLate = !lease.maySend() || (intent.isReplay && planNow(knownUnspent).step !== 'send')
        if (tooLate) throw new Error('too late to send')
        sentAt = lease.time.earliest()
      },
    })
    stopRenewing()
    if (tooLate) {
      await store.takeIntentBack(row, intent)
      return undefined
    }
    return settle({ lease, intent, loaded, spec: spec.oauth, secret, sentAt, answer })
  }

  /** Keeps a short lease while its call is under way. Where it is lost all the same, the answer is written as a late one. */
  function keepRenewing(lease: Lease): () => void {
    const { connectionId, term } = lease
    if (!term.isRenewed) return () => {}
    const ended = new AbortController()
    const renew = async () => {
      while (!ended.signal.aborted) {
        await delay(term.ms / 4, undefined, { signal: ended.signal }).catch(() => {})
        if (ended.signal.aborted) return
        await store
          .renewLease(lease)
          .catch((error) => log.warn('a lease was not renewed', { connectionId, error: reasonOf(error) }))
      }
    }
    void renew()
    return () => ended.abort()
  }

  async function open(row: CredentialRow, clientId: string) {
    try {
      // What comes back is issued once, so the key that will seal it is at hand before anything is sent.
      await vault.ready(row.workspaceId)
      return { secret: await openSecret(vault, row), client: await clients.open(clientId) }
    } catch (error) {
      if (error instanceof EngineError) return error
      throw error
    }
  }

  /** Whether the introspection endpoint, where there is one, says that the refresh token is still good. */
  async function isUnspent(
    spec: { oauth: OAuth2Spec; hosted: HostedDataSource },
    client: { clientId: string; clientSecret: string },
    token: string,
  ): Promise<boolean> {
    const url = spec.hosted.endpoints.introspect
    if (!spec.oauth.introspect || !url) return false
    return (await tokens.introspect({ spec: spec.oauth, url, client, token, timeoutMs: 10_000 })) === true
  }

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

  return { refresh }
}

/** A replay that is harmless now, and would no longer be when the breaker lets the next one through. */
function mustNotWait(input: PlanInput, waitMs: number): boolean {
  const left = graceLeftMs(input)
  return hasUnknownOutcome(input) && left > 0 && left <= waitMs
}

function planInput(
  { row, time }: Lease,
  options: { spec: OAuth2Spec; request: RefreshRequest; knownUnspent: boolean; leaseMs: number },
): PlanInput {
  const { spec, request, knownUnspent, leaseMs } = options
  const acceptRisk = request.acceptRisk ?? false
  return { ...row, replay: spec.replay, now: time.earliest(), latest: time.latest(), acceptRisk, knownUnspent, leaseMs }
}

function specOf(
  registry: Registry,
  { connection }: LoadedCredential,
): { oauth: OAuth2Spec; hosted: HostedDataSource } | undefined {
  const hosted = registry.get(connection.dataSource)
  const oauth = hosted?.source.auth.find((spec) => spec.method === 'oauth2')
  return connection.method === 'oauth2' && hosted && oauth ? { oauth, hosted } : undefined
}
