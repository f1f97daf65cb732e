import { createHash } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { gzipSync } from 'node:zlib'
import type { FetchInit } from '@wellhead/datasource-node'
import { describe, expect, test } from 'vitest'
import type { ContextOptions } from '../src/index.ts'
import { context, credentials, failure } from './connection.ts'
import { json, type LoopbackServer, type Seen, serve } from './loopback-server.ts'

/** No two of its bytes that are near are alike, so that a shift or a repetition shows. */
const content = Buffer.concat(
  Array.from({ length: 2_000 }, (_, index) => createHash('sha256').update(String(index)).digest()),
)
const other = Buffer.from(content.map((byte) => byte ^ 0xff))

type Step = (request: Seen, response: ServerResponse, socket: Socket) => void

/** Answers the first request by the first step, and so on; a request more is a 500. */
function scripted(...steps: readonly Step[]): Promise<LoopbackServer> {
  let asked = 0
  return serve((request, response, socket) => {
    const step = steps[asked++]
    if (step) step(request, response, socket)
    else json(response, 500, {})
  })
}

const etag = { etag: '"v1"' }

/** The body up to `breakAt` and no further; whole without it. */
function body(response: ServerResponse, socket: Socket, bytes: Uint8Array, breakAt = Number.POSITIVE_INFINITY): void {
  if (breakAt >= bytes.byteLength) response.end(bytes)
  else if (breakAt === 0) {
    response.flushHeaders()
    setImmediate(() => socket.destroy())
  } else response.write(bytes.subarray(0, breakAt), () => setImmediate(() => socket.destroy()))
}

const whole =
  (breakAt?: number, headers: Record<string, string> = etag, bytes: Uint8Array = content): Step =>
  (_, response, socket) => {
    response.writeHead(200, { 'content-length': String(bytes.byteLength), ...headers })
    body(response, socket, bytes, breakAt)
  }

interface PartOptions {
  readonly breakAt?: number
  readonly headers?: Record<string, string>
  readonly bytes?: Uint8Array
  readonly total?: number | '*'
  readonly shift?: number
  /** The part is no longer than this. */
  readonly most?: number
}

/** The range that was asked for, as 206. */
const part =
  ({ breakAt, headers = etag, bytes = content, total, shift = 0, most }: PartOptions = {}): Step =>
  (request, response, socket) => {
    const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '') ?? []
    const start = Number(from) + shift
    const wanted = to ? Number(to) + 1 : bytes.byteLength
    const end = Math.min(wanted, most === undefined ? wanted : start + most)
    response.writeHead(206, {
      'content-range': `bytes ${start}-${end - 1}/${total ?? bytes.byteLength}`,
      'content-length': String(end - start),
      ...headers,
    })
    body(response, socket, bytes.subarray(start, end), breakAt)
  }

async function download(
  api: LoopbackServer,
  init: FetchInit = {},
  options: Partial<ContextOptions> = {},
): Promise<Buffer> {
  const response = await context(api.origin, options).fetch(`${api.origin}/file`, { resume: true, ...init })
  return Buffer.from(await response.arrayBuffer())
}

const ranges = (api: LoopbackServer) => api.seen.map((one) => one.headers.range)
const changed = { code: 'provider_unavailable', message: 'The content changed while it was read.' }

describe('a body that breaks off', () => {
  test('goes on where it ended, in as many parts as it takes', async () => {
    await using api = await scripted(whole(10_000), part({ breakAt: 1 }), part({ breakAt: 20_000 }), part())
    expect(await download(api)).toEqual(content)
    expect(ranges(api)).toEqual([undefined, 'bytes=10000-', 'bytes=10001-', 'bytes=30001-'])
    for (const one of api.seen) expect(one.headers).toMatchObject({ 'accept-encoding': 'identity' })
    expect(api.seen.map((one) => one.headers['if-range'])).toEqual([undefined, '"v1"', '"v1"', '"v1"'])
  })

  test('is asked for by the same request: method, body and headers', async () => {
    await using api = await scripted(whole(10), part())
    const init = { method: 'POST', json: { path: '/a' }, headers: { 'X-Arg': 'b' }, replayable: true }
    expect(await download(api, init)).toEqual(content)
    for (const one of api.seen)
      expect(one).toMatchObject({ method: 'POST', body: '{"path":"/a"}', headers: { 'x-arg': 'b' } })
  })

  test('survives the end of its token: the rest is asked for with a refreshed one', async () => {
    let live = 1
    await using api = await serve((request, response, socket) => {
      if (request.headers.authorization !== `Bearer secret-${live}`) return json(response, 401, {})
      const step = request.headers.range === undefined ? whole(10_000) : part(live < 3 ? { breakAt: 5_000 } : {})
      step(request, response, socket)
      live++
    })
    const { port, rejected } = credentials()
    expect(await download(api, {}, { credential: port })).toEqual(content)
    expect(rejected).toEqual([1, 2])
  })

  test('is asked for at its first address again: where that redirects may have run out', async () => {
    await using api = await scripted(
      (_, response) => response.writeHead(302, { location: '/at?signature=1' }).end(),
      whole(500),
      (_, response) => response.writeHead(302, { location: '/at?signature=2' }).end(),
      part(),
    )
    expect(await download(api)).toEqual(content)
    expect(api.seen.map((one) => one.url)).toEqual(['/file', '/at?signature=1', '/file', '/at?signature=2'])
    expect(ranges(api)).toEqual([undefined, undefined, 'bytes=500-', 'bytes=500-'])
  })

  test('without a length goes on too, and a part that is shorter than it might be is not the end', async () => {
    const unsized: Step = (_, response, socket) => {
      response.writeHead(200, etag)
      body(response, socket, content, 30_000)
    }
    await using api = await scripted(unsized, part({ most: 100 }), part())
    expect(await download(api)).toEqual(content)
    expect(ranges(api)).toEqual([undefined, 'bytes=30000-', 'bytes=30100-'])
  })

  test('keeps the source’s own range', async () => {
    await using api = await scripted(part({ breakAt: 100 }), part({ breakAt: 50 }), part())
    const bytes = await download(api, { headers: { Range: 'bytes=1000-1999' } })
    expect(bytes).toEqual(content.subarray(1_000, 2_000))
    expect(ranges(api)).toEqual(['bytes=1000-1999', 'bytes=1100-1999', 'bytes=1150-1999'])
    await using open = await scripted(part({ breakAt: 100 }), part())
    expect(await download(open, { headers: { range: 'bytes=1000-' } })).toEqual(content.subarray(1_000))
    expect(ranges(open)).toEqual(['bytes=1000-', 'bytes=1100-'])
  })

  test('is whole as soon as all its bytes have come', async () => {
    await using api = await scripted((_, response, socket) => {
      response.writeHead(206, { 'content-range': 'bytes 0-99/64000' })
      body(response, socket, content, 100)
    })
    expect(await download(api, { headers: { range: 'bytes=0-99' } })).toEqual(content.subarray(0, 100))
    expect(api.seen).toHaveLength(1)
  })
})

describe('the mark of the content', () => {
  const long = 'Wed, 01 Jan 2025 00:00:00 GMT'

  test.each([
    ['a strong entity tag', { etag: '"v1"', 'last-modified': long }, '"v1"'],
    ['no weak one', { etag: 'W/"v1"', 'last-modified': long }, undefined],
    ['a date where there is no tag', { 'last-modified': long }, long],
    ['no date of this very second', { 'last-modified': long, date: long }, undefined],
    ['nothing', {}, undefined],
  ])('is sent back: %s', async (_, headers, ifRange) => {
    await using api = await scripted(whole(10, headers), part({ headers }))
    expect(await download(api, { headers: { 'If-Range': '"own"' } })).toEqual(content)
    expect(api.seen[1]?.headers['if-range']).toBe(ifRange)
  })

  test.each([
    ['another entity tag', { etag: '"v1"' }, { etag: '"v2"' }],
    ['another weak one', { etag: 'W/"v1"' }, { etag: 'W/"v2"' }],
    ['another date', { 'last-modified': long }, { 'last-modified': 'Thu, 02 Jan 2025 00:00:00 GMT' }],
  ])('that differs in a part ends the reading: %s', async (_, before, after) => {
    await using api = await scripted(whole(10, before), part({ headers: after }))
    expect(await failure(download(api))).toMatchObject(changed)
    expect(api.seen).toHaveLength(2)
  })
})

describe('a server that sends the whole again', () => {
  const date = { 'last-modified': 'Wed, 01 Jan 2025 00:00:00 GMT' }

  test.each([
    ['the same entity tag', { etag: '"v1"' }, { etag: 'W/"v1"' }],
    ['the same date', date, date],
    ['the same length', {}, {}],
  ])('is read past what is known: %s', async (_, before, after) => {
    await using api = await scripted(whole(10_000, before), whole(20_000, after), whole(undefined, after))
    expect(await download(api)).toEqual(content)
  })

  test('within a range of the source’s own is read to the end of that range alone', async () => {
    await using api = await scripted(part({ breakAt: 100 }), whole())
    expect(await download(api, { headers: { range: 'bytes=1000-1999' } })).toEqual(content.subarray(1_000, 2_000))
  })

  test.each([
    ['another entity tag', { etag: '"v1"' }, { etag: '"v2"' }],
    ['another date', date, { 'last-modified': 'Thu, 02 Jan 2025 00:00:00 GMT' }],
  ])('with %s has other content', async (_, before, after) => {
    await using api = await scripted(whole(10, before), whole(undefined, after, other))
    expect(await failure(download(api))).toMatchObject(changed)
  })

  test('of another length, or of none, proves nothing', async () => {
    await using longer = await scripted(whole(10, {}), whole(undefined, {}, Buffer.concat([content, content])))
    expect(await failure(download(longer))).toMatchObject(changed)
    await using unsized = await scripted(whole(10, {}), (_, response) => {
      response.write(content.subarray(0, 10))
      response.end(content.subarray(10))
    })
    expect(await failure(download(unsized))).toMatchObject(changed)
  })

  test('and breaks off before anything new has brought nothing new', async () => {
    await using api = await scripted(whole(10_000), ...Array.from({ length: 9 }, () => whole(9_000)))
    expect(await failure(download(api))).toMatchObject({ code: 'provider_unavailable' })
    expect(api.seen).toHaveLength(6)
  })
})

describe('what is not the rest', () => {
  test.each([
    ['a part from elsewhere', part({ shift: 1 })],
    ['a part of something longer', part({ total: 64_001 })],
    [
      'a part that says nothing of its place',
      (_: Seen, response: ServerResponse) => response.writeHead(206, etag).end(content.subarray(10)),
    ],
    [
      'several parts',
      (_: Seen, response: ServerResponse) =>
        response.writeHead(206, { 'content-type': 'multipart/byteranges' }).end('x'),
    ],
    [
      'no such range',
      (_: Seen, response: ServerResponse) => response.writeHead(416, { 'content-range': 'bytes */5' }).end(),
    ],
    ['nothing modified', (_: Seen, response: ServerResponse) => response.writeHead(304).end()],
    [
      'a packed part',
      (_: Seen, response: ServerResponse) =>
        response
          .writeHead(206, { 'content-range': 'bytes 10-63999/64000', 'content-encoding': 'gzip', ...etag })
          .end(gzipSync(content.subarray(10))),
    ],
  ] as [string, Step][])('is an error and no mixture: %s', async (_, step) => {
    await using api = await scripted(whole(10), step)
    expect(await failure(download(api))).toMatchObject(changed)
    expect(api.seen).toHaveLength(2)
  })

  test('a part with an open total is taken at its word', async () => {
    await using api = await scripted(whole(10), part({ total: '*' }))
    expect(await download(api)).toEqual(content)
  })

  test('a part of a range that goes beyond it', async () => {
    await using api = await scripted(part({ breakAt: 100 }), (_, response) =>
      response
        .writeHead(206, { 'content-range': 'bytes 1100-2999/64000', ...etag })
        .end(content.subarray(1_100, 3_000)),
    )
    expect(await failure(download(api, { headers: { range: 'bytes=1000-1999' } }))).toMatchObject(changed)
  })
})

describe('it ends', () => {
  test('after five times in a row without a new byte, and not while there are some', async () => {
    const steps = Array.from({ length: 30 }, () => part({ breakAt: 1 }))
    await using slow = await scripted(whole(1), ...steps, part())
    expect(await download(slow)).toEqual(content)
    expect(slow.seen).toHaveLength(32)

    await using stuck = await scripted(whole(1), part({ breakAt: 5 }), ...steps.map(() => part({ breakAt: 0 })))
    expect(await failure(download(stuck))).toMatchObject({ code: 'provider_unavailable' })
    expect(stuck.seen).toHaveLength(7)
  })

  test('after five times that the provider is away', async () => {
    const away: Step = (_, response) => json(response, 503, {})
    await using back = await scripted(whole(10), away, away, away, part())
    expect(await download(back, {}, { retry: { tries: 2 } })).toEqual(content)
    await using gone = await scripted(whole(10), ...Array.from({ length: 20 }, () => away))
    expect(await failure(download(gone, {}, { retry: { tries: 2 } }))).toMatchObject({ code: 'provider_unavailable' })
    expect(gone.seen).toHaveLength(11)
  })

  test('with an error that no asking again mends', async () => {
    await using api = await scripted(whole(10), (_, response) => json(response, 404, {}))
    expect(await failure(download(api))).toMatchObject({ code: 'not_found' })
    await using busy = await scripted(whole(10), (_, response) => json(response, 429, {}, { 'retry-after': '600' }))
    expect(await failure(download(busy))).toMatchObject({ code: 'rate_limited', retryAfterMs: 600_000 })
  })

  test('with the signal, wherever it strikes', async () => {
    const waiting = new AbortController()
    await using api = await scripted(whole(10), whole(0), (_, response) => json(response, 503, {}))
    const retry = { baseMs: 60_000 }
    const pending = failure(download(api, {}, { signal: waiting.signal, retry }))
    await expect.poll(() => api.seen.length).toBe(1)
    waiting.abort()
    expect((await pending).code).toBe('cancelled')

    const asking = new AbortController()
    await using silent = await scripted(whole(10), () => {})
    const asked = failure(download(silent, {}, { signal: asking.signal }))
    await expect.poll(() => silent.seen.length).toBe(2)
    asking.abort()
    expect((await asked).code).toBe('cancelled')
  })

  test('when its reader has enough: nothing more is asked for', async () => {
    let isClosed = false
    await using api = await scripted(whole(10), (_, response) => {
      response.once('close', () => {
        isClosed = true
      })
    })
    const response = await context(api.origin).fetch(`${api.origin}/file`, { resume: true })
    const reader = response.body!.getReader()
    await reader.read()
    const next = reader.read()
    await expect.poll(() => api.seen.length).toBe(2)
    await reader.cancel()
    expect((await next).done).toBe(true)
    await expect.poll(() => isClosed).toBe(true)
  })

  test('when all parts together are larger than they may be', async () => {
    const unsized: Step = (_, response, socket) => {
      response.writeHead(200, etag)
      body(response, socket, content, 600)
    }
    await using api = await scripted(unsized, part({ total: '*', most: 900 }), part({ total: '*', most: 900 }))
    expect(await failure(download(api, { maxBytes: 1_000 }))).toMatchObject({ code: 'invalid_response' })
  })
})

describe('no resumption', () => {
  test('of a body that is packed all the same', async () => {
    await using api = await scripted((_, response, socket) => {
      const packed = gzipSync(content)
      response.writeHead(200, { 'content-encoding': 'gzip', 'content-length': String(packed.byteLength), ...etag })
      body(response, socket, packed, 1_000)
    })
    expect(await failure(download(api))).toMatchObject({ code: 'provider_unavailable' })
    expect(api.seen).toHaveLength(1)
  })

  test.each([
    ['a request that may not be sent again', { method: 'POST', body: 'x' }],
    ['a GET that says so of itself', { replayable: false }],
    ['one that does not ask for it', { resume: false }],
  ])('of %s', async (_, init) => {
    await using api = await scripted(whole(10), part())
    expect(await failure(download(api, init))).toMatchObject({ code: 'provider_unavailable' })
    expect(api.seen).toHaveLength(1)
    expect(api.seen[0]?.headers['accept-encoding']).not.toBe('identity')
  })
})

test('an answer without a body, and one that never breaks, are as they are', async () => {
  await using api = await scripted(
    (_, response) => response.writeHead(304).end(),
    whole(undefined, { ...etag, 'x-own': 'kept' }),
  )
  const ctx = context(api.origin)
  const none = await ctx.fetch(api.origin, { resume: true })
  expect([none.status, none.body]).toEqual([304, null])
  const response = await ctx.fetch(`${api.origin}/file`, { resume: true })
  expect(response.url).toBe(`${api.origin}/file`)
  expect(response.headers.get('x-own')).toBe('kept')
  expect(Buffer.from(await response.arrayBuffer())).toEqual(content)
})
