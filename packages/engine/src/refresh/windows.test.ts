import { describe, expect, it } from 'vitest'
import type { RefreshResult } from './outcome.ts'
import { createWindows } from './windows.ts'

/** Calls that end when the test says so. */
function crowd(count: number, signal?: AbortSignal) {
  const windows = createWindows()
  const running: ((outcome: RefreshResult['outcome']) => void)[] = []
  const started: string[] = []
  const enter = (name: string, isUrgent = false) =>
    windows.within('items client', { isUrgent, signal }, () => {
      started.push(name)
      return new Promise<RefreshResult>((resolve) => {
        running.push((outcome) => resolve({ outcome, message: '' }))
      })
    })
  const results = Array.from({ length: count }, (_, index) => enter(String(index + 1)))
  /** Ends the oldest call that is under way. */
  const end = async (outcome: RefreshResult['outcome']) => {
    running.shift()?.(outcome)
    await new Promise(setImmediate)
  }
  return { windows, enter, results, started, end, underWay: () => running.length }
}

describe('the window of a client', () => {
  it('begins with four and grows with every answer', async () => {
    const { end, underWay } = crowd(30)
    expect(underWay()).toBe(4)
    await end('refreshed')
    expect(underWay()).toBe(5)
    for (let answers = 0; answers < 5; answers++) await end('revoked')
    expect(underWay()).toBe(10)
  })

  it('grows no further than to what a process can have under way', async () => {
    const { end, underWay } = crowd(200)
    for (let answers = 0; answers < 100; answers++) await end('refreshed')
    expect(underWay()).toBe(64)
  })

  it('falls to one at a failure that is not the grant’s, and to half when the provider asks to slow down', async () => {
    const down = crowd(10)
    await down.end('provider_down')
    expect(down.underWay()).toBe(3)
    await down.end('client_misconfigured')
    await down.end('unknown_outcome')
    expect(down.underWay()).toBe(1)
    await down.end('unknown_outcome')
    expect(down.started).toEqual(['1', '2', '3', '4', '5'])
    const limited = crowd(10)
    await limited.end('rate_limited')
    await limited.end('rate_limited')
    expect(limited.underWay()).toBe(2)
    await limited.end('breaker_open')
    expect(limited.started).toHaveLength(4)
  })

  it('lets those in first whom somebody waits for, and holds no other client up', async () => {
    const { windows, enter, started, end } = crowd(6)
    void enter('urgent', true)
    await end('breaker_open')
    expect(started.at(-1)).toBe('urgent')
    expect(await windows.within('items other', { isUrgent: false }, async () => undefined)).toBeUndefined()
    expect(started).toHaveLength(5)
  })

  it('lets go who still waits at the end of the process, and goes on after a call that throws', async () => {
    const ending = new AbortController()
    const { results, started, end } = crowd(6, ending.signal)
    ending.abort()
    expect(await Promise.all(results.slice(4))).toEqual([undefined, undefined])
    for (let call = 0; call < 4; call++) await end('refreshed')
    expect(started).toHaveLength(4)

    const windows = createWindows()
    const broken = () => Promise.reject(new Error('broken'))
    for (let call = 0; call < 8; call++)
      await expect(windows.within('key', { isUrgent: false }, broken)).rejects.toThrow('broken')
    expect(
      (await windows.within('key', { isUrgent: false }, async () => ({ outcome: 'refreshed', message: '' })))?.outcome,
    ).toBe('refreshed')
  })
})
