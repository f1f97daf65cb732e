/** What holds of the pure decisions whatever they are given: judging an answer, planning a sending, scheduling the next one. */
import { type OAuth2Spec, oauth2, type ReplayFact, type TokenErrorMeaning } from '@wellhead/datasource-node'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { judge } from '../oauth/judge.ts'
import type { TokenAnswer } from '../oauth/token-client.ts'
import { isAccessTokenDead, type PlanInput, plan } from './plan.ts'
import { backoffMs, notBefore, refreshAtFor } from './schedule.ts'

const runs = { numRuns: 2_000 }
const base = oauth2({
  scopes: [],
  consent: '',
  registrationUrl: 'https://example.test',
  clientAuth: 'basic',
  rotation: 'rotates',
  replay: { kind: 'unknown' },
})

const meaning = fc.constantFrom<TokenErrorMeaning>('revoked', 'client_misconfigured', 'rate_limited', 'provider_down')
const error = fc.oneof(
  fc.constantFrom(
    'invalid_grant',
    'invalid_client',
    'unauthorized_client',
    'invalid_request',
    'temporarily_unavailable',
    'slow_down',
    'constructor',
    '__proto__',
  ),
  fc.string(),
)
const spec: fc.Arbitrary<OAuth2Spec> = fc
  .record({
    tokenErrors: fc.dictionary(fc.constantFrom('invalid_grant', 'expired_token', 'toString'), meaning),
    notProcessedStatuses: fc.uniqueArray(fc.constantFrom(429, 500, 502, 503), { maxLength: 3 }),
    assumedLifetimeSeconds: fc.option(fc.integer({ min: 1, max: 1e6 }), { nil: undefined }),
  })
  .map(({ assumedLifetimeSeconds: assumed, ...rest }) => ({
    ...base,
    ...rest,
    ...(assumed === undefined ? {} : { assumedLifetimeSeconds: assumed }),
  }))

/** Anything that JSON can be, and often something that looks like an answer. */
const json: fc.Arbitrary<unknown> = fc.oneof(
  fc.jsonValue(),
  fc.constant(undefined),
  fc.record(
    {
      access_token: fc.oneof(fc.constant('access-secret'), fc.jsonValue()),
      refresh_token: fc.oneof(fc.constant('refresh-secret'), fc.constant(''), fc.jsonValue()),
      token_type: fc.oneof(fc.constantFrom('bearer', 'Bearer', 'mac'), fc.jsonValue()),
      expires_in: fc.oneof(fc.double(), fc.integer(), fc.constantFrom('3600', ' ', '-1', 'NaN'), fc.jsonValue()),
      scope: fc.oneof(fc.string(), fc.jsonValue()),
      error: fc.oneof(error, fc.jsonValue()),
    },
    { requiredKeys: [] },
  ),
)
const answered = fc.record({
  kind: fc.constant('answered' as const),
  status: fc.oneof(fc.constantFrom(200, 400, 401, 429, 500, 502, 503, 504), fc.integer({ min: 200, max: 599 })),
  headers: fc
    .option(fc.oneof(fc.stringMatching(/^[ -~]*$/), fc.integer().map(String)), { nil: undefined })
    .map((wait) => new Headers(wait === undefined ? {} : { 'retry-after': wait })),
  json,
})
const answer: fc.Arbitrary<TokenAnswer> = fc.oneof(
  { weight: 8, arbitrary: answered },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('lost' as const), reason: fc.string() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('not_sent' as const), reason: fc.string() }) },
)

const outcomes = [
  'refreshed',
  'revoked',
  'client_misconfigured',
  'rate_limited',
  'provider_down',
  'unknown_outcome',
  'invalid_answer',
]
const bodyOf = (value: unknown) =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
const text = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined)

describe('judging', () => {
  it('ends in one of seven outcomes, whatever came', () => {
    fc.assert(
      fc.property(spec, answer, (given, came) => {
        const judgement = judge(given, came)
        expect(outcomes).toContain(judgement.outcome)
        if ('retryAfterMs' in judgement && judgement.retryAfterMs !== undefined)
          expect(judgement.retryAfterMs).toBeGreaterThanOrEqual(0)
      }),
      runs,
    )
  })

  it('says that a grant is gone only by an error that is documented to mean it', () => {
    fc.assert(
      fc.property(spec, answer, (given, came) => {
        if (judge(given, came).outcome !== 'revoked') return
        if (came.kind !== 'answered') return expect.fail('nothing was answered')
        const said = bodyOf(came.json).error as string
        const own = Object.hasOwn(given.tokenErrors, said) ? given.tokenErrors[said] : undefined
        expect(own ?? (said === 'invalid_grant' ? 'revoked' : 'something else')).toBe('revoked')
        expect(came.status).toBeLessThan(500)
      }),
      runs,
    )
  })

  it('says that nothing was processed only where that is certain', () => {
    fc.assert(
      fc.property(spec, answer, (given, came) => {
        const { outcome } = judge(given, came)
        if (came.kind === 'not_sent') expect(outcome).toBe('provider_down')
        if (came.kind === 'lost') expect(outcome).toBe('unknown_outcome')
        if (came.kind !== 'answered' || text(bodyOf(came.json).error) !== undefined) return
        const isProven = given.notProcessedStatuses.includes(came.status)
        // A gateway gave up, or the answer is unreadable: it may have been done.
        if ((came.status >= 500 || came.status === 408) && !isProven) expect(outcome).toBe('unknown_outcome')
      }),
      runs,
    )
  })

  it('never loses a refresh token that a success carries, and calls nothing a success without an access token', () => {
    fc.assert(
      fc.property(spec, answered, (given, came) => {
        const judgement = judge(given, came)
        const body = Array.isArray(came.json) ? {} : bodyOf(came.json)
        const issued = text(body.refresh_token)
        if (came.status < 300 && issued !== undefined) {
          const kept = judgement.outcome === 'refreshed' ? judgement.tokens.refreshToken : undefined
          expect(judgement.outcome === 'invalid_answer' ? judgement.refreshToken : kept).toBe(issued)
        }
        if (judgement.outcome !== 'refreshed') return
        expect(came.status).toBeLessThan(300)
        expect(judgement.tokens.accessToken).toBe(text(body.access_token))
        const { lifetimeSeconds } = judgement.tokens
        if (lifetimeSeconds !== null) {
          expect(Number.isInteger(lifetimeSeconds)).toBe(true)
          expect(lifetimeSeconds).toBeGreaterThanOrEqual(0)
          expect(lifetimeSeconds).toBeLessThanOrEqual(Math.max(365 * 86_400, given.assumedLifetimeSeconds ?? 0))
        } else expect(given.assumedLifetimeSeconds).toBeUndefined()
      }),
      runs,
    )
  })

  it('repeats no token in what it says', () => {
    fc.assert(
      fc.property(spec, answer, (given, came) => {
        const judgement = judge(given, came)
        const told = JSON.stringify(judgement.outcome === 'refreshed' ? judgement.tokens.info : judgement)
        expect(told).not.toContain('access-secret')
        if (judgement.outcome !== 'invalid_answer') expect(told).not.toContain('refresh-secret')
      }),
      runs,
    )
  })
})

const jitter = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }).map((value) => () => value)
const moment = fc.date({ min: new Date('2020-01-01'), max: new Date('2040-01-01'), noInvalidDate: true })
const later = (date: Date, ms: number) => new Date(date.getTime() + ms)
const day = 86_400_000

describe('scheduling', () => {
  it('refreshes a token between its issue and its expiry, with a margin and no more than half of it again as jitter', () => {
    fc.assert(
      fc.property(
        moment,
        fc.integer({ min: 1, max: 365 * 86_400 }),
        fc.integer({ min: 1, max: 400 }),
        jitter,
        (issuedAt, lifetime, days, lot) => {
          const expiresAt = later(issuedAt, lifetime * 1000)
          const at = refreshAtFor({ issuedAt, expiresAt }, { spec: base, idle: false, keepAliveMs: days * day }, lot)
          expect(at.getTime()).toBeGreaterThan(issuedAt.getTime())
          expect(at.getTime()).toBeLessThan(expiresAt.getTime())
          const margin = Math.min(lifetime * 200, 900_000)
          const earliest = Math.min(expiresAt.getTime() - 1.5 * margin, issuedAt.getTime() + days * day * 0.9)
          expect(at.getTime()).toBeGreaterThanOrEqual(Math.floor(earliest))
          expect(at.getTime()).toBeLessThanOrEqual(expiresAt.getTime() - margin)
          expect(at.getTime()).toBeLessThanOrEqual(issuedAt.getTime() + days * day)
        },
      ),
      runs,
    )
  })

  it('keeps alive in time what has no expiry or no use, and never says never', () => {
    fc.assert(
      fc.property(
        moment,
        fc.option(fc.integer({ min: 1, max: 1e7 })),
        fc.integer({ min: 1, max: 400 }),
        jitter,
        (issuedAt, lifetime, days, lot) => {
          const expiresAt = lifetime === null ? null : later(issuedAt, lifetime * 1000)
          const own = { ...base, keepAliveSeconds: days * 86_400 }
          const at = refreshAtFor({ issuedAt, expiresAt }, { spec: own, idle: true, keepAliveMs: day }, lot)
          expect(at.getTime()).toBeGreaterThanOrEqual(issuedAt.getTime() + Math.floor(days * day * 0.9))
          expect(at.getTime()).toBeLessThanOrEqual(issuedAt.getTime() + days * day)
        },
      ),
      runs,
    )
  })

  it('backs off by bounds that only grow, between half and the whole of them', () => {
    const limits = fc.record({ backoffMs: fc.integer({ min: 1, max: 60_000 }), more: fc.integer({ min: 0, max: 1e7 }) })
    fc.assert(
      fc.property(limits, fc.integer({ min: 1, max: 1e6 }), jitter, ({ backoffMs: first, more }, failures, lot) => {
        const options = { backoffMs: first, longestBackoffMs: first + more }
        const bound = (count: number) => backoffMs(count, options, () => 1)
        const wait = backoffMs(failures, options, lot)
        expect(wait).toBeGreaterThanOrEqual(bound(failures) / 2)
        expect(wait).toBeLessThanOrEqual(bound(failures))
        expect(bound(failures + 1)).toBeGreaterThanOrEqual(bound(failures))
        expect(bound(failures)).toBeLessThanOrEqual(options.longestBackoffMs)
      }),
      runs,
    )
  })

  it('makes callers wait a minute at most, people not at all, and all of them for as long as the provider asked', () => {
    const row = fc.record({
      failures: fc.nat(20),
      lastOutcome: fc.constantFrom('rate_limited', 'provider_down', 'unknown_outcome', null),
      refreshAt: fc.option(moment),
      intentAt: fc.option(moment),
    })
    fc.assert(
      fc.property(row, fc.boolean(), fc.integer({ min: 1, max: 1e7 }), (given, isForced, longestMs) => {
        const end = notBefore(given, { isForced, longestMs })
        const { refreshAt, intentAt } = given
        if (given.failures === 0 || refreshAt === null) expect(end).toBeNull()
        else if (given.lastOutcome === 'rate_limited') expect(end).toEqual(refreshAt)
        else if (isForced || intentAt === null) expect(end).toBeNull()
        else {
          expect(end?.getTime()).toBeLessThanOrEqual(refreshAt.getTime())
          expect(end?.getTime()).toBeLessThanOrEqual(intentAt.getTime() + Math.min(60_000, longestMs))
        }
      }),
      runs,
    )
  })
})

const replay: fc.Arbitrary<ReplayFact> = fc.oneof(
  fc.constantFrom<ReplayFact>({ kind: 'safe' }, { kind: 'kills' }, { kind: 'unknown' }),
  fc.integer({ min: 1, max: 86_400 }).map((graceSeconds) => ({ kind: 'grace', graceSeconds }) as const),
)
const planInput: fc.Arbitrary<PlanInput> = fc
  .record({
    replay,
    generation: fc.integer({ min: 1, max: 3 }),
    intentGeneration: fc.option(fc.integer({ min: 1, max: 3 })),
    now: moment,
    intentAgo: fc.integer({ min: 0, max: 200_000_000 }),
    unknownAgo: fc.option(fc.integer({ min: 0, max: 200_000_000 })),
    answerLost: fc.boolean(),
    wayMs: fc.nat(60_000),
    replays: fc.nat(3),
    expiresIn: fc.option(fc.integer({ min: -200_000_000, max: 200_000_000 })),
    rejectedAt: fc.option(moment),
    acceptRisk: fc.boolean(),
    knownUnspent: fc.boolean(),
    leaseMs: fc.integer({ min: 1, max: 100_000_000 }),
  })
  .map(({ intentAgo, unknownAgo, expiresIn, wayMs, ...rest }) => ({
    ...rest,
    latest: later(rest.now, wayMs),
    intentAt: later(rest.now, -intentAgo),
    unknownSince: unknownAgo === null ? null : later(rest.now, -unknownAgo),
    expiresAt: expiresIn === null ? null : later(rest.now, expiresIn),
  }))

describe('planning', () => {
  it('sends for the first time only when nothing is in doubt', () => {
    fc.assert(
      fc.property(planInput, (input) => {
        const isInDoubt = input.intentGeneration === input.generation
        const { step, ...how } = plan(input)
        expect(step === 'send' && !('isReplay' in how && how.isReplay)).toBe(!isInDoubt)
      }),
      runs,
    )
  })

  it('replays where it could end the grant once at most, and only for a token that is dead, unspent or given up', () => {
    fc.assert(
      fc.property(planInput, (input) => {
        if (input.intentGeneration !== input.generation || plan(input).step !== 'send') return
        if (input.replay.kind === 'safe') return
        const since = (input.unknownSince ?? input.intentAt) as Date
        const { replay: fact } = input
        if (fact.kind === 'grace' && later(since, fact.graceSeconds * 1000) > (input.latest as Date)) return
        expect(input.replays).toBe(0)
        expect(isAccessTokenDead(input) || input.acceptRisk || input.knownUnspent).toBe(true)
      }),
      runs,
    )
  })

  it('holds only while the access token can be served or its sender may still answer', () => {
    fc.assert(
      fc.property(planInput, (input) => {
        if (plan(input).step !== 'hold' || !isAccessTokenDead(input)) return
        expect(input.answerLost).toBe(false)
        const since = (input.unknownSince ?? input.intentAt) as Date
        expect(later(since, 2 * input.leaseMs).getTime()).toBeGreaterThan(input.now.getTime())
      }),
      runs,
    )
  })

  it('gives up only when the access token cannot be served and the replay is used up', () => {
    fc.assert(
      fc.property(planInput, (input) => {
        if (plan(input).step === 'exhausted')
          expect([isAccessTokenDead(input), input.replays >= 1]).toEqual([true, true])
      }),
      runs,
    )
  })

  it('says how long it holds: until then nothing changes by itself, and from then on it holds no longer', () => {
    fc.assert(
      fc.property(planInput, fc.nat(200_000_000), (input, passes) => {
        const held = plan(input)
        if (held.step !== 'hold') return
        const at = (now: Date) => plan({ ...input, now, latest: later(now, 60_000) })
        const then = later(input.now, passes)
        if (held.until === null || then < held.until) expect(at(then)).toEqual(held)
        if (held.until !== null) expect(at(held.until).step).not.toBe('hold')
      }),
      runs,
    )
  })
})
