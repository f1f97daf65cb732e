import { describe, expect, it } from 'vitest'
import { type Lease, leaseOf, leaseTermFor } from './lease.ts'

const timings = { leaseMs: 120_000, tokenCallMs: 90_000 }
const grace = (graceSeconds: number) => leaseTermFor({ kind: 'grace', graceSeconds }, timings)

function leaseFor(term: ReturnType<typeof grace>) {
  let ticks = 0
  const lease: Lease = leaseOf({ leaseUntil: new Date(term.ms) } as never, { asked: 0, term, ticks: () => ticks })
  return {
    maySendAfter(ms: number) {
      ticks = ms
      return lease.maySend()
    },
  }
}

describe('a lease', () => {
  it.each([{ kind: 'kills' }, { kind: 'unknown' }, { kind: 'safe' }] as const)(
    'is around the whole token call, where a replay $kind',
    (replay) => {
      const term = leaseTermFor(replay, timings)
      expect(term).toEqual({ ms: 120_000, callMs: 90_000, isRenewed: false })
      const { maySendAfter } = leaseFor(term)
      expect([maySendAfter(29_999), maySendAfter(30_000)]).toEqual([true, false])
    },
  )

  it('ends well within a short grace, and is renewed instead', () => {
    const term = grace(20)
    expect(term).toEqual({ ms: 5_000, callMs: 2_500, isRenewed: true })
    const { maySendAfter } = leaseFor(term)
    expect([maySendAfter(2_499), maySendAfter(2_500)]).toEqual([true, false])
  })

  it('is the usual one where the grace outlives it', () => {
    expect(grace(480)).toEqual({ ms: 120_000, callMs: 90_000, isRenewed: false })
    expect(grace(479).isRenewed).toBe(true)
  })
})
