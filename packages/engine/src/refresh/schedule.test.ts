import { oauth2 } from '@wellhead/datasource-node'
import { describe, expect, it } from 'vitest'
import { backoffMs, refreshAtFor } from './schedule.ts'

const spec = oauth2({
  scopes: [],
  consent: '',
  registrationUrl: 'https://example.test',
  clientAuth: 'post',
  rotation: 'keeps',
  replay: { kind: 'safe' },
})
const issuedAt = new Date('2026-01-01T00:00:00Z')
const living = (seconds: number) => ({ issuedAt, expiresAt: new Date(issuedAt.getTime() + seconds * 1000) })
const day = 24 * 3_600_000
const options = { spec, idle: false, keepAliveMs: 30 * day }
const after = (date: Date) => (date.getTime() - issuedAt.getTime()) / 1000

describe('a credential', () => {
  it.each([
    [300, 240],
    [3600, 2880],
    [14_400, 13_500],
  ])('that lives %i s is due after %i s', (lifetime, due) => {
    expect(after(refreshAtFor(living(lifetime), options, () => 0))).toBe(due)
  })

  it('comes due earlier by jitter, never later, and always before it expires', () => {
    for (const jitter of [0, 0.3, 0.999]) {
      const due = after(refreshAtFor(living(300), options, () => jitter))
      expect(due).toBeLessThanOrEqual(240)
      expect(due).toBeGreaterThan(200)
    }
  })

  it('whose lifetime nobody knows is kept alive, never "never"', () => {
    const due = refreshAtFor(
      { issuedAt, expiresAt: null },
      { ...options, spec: { ...spec, keepAliveSeconds: 7 * 86_400 } },
      () => 0,
    )
    expect(due.getTime() - issuedAt.getTime()).toBe(7 * day)
    expect(refreshAtFor({ issuedAt, expiresAt: null }, options, () => 0).getTime() - issuedAt.getTime()).toBe(30 * day)
  })

  it('that nobody uses is only kept alive', () => {
    expect(refreshAtFor(living(300), { ...options, idle: true }, () => 0).getTime() - issuedAt.getTime()).toBe(30 * day)
  })

  it('backs off twice as long with each failure, to a limit', () => {
    const limits = { backoffMs: 1_000, longestBackoffMs: 60_000 }
    expect([1, 2, 3, 10, 1_000].map((failures) => backoffMs(failures, limits, () => 1))).toEqual([
      1_000, 2_000, 4_000, 60_000, 60_000,
    ])
    expect(backoffMs(1, limits, () => 0)).toBe(500)
  })
})
