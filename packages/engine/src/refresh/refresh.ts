/**
 * Refresh: exactly once, never lost. Postgres is the arbiter; the queue only carries work here.
 *
 *   at once    where the row as it is read has nothing against it: lease and intent as one, fenced by what was read. Else:
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
import type { Logger, OAuth2Spec } from '@wellhead/datasource-node'
import type { HostedDataSource, Registry } from '@wellhead/plugin-host'
import type { Clients, OpenClient } from '../clients/clients.ts'
import type { Database } from '../db/database.ts'
import type { Signals } from '../db/signals.ts'
import { reasonOf } from '../db/until-it-lands.ts'
import { EngineError } from '../errors.ts'
import type { TokenClient } from '../oauth/token-client.ts'
import type { Timings } from '../timings.ts'
import type { Vault } from '../vault/vault.ts'
import { type DatabaseTime, processTicks, type Ticks } from './clock.ts'
import { type CredentialRow, type LoadedCredential, openSecret, type Secret } from './credential.ts'
import { keepRenewing } from './keep-renewing.ts'
import { type Lease, type LeaseTerm, leaseTermFor } from './lease.ts'
import { createNotSent } from './not-sent.ts'
import { newer, outcomeOf, type RefreshResult } from './outcome.ts'
import { graceLeftMs, hasUnknownOutcome, type PlanInput, plan } from './plan.ts'
import { notBefore } from './schedule.ts'
import { createSettle } from './settle.ts'
import type { Started } from './start-attempt.ts'
import { createPostgresStore, type RefreshStore } from './store.ts'
import { createWindows } from './windows.ts'

export interface RefreshRequest {
  /** The generation that the asker holds: a newer one is the answer. `due`: nobody asks, and the one that is there is due or nothing is done. */
  readonly seenGeneration: number | 'due'
  readonly acceptRisk?: boolean
  /** Milliseconds to wait for a lease that another holds. 0: nobody waits for this refresh. */
  readonly waitMs: number
  /** Ends the waiting; a token call that is under way goes on. */
  readonly signal?: AbortSignal
}

interface Spec {
  readonly oauth: OAuth2Spec
  readonly hosted: HostedDataSource
}

interface Opened {
  readonly secret: Secret
  readonly client: OpenClient
}

interface Sending extends Opened, Started {
  readonly loaded: LoadedCredential
  readonly spec: Spec
  /** Of a replay, right before the first byte. */
  readonly mayReplay: () => boolean
}

interface Seen extends RefreshRequest {
  readonly seenGeneration: number
  readonly seenOutcomes: number
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
  const notSent = createNotSent(store, deps)

  async function refresh(connectionId: string, request: RefreshRequest): Promise<RefreshResult> {
    const giveUpAt = ticks() + request.waitMs
    let outcomesSeen: number | undefined
    let { seenGeneration } = request
    for (;;) {
      const loaded = await store.load(connectionId)
      const spec = specOf(registry, loaded)
      if (!spec || loaded.connection.status === 'deleting')
        return { outcome: 'not_refreshable', message: 'This credential cannot be refreshed.' }
      if (seenGeneration === 'due') {
        // Another job refreshed it meanwhile.
        const { refreshAt, generation } = loaded.credential
        if (!refreshAt || refreshAt > loaded.time.latest()) return newer
        seenGeneration = generation
      }
      if (loaded.credential.generation > seenGeneration) return newer
      // Refused, or given up: whatever asked for this before, or still does, is told so, and the provider is left alone.
      if (loaded.connection.status === 'needs_reauthorization') return outcomeOf(loaded.credential)
      // Somebody else's attempt ended while we waited: its outcome is ours.
      if (outcomesSeen !== undefined && loaded.credential.outcomes > outcomesSeen) return outcomeOf(loaded.credential)
      outcomesSeen ??= loaded.credential.outcomes

      const { dataSource, clientId } = loaded.connection
      const seen = { ...request, seenGeneration, seenOutcomes: outcomesSeen }
      const turn = { isUrgent: request.waitMs > 0, signal: request.signal }
      let isBusy = true
      const result = await windows.within(`${dataSource} ${clientId}`, turn, async () => {
        const term = leaseTermFor(spec.oauth.replay, timings)
        const started = await startAtOnce(loaded, term, seen)
        const lease = started?.lease ?? (await store.takeLease(connectionId, term))
        isBusy = !lease
        if (!lease) return undefined
        try {
          return await (started
            ? send({ ...started, loaded, spec, mayReplay: () => true })
            : underLease(lease, loaded, spec, seen))
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

  /** Where the row as it was loaded has nothing against it, as nearly always. Undefined: it is looked at more closely under a lease. */
  async function startAtOnce(
    loaded: LoadedCredential,
    term: LeaseTerm,
    request: Seen,
  ): Promise<(Opened & Started) | undefined> {
    const row = loaded.credential
    const isLeased = row.leaseUntil !== null && row.leaseUntil > loaded.time.latest()
    if (isLeased || hasUnknownOutcome(row) || isPaused(row, loaded.time, request)) return undefined
    const opened = await open(row, () => clients.openAsKnown(loaded.connection.clientId as string))
    if (opened instanceof EngineError || !opened.secret.refreshToken) return undefined
    const started = await store.startAttempt(loaded, term, opened.client)
    return started && { ...opened, ...started }
  }

  const isPaused = (row: CredentialRow, time: DatabaseTime, { acceptRisk }: RefreshRequest): boolean => {
    const until = notBefore(row, { isForced: acceptRisk !== undefined, longestMs: timings.longestBackoffMs })
    return until !== null && until > time.latest()
  }

  /** Undefined: nothing was sent, and the row has changed meanwhile; take another lease. */
  async function underLease(
    lease: Lease,
    loaded: LoadedCredential,
    spec: Spec,
    request: Seen,
  ): Promise<RefreshResult | undefined> {
    const row = lease.row
    const { connection } = loaded
    if (row.generation > request.seenGeneration) return newer
    // The attempt that we waited for may have ended between our last look and the lease.
    if (row.outcomes > request.seenOutcomes) return outcomeOf(row)
    if (isPaused(row, lease.time, request)) return outcomeOf(row)
    const clientId = connection.clientId as string
    const opened = await open(row, () => clients.open(clientId))
    if (opened instanceof EngineError) return notSent.unreadable(lease, opened)
    const { secret, client } = opened
    if (!secret.refreshToken) return notSent.withoutRefreshToken(lease)

    const inputNow = (knownUnspent: boolean) =>
      planInput(lease, { spec: spec.oauth, request, knownUnspent, leaseMs: timings.leaseMs })
    const planNow = (knownUnspent: boolean) => plan(inputNow(knownUnspent))
    const isHeld = planNow(false).step === 'hold' && row.replays === 0
    const knownUnspent = isHeld && (await isUnspent(spec, client, secret.refreshToken))
    const planned = planNow(knownUnspent)
    if (planned.step === 'hold') return notSent.hold(lease, planned.until, request)
    if (planned.step === 'exhausted') return notSent.exhausted(row)

    const breaker = await store.admit({ dataSource: connection.dataSource, clientId })
    if (breaker.open && !mustNotWait(inputNow(knownUnspent), breaker.retryMs))
      return notSent.waitForBreaker(lease, breaker.retryMs)

    const intent = await store.writeIntent(lease)
    if (!intent) return undefined
    return send({ ...opened, lease, intent, loaded, spec, mayReplay: () => planNow(knownUnspent).step === 'send' })
  }

  /** Undefined: it was too late, and nothing was sent. */
  async function send(options: Sending): Promise<RefreshResult | undefined> {
    const { lease, intent, loaded, spec, secret, client, mayReplay } = options
    let tooLate = false
    let sentAt = lease.time.earliest()
    const stopRenewing = keepRenewing(store, lease, log)
    const answer = await tokens.request({
      spec: spec.oauth,
      url: spec.hosted.endpoints.token as string,
      client,
      grant: { type: 'refresh_token', refreshToken: secret.refreshToken as string },
      timeoutMs: timings.tokenCallMs,
      // The last look, right before the first byte: a process that was paused past its lease, or past the grace of a replay,
      // must not send.
      beforeSend() {
        tooLate = !lease.maySend() || (intent.isReplay && !mayReplay())
        if (tooLate) throw new Error('too late to send')
        sentAt = lease.time.earliest()
      },
    })
    stopRenewing()
    if (tooLate) {
      await store.takeIntentBack(lease.row, intent)
      return undefined
    }
    return settle({ lease, intent, loaded, spec: spec.oauth, secret, sentAt, answer })
  }

  async function open(row: CredentialRow, openClient: () => Promise<OpenClient>): Promise<Opened | EngineError> {
    try {
      // What comes back is issued once, so the key that will seal it is at hand before anything is sent.
      await vault.ready(row.workspaceId)
      return { secret: await openSecret(vault, row), client: await openClient() }
    } catch (error) {
      if (error instanceof EngineError) return error
      throw error
    }
  }

  /** Whether the introspection endpoint, where there is one, says that the refresh token is still good. */
  async function isUnspent(
    spec: Spec,
    client: { clientId: string; clientSecret: string },
    token: string,
  ): Promise<boolean> {
    const url = spec.hosted.endpoints.introspect
    if (!spec.oauth.introspect || !url) return false
    return (await tokens.introspect({ spec: spec.oauth, url, client, token, timeoutMs: 10_000 })) === true
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

function specOf(registry: Registry, { connection }: LoadedCredential): Spec | undefined {
  const hosted = registry.get(connection.dataSource)
  const oauth = hosted?.source.auth.find((spec) => spec.method === 'oauth2')
  return connection.method === 'oauth2' && hosted && oauth ? { oauth, hosted } : undefined
}
