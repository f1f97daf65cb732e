import type { Pace } from '@wellhead/datasource-node'
import { describe, expect, test } from 'vitest'
import { createPacer, type Pacer, paceOf } from '../src/index.ts'
import { context, failure } from './connection.ts'
import { closedPort, json, serve } from './loopback-server.ts'
import { hosted } from './sample-source.ts'

const never = new AbortController().signal
const minute = 60_000

/** When each of so many was admitted, in milliseconds from the first one asking; each leaves at once. */
async function admissions(pacer: Pacer, count: number): Promise<number[]> {
  const begun = performance.now()
  const times: number[] = []
  await Promise.all(
    Array.from({ length: count }, async () => {
      const leave = await pacer.admit(never, minute)
      times.push(performance.now() - begun)
      leave()
    }),
  )
  return times
}

describe('a pacer', () => {
  test('spreads requests evenly, also after a rest', async () => {
    const pacer = createPacer({ perSecond: 50 })
    for (let round = 0; round < 2; round++) {
      const times = await admissions(pacer, 6)
      // A rest is not saved up for a burst. Timers may be early by a millisecond.
      for (const [index, time] of times.entries()) expect(time).toBeGreaterThanOrEqual(index * 20 - 2)
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  })

  test('lets a burst go after a rest, and spreads what comes behind it', async () => {
    const pacer = createPacer({ perSecond: 20, burst: 4 })
    const times = await admissions(pacer, 6)
    for (const time of times.slice(0, 4)) expect(time).toBeLessThan(45)
    expect(times[4]).toBeGreaterThanOrEqual(48)
    expect(times[5]).toBeGreaterThanOrEqual(98)
    // A pause leaves nothing saved behind it.
    await pacer.pause(60)
    const after = await admissions(pacer, 3)
    expect(after[0]).toBeGreaterThanOrEqual(58)
    expect(after[2]).toBeGreaterThanOrEqual(156)
  })

  test('lets so many in at once, first come, first served', async () => {
    const pacer = createPacer({ parallel: 2 })
    const order: number[] = []
    const leaves = await Promise.all([pacer.admit(never, minute), pacer.admit(never, minute)])
    const waiting = [1, 2, 3].map(async (one) => {
      const leave = await pacer.admit(never, minute)
      order.push(one)
      return leave
    })
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(order).toEqual([])
    leaves[0]?.()
    // Leaving twice gives one place.
    leaves[0]?.()
    const next = await waiting[0]
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(order).toEqual([1])
    next?.()
    leaves[1]?.()
    await Promise.all(waiting)
    expect(order).toEqual([1, 2, 3])
  })

  test('holds nobody back without a pace, until there is a pause; then all, whoever waits already too', async () => {
    const pacer = createPacer({})
    expect(Math.max(...(await admissions(pacer, 20)))).toBeLessThan(50)
    await pacer.pause(150)
    expect(Math.min(...(await admissions(pacer, 3)))).toBeGreaterThanOrEqual(147)

    const paced = createPacer({ perSecond: 20 })
    ;(await paced.admit(never, minute))()
    const waiting = admissions(paced, 2)
    await paced.pause(200)
    const [first = 0, second = 0] = await waiting
    expect(first).toBeGreaterThanOrEqual(197)
    expect(second).toBeGreaterThanOrEqual(247)
  })

  test('lets nobody wait beyond its patience, and takes no slot for it', async () => {
    const pacer = createPacer({ perSecond: 2 })
    ;(await pacer.admit(never, minute))()
    const begun = performance.now()
    const error = await failure(pacer.admit(never, 100))
    expect(performance.now() - begun).toBeLessThan(90)
    expect(error.code).toBe('rate_limited')
    expect(error.retryAfterMs).toBeGreaterThan(300)
    expect(error.retryAfterMs).toBeLessThanOrEqual(500)
    ;(await pacer.admit(never, 600))()
    expect(performance.now() - begun).toBeLessThan(700)

    await pacer.pause(3_600_000)
    const paused = await failure(pacer.admit(never, minute))
    expect(paused.retryAfterMs).toBeGreaterThan(3_599_000)
  })

  test('nor in the queue for a place; the place stays for the next', async () => {
    const pacer = createPacer({ parallel: 1 })
    const leave = await pacer.admit(never, minute)
    const error = await failure(pacer.admit(never, 30))
    expect(error).toMatchObject({ code: 'rate_limited', retryAfterMs: 1_000 })
    const next = pacer.admit(never, minute)
    leave()
    ;(await next)()
  })

  test('lets go of whoever is cancelled, wherever it waits', async () => {
    const pacer = createPacer({ parallel: 1, perSecond: 1 })
    expect((await failure(pacer.admit(AbortSignal.abort(), minute))).code).toBe('cancelled')
    const leave = await pacer.admit(never, minute)
    const controller = new AbortController()
    const inQueue = failure(pacer.admit(controller.signal, minute))
    controller.abort()
    expect((await inQueue).code).toBe('cancelled')
    leave()
    const later = new AbortController()
    const forSlot = failure(pacer.admit(later.signal, minute))
    setTimeout(() => later.abort(), 20)
    expect((await forSlot).code).toBe('cancelled')
    // Room was given back; the slot that was taken went unused.
    ;(await pacer.admit(never, minute))()
  })
})

describe('a context with a pacer', () => {
  test('has each request to the source’s own hosts admitted, and no other', async () => {
    await using api = await serve((_, response) => json(response, 200, {}))
    await using other = await serve((_, response) => json(response, 200, {}))
    const admitted: number[] = []
    const pacer: Pacer = {
      async admit(_, mostMs) {
        admitted.push(mostMs)
        return () => {}
      },
      pause: async () => {},
    }
    const ctx = context(api.origin, { pacer, retry: { patienceMs: 5_000 } })
    await ctx.fetch(api.origin)
    await ctx.fetch(other.origin)
    await ctx.fetch(api.origin)
    expect(admitted).toHaveLength(2)
    for (const mostMs of admitted) {
      expect(mostMs).toBeGreaterThan(4_000)
      expect(mostMs).toBeLessThanOrEqual(5_000)
    }
  })

  test('holds its place until the headers have come, or the try has failed', async () => {
    let underWay = 0
    let most = 0
    await using api = await serve((_, response) => {
      most = Math.max(most, ++underWay)
      setTimeout(() => {
        underWay--
        response.write('begun')
      }, 20)
    })
    const pacer = createPacer({ parallel: 2 })
    const ctx = context(api.origin, { pacer })
    // No body is read to its end, so only the headers can have made room.
    const responses = await Promise.all(Array.from({ length: 6 }, () => ctx.fetch(api.origin)))
    expect(most).toBe(2)
    await Promise.all(responses.map((response) => response.body?.cancel()))

    const gone = `http://127.0.0.1:${await closedPort()}`
    const narrow = createPacer({ parallel: 1 })
    await failure(context(gone, { pacer: narrow, retry: { tries: 3 } }).fetch(gone))
    ;(await narrow.admit(never, 100))()
  })

  test('that was asked too often pauses everybody, as long as the provider says', async () => {
    let asked = 0
    await using api = await serve((request, response) => {
      asked++
      if (request.url === '/busy' && asked === 1) json(response, 429, {}, { 'retry-after': '0.3' })
      else json(response, 200, {})
    })
    const pacer = createPacer({})
    const begun = performance.now()
    const busy = context(api.origin, { pacer }).fetch(`${api.origin}/busy`)
    await expect.poll(() => api.seen.length, { interval: 2 }).toBe(1)
    await new Promise((resolve) => setTimeout(resolve, 30))
    await context(api.origin, { pacer }).fetch(`${api.origin}/calm`)
    expect(performance.now() - begun).toBeGreaterThanOrEqual(295)
    await busy
  })

  test('pauses for the backoff where the provider says nothing, also when it asks no more itself', async () => {
    const pauses: number[] = []
    const pacer: Pacer = { admit: async () => () => {}, pause: async (ms) => void pauses.push(ms) }
    await using api = await serve((_, response) => json(response, 429, {}))
    const ctx = context(api.origin, { pacer, retry: { baseMs: 40, tries: 2 } })
    await failure(ctx.fetch(api.origin))
    await failure(ctx.fetch(api.origin, { method: 'POST', body: 'x' }))
    expect(pauses).toHaveLength(3)
    for (const ms of pauses) {
      expect(ms).toBeGreaterThanOrEqual(20)
      expect(ms).toBeLessThanOrEqual(80)
    }
  })

  test('pauses nobody for a foreign host, nor for another error', async () => {
    const pauses: number[] = []
    const pacer: Pacer = { admit: async () => () => {}, pause: async (ms) => void pauses.push(ms) }
    await using other = await serve((_, response) => json(response, 429, {}))
    await using api = await serve((request, response) =>
      request.url === '/away' ? response.writeHead(307, { location: other.origin }).end() : json(response, 503, {}),
    )
    const ctx = context(api.origin, { pacer, retry: { tries: 2 } })
    expect((await failure(ctx.fetch(other.origin))).code).toBe('rate_limited')
    expect((await failure(ctx.fetch(`${api.origin}/away`))).code).toBe('rate_limited')
    expect((await failure(ctx.fetch(api.origin))).code).toBe('provider_unavailable')
    expect(pauses).toEqual([])
  })

  test('asks nobody when it would have to wait longer than it may', async () => {
    await using api = await serve((_, response) => json(response, 200, {}))
    const pacer = createPacer({})
    await pacer.pause(120_000)
    const error = await failure(context(api.origin, { pacer }).fetch(api.origin))
    expect(error.code).toBe('rate_limited')
    expect(error.retryAfterMs).toBeGreaterThan(119_000)
    expect(api.seen).toHaveLength(0)
  })
})

describe('the pace of a source', () => {
  const sourceWith = (pace: (configured: { settings: Readonly<Record<string, unknown>> }) => Pace) =>
    hosted({ api: 'https://api.example.com' }, { pace })

  test('is what it says for these settings', () => {
    expect(paceOf(hosted({ api: 'https://api.example.com' }), {})).toEqual({})
    expect(
      paceOf(
        sourceWith(({ settings }) => ({ parallel: settings.n as number })),
        { n: 3 },
      ),
    ).toEqual({ parallel: 3 })
  })

  test.each<[string, () => Pace]>([
    ['zero requests', () => ({ perSecond: 0 })],
    ['no number', () => ({ perSecond: Number.NaN })],
    ['half a request', () => ({ parallel: 0.5 })],
    ['room for none', () => ({ parallel: 0 })],
    ['a burst of none', () => ({ perSecond: 1, burst: 0 })],
    [
      'an exception',
      () => {
        throw new Error('bug')
      },
    ],
  ])('is misconfigured when it is %s', async (_, pace) => {
    expect((await failure((async () => paceOf(sourceWith(pace), {}))())).code).toBe('misconfigured')
  })
})
