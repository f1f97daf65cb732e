import { describe, expect, it } from 'vitest'
import { type PlanInput, plan } from './plan.ts'

const now = new Date('2026-01-01T12:00:00Z')
const ago = (seconds: number) => new Date(now.getTime() - seconds * 1000)
const ahead = (seconds: number) => new Date(now.getTime() + seconds * 1000)

const clean: PlanInput = {
  replay: { kind: 'kills' },
  generation: 3,
  intentGeneration: null,
  intentAt: null,
  unknownSince: null,
  answerLost: false,
  replays: 0,
  expiresAt: ahead(600),
  rejectedAt: null,
  now,
  acceptRisk: false,
  knownUnspent: false,
  leaseMs: 120_000,
}
/** Its sender told that the answer was lost. */
const unknown: PlanInput = { ...clean, intentGeneration: 3, intentAt: ago(30), unknownSince: ago(30), answerLost: true }
/** A process wrote its intent, and nobody has heard of it since. */
const untold: PlanInput = { ...unknown, unknownSince: null, answerLost: false }
const replay = { step: 'send', isReplay: true }

describe('a refresh token', () => {
  it('is sent when nothing is in doubt', () => {
    expect(plan(clean)).toEqual({ step: 'send', isReplay: false })
  })

  it('is sent when the intent in doubt was on a former generation', () => {
    expect(plan({ ...clean, intentGeneration: 2, intentAt: ago(30) })).toEqual({ step: 'send', isReplay: false })
  })

  it.each([{ kind: 'kills' } as const, { kind: 'unknown' } as const])(
    'whose fate is unknown is held while the access token is good, where a replay $kind',
    (fact) => {
      expect(plan({ ...unknown, replay: fact })).toEqual({ step: 'hold', until: unknown.expiresAt })
    },
  )

  it.each([
    ['the access token has expired', { expiresAt: ago(1) }],
    ['the access token was refused', { rejectedAt: ago(1) }],
    ['a person accepts the risk', { acceptRisk: true }],
    ['the provider says it is unspent', { knownUnspent: true }],
  ])('is replayed once when %s', (_, change) => {
    expect(plan({ ...unknown, ...change })).toEqual(replay)
  })

  it('is never sent a third time, whoever asks', () => {
    const once = { ...unknown, replays: 1, expiresAt: ago(1) }
    expect(plan(once)).toEqual({ step: 'exhausted' })
    expect(plan({ ...once, acceptRisk: true, knownUnspent: true })).toEqual({ step: 'exhausted' })
    expect(plan({ ...unknown, replays: 1 })).toEqual({ step: 'hold', until: unknown.expiresAt })
  })

  it('is replayed at once, and again, where a replay is safe', () => {
    expect(plan({ ...unknown, replay: { kind: 'safe' } })).toEqual(replay)
    expect(plan({ ...unknown, replay: { kind: 'safe' }, replays: 7 })).toEqual(replay)
  })

  it('is replayed at once while the grace lasts, counted from the first sending', () => {
    const grace = { ...unknown, replay: { kind: 'grace', graceSeconds: 60 } } as const
    expect(plan(grace)).toEqual(replay)
    expect(plan({ ...grace, intentAt: ago(5), unknownSince: ago(61) })).toMatchObject({ step: 'hold' })
  })

  it('of a connection whose token never expires is held until a 401 is reported', () => {
    expect(plan({ ...unknown, expiresAt: null })).toEqual({ step: 'hold', until: null })
    expect(plan({ ...unknown, expiresAt: null, rejectedAt: now })).toEqual(replay)
  })

  it.each([
    ['has expired', { expiresAt: ago(1) }],
    ['was refused', { rejectedAt: ago(1) }],
  ])('whose sender is not heard of is given a second lease after the access token %s', (_, change) => {
    expect(plan({ ...untold, ...change })).toEqual({ step: 'hold', until: ahead(210) })
    expect(plan({ ...untold, ...change, now: ahead(209) })).toEqual({ step: 'hold', until: ahead(210) })
    expect(plan({ ...untold, ...change, now: ahead(210) })).toEqual(replay)
  })

  it('whose sender is not heard of is waited for as long after another replay was taken back', () => {
    const takenBack = { ...untold, intentAt: ago(1), unknownSince: ago(30), expiresAt: ago(1) }
    for (const fact of [{ kind: 'kills' }, { kind: 'grace', graceSeconds: 20 }] as const)
      expect(plan({ ...takenBack, replay: fact })).toEqual({ step: 'hold', until: ahead(210) })
  })

  it('whose sender is not heard of waits for the end of the access token where that is later', () => {
    expect(plan(untold)).toEqual({ step: 'hold', until: untold.expiresAt })
    expect(plan({ ...untold, now: ahead(599) })).toEqual({ step: 'hold', until: untold.expiresAt })
    expect(plan({ ...untold, now: ahead(600) })).toEqual(replay)
  })

  it.each([{ acceptRisk: true }, { knownUnspent: true }])('is not waited for when %o', (change) => {
    expect(plan({ ...untold, ...change })).toEqual(replay)
  })
})
