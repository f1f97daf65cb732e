/** The store of the protocol in memory. `refresh-store.test.ts` holds it to the one in Postgres, call by call. */
import { EngineError } from '../../src/errors.ts'
import { type BreakerKey, failuresBeforeOpen, type Health } from '../../src/refresh/breaker.ts'
import { databaseTime, type Ticks } from '../../src/refresh/clock.ts'
import type { CredentialRow, LoadedCredential } from '../../src/refresh/credential.ts'
import { type Lease, type LeaseTerm, leaseOf } from '../../src/refresh/lease.ts'
import { after, refreshAtFor } from '../../src/refresh/schedule.ts'
import type { RefreshStore } from '../../src/refresh/store.ts'
import { freshConnection, freshRow } from './fresh-rows.ts'
import { connectionId, glassVault, type NewGrant, type Rows, timings, workspaceId } from './rows.ts'
import { spec } from './spec.ts'

type Connection = LoadedCredential['connection']
interface Breaker {
  failures: number
  openUntil: Date | null
  probeUntil: Date | null
}

export function createMemoryRows(): Rows {
  let now = new Date(0)
  let connection: Connection | undefined
  let row: CredentialRow | undefined
  let breakers = new Map<string, Breaker>()
  let holders = 0

  const change = (values: Partial<CredentialRow>) => {
    row = { ...(row as CredentialRow), ...values }
  }
  const is = (id: string, generation: number): boolean =>
    row !== undefined && id === row.connectionId && row.generation === generation
  const setStatus = (from: readonly string[] | undefined, status: Connection['status']) => {
    if (connection && (!from || from.includes(connection.status))) connection = { ...connection, status }
  }
  const earlier = (one: Date | null, other: Date) => (one && one < other ? one : other)
  const leasedFor = ({ ms }: LeaseTerm) => {
    const leaseUntil = after(now, ms)
    return { leaseUntil, enqueuedUntil: row?.enqueuedUntil ? earlier(row.enqueuedUntil, leaseUntil) : null }
  }
  const keyOf = (key: BreakerKey) => `${key.dataSource} ${key.clientId}`

  function count(health: Health): void {
    const key = keyOf(health.key)
    if (health.isWell) {
      breakers.delete(key)
      return
    }
    const former = breakers.get(key)
    const failures = (former?.failures ?? 0) + 1
    const isOpen = failures >= failuresBeforeOpen(health.reason, timings)
    const until = after(now, Math.max(health.retryAfterMs ?? 0, timings.breakerOpenMs))
    breakers.set(key, { failures, openUntil: isOpen ? until : (former?.openUntil ?? null), probeUntil: null })
  }

  async function sealedPair({ secret, issuedAt, lifetimeSeconds }: NewGrant) {
    const expiresAt = after(issuedAt, lifetimeSeconds * 1000)
    return {
      ...(await glassVault().seal({ workspaceId, table: 'credentials', row: connectionId }, secret)),
      issuedAt,
      expiresAt,
      refreshAt: refreshAtFor({ issuedAt, expiresAt }, { spec, idle: false, keepAliveMs: timings.keepAliveMs }),
    }
  }

  const store = (ticks: Ticks): RefreshStore => ({
    async load() {
      const asked = ticks()
      if (!row || !connection) throw new EngineError('connection_not_found', 'There is no such connection.')
      return { connection: { ...connection }, credential: { ...row }, time: databaseTime(now, asked, ticks(), ticks) }
    },
    async changed() {},
    async startAttempt({ connection: { dataSource, clientId }, credential: seen }, term) {
      const asked = ticks()
      if (!row || !is(seen.connectionId, seen.generation) || row.outcomes !== seen.outcomes) return undefined
      if (row.intentAttempt !== seen.intentAttempt || row.intentGeneration === row.generation) return undefined
      if (row.leaseUntil && row.leaseUntil > now) return undefined
      if (breakers.get(keyOf({ dataSource, clientId: clientId as string }))?.openUntil) return undefined
      const leased = { leaseHolder: `holder-${++holders}`, ...leasedFor(term) }
      const attempt = row.intentAttempt + 1
      change({
        ...leased,
        intentGeneration: row.generation,
        intentAttempt: attempt,
        intentAt: now,
        unknownSince: null,
        answerLost: false,
      })
      const { leaseHolder, leaseUntil } = leased
      const lease = leaseOf({ ...seen, leaseHolder, leaseUntil }, { asked, term, ticks })
      return { lease, intent: { attempt, isReplay: false } }
    },
    async takeLease(_, term) {
      const asked = ticks()
      if (!row || (row.leaseUntil && row.leaseUntil > now)) return undefined
      change({ leaseHolder: `holder-${++holders}`, ...leasedFor(term) })
      return leaseOf({ ...row }, { asked, term, ticks })
    },
    async renewLease({ holder, term }) {
      if (row?.leaseHolder !== holder) return false
      change(leasedFor(term))
      return true
    },
    async releaseLease(lease) {
      if (row?.leaseHolder === lease.holder) change({ leaseHolder: null, leaseUntil: null })
    },
    async writeIntent(lease: Lease) {
      if (!row || !is(lease.connectionId, lease.row.generation) || row.leaseHolder !== lease.holder) return undefined
      const isOpen = row.intentGeneration === row.generation
      change({
        intentGeneration: row.generation,
        intentAttempt: row.intentAttempt + 1,
        unknownSince: isOpen ? (row.unknownSince ?? row.intentAt) : null,
        answerLost: isOpen && row.answerLost,
        intentAt: now,
        replays: isOpen ? row.replays + 1 : row.replays,
      })
      return { attempt: row.intentAttempt, isReplay: row.unknownSince !== null }
    },
    async takeIntentBack(of, { attempt, isReplay }) {
      if (!row || !is(of.connectionId, of.generation) || row.intentAttempt !== attempt) return
      if (isReplay) change({ replays: Math.max(row.replays - 1, 0) })
      else change({ intentGeneration: null, intentAt: null })
    },
    async admit(key) {
      const breaker = breakers.get(keyOf(key))
      if (!breaker?.openUntil) return { open: false }
      const openMs = breaker.openUntil.getTime() - now.getTime()
      if (openMs > 0) return { open: true, retryMs: openMs }
      if (breaker.probeUntil && breaker.probeUntil > now) return { open: true, retryMs: 1_000 }
      breaker.probeUntil = after(now, timings.tokenCallMs)
      return { open: false }
    },
    async storePair(of, pair, health) {
      if (!row || !is(of.connectionId, of.generation)) return false
      change({
        ...pair.sealed,
        intentGeneration: null,
        intentAt: null,
        unknownSince: null,
        answerLost: false,
        replays: 0,
        generation: of.generation + 1,
        issuedAt: pair.issuedAt,
        expiresAt: pair.expiresAt,
        refreshAt: pair.refreshAt,
        enqueuedUntil: null,
        ...(of.leaseHolder !== null && row.leaseHolder === of.leaseHolder
          ? { leaseHolder: null, leaseUntil: null }
          : {}),
        ...(pair.failure ? { failures: row.failures + 1 } : { failures: 0, rejectedAt: null, lastRefreshedAt: now }),
        outcomes: row.outcomes + 1,
        lastOutcome: pair.failure?.outcome ?? 'refreshed',
        lastOutcomeMessage: pair.failure?.message ?? null,
      })
      if (pair.failure) setStatus(['active'], 'degraded')
      else setStatus(['degraded', 'needs_reauthorization'], 'active')
      count(health)
      return true
    },
    async recordFailure(of, failure, health) {
      const isRecorded =
        row !== undefined &&
        is(of.connectionId, of.generation) &&
        (failure.replays === undefined || row.replays === failure.replays)
      if (row && isRecorded) {
        change({
          ...(failure.takeBack === 'intent' && row.intentAttempt <= (failure.attempt ?? 0)
            ? { intentGeneration: null }
            : {}),
          ...(failure.takeBack === 'nothing' && failure.attempt === row.intentAttempt
            ? { unknownSince: row.unknownSince ?? row.intentAt, answerLost: true }
            : {}),
          ...(failure.takeBack === 'replay' ? { replays: Math.max(row.replays - 1, 0) } : {}),
          refreshAt: failure.refreshAt,
          enqueuedUntil: null,
          ...(of.leaseHolder !== null && row.leaseHolder === of.leaseHolder
            ? { leaseHolder: null, leaseUntil: null }
            : {}),
          failures: row.failures + 1,
          outcomes: row.outcomes + 1,
          lastOutcome: failure.outcome,
          lastOutcomeMessage: failure.message,
        })
        if (failure.status === 'needs_reauthorization')
          setStatus(['pending', 'active', 'degraded'], 'needs_reauthorization')
        if (failure.status === 'degraded') setStatus(['active'], 'degraded')
      }
      if (health) count(health)
      return isRecorded
    },
    async recordBreakerOpen(of, refreshAt, message) {
      if (row && is(of.connectionId, of.generation))
        change({
          refreshAt,
          enqueuedUntil: null,
          outcomes: row.outcomes + 1,
          lastOutcome: 'breaker_open',
          lastOutcomeMessage: message,
        })
    },
    async askForRefresh(id, generation) {
      if (row && is(id, generation))
        change({
          refreshAt: row.refreshAt && row.refreshAt < now ? row.refreshAt : now,
          enqueuedUntil: earlier(
            row.leaseUntil && row.leaseUntil > now ? row.leaseUntil : null,
            after(now, timings.horizonMs),
          ),
        })
    },
    async forgetAsking() {
      if (row) change({ enqueuedUntil: null })
    },
    async rejectToken(id, generation) {
      if (row && is(id, generation)) change({ rejectedAt: row.rejectedAt ?? now })
    },
  })

  return {
    store,
    async setTime(at) {
      now = at
    },
    async read() {
      return row && connection ? { status: connection.status, credential: { ...row } } : undefined
    },
    async begin(grant) {
      breakers = new Map()
      connection = freshConnection(grant.issuedAt)
      row = { ...freshRow, ...(await sealedPair(grant)) }
    },
    async reauthorize(grant) {
      if (!row || connection?.status === 'deleting') return false
      setStatus(undefined, 'active')
      change({
        ...(await sealedPair(grant)),
        generation: row.generation + 1,
        enqueuedUntil: null,
        intentGeneration: null,
        intentAt: null,
        unknownSince: null,
        answerLost: false,
        replays: 0,
        failures: 0,
        rejectedAt: null,
        outcomes: row.outcomes + 1,
        lastOutcome: 'refreshed',
        lastOutcomeMessage: null,
      })
      return true
    },
    async reseal(seen, sealed) {
      if (row?.generation !== seen.generation || row.keyId !== seen.keyId) return false
      change(sealed)
      return true
    },
    async markDeleting() {
      setStatus(undefined, 'deleting')
    },
    async erase() {
      row = undefined
      connection = undefined
    },
  }
}
