import { gzipSync } from 'node:zlib'
import { DataSourceError, isDataSourceError } from '@wellhead/datasource-node'
import { describe, expect, test } from 'vitest'
import { allowedOrigins, type LiveCredential } from '../src/index.ts'
import { context, credentials, failure, logged } from './connection.ts'
import { closedPort, json, serve, serveTcp } from './loopback-server.ts'
import { hosted, keySpec, oauthSpec } from './sample-source.ts'

describe('the credential', () => {
  test('goes where the spec places it, over anything the source set', async () => {
    await using api = await serve((_, response) => json(response, 200, {}))
    await context(api.origin).fetch(api.origin, { headers: { Authorization: 'Bearer other', 'X-Own': 'kept' } })
    await context(api.origin, { auth: keySpec }).fetch(`${api.origin}/k`)
    expect(api.seen[0]?.headers).toMatchObject({ authorization: 'Bearer secret-1', 'x-own': 'kept' })
    expect(api.seen[1]?.headers).toMatchObject({ 'x-api-key': 'secret-1' })
    expect(api.seen[1]?.headers).not.toHaveProperty('authorization')
  })

  test('goes to no other origin; another port is another origin', async () => {
    await using api = await serve((_, response) => json(response, 200, {}))
    await using other = await serve((_, response) => json(response, 200, {}))
    await context(api.origin).fetch(other.origin)
    await context(api.origin).fetch(`http://127.0.0.1:${other.port}/${api.origin}`)
    expect(other.seen).toHaveLength(2)
    for (const one of other.seen) expect(JSON.stringify(one)).not.toContain('secret-1')
  })

  test('is dropped by a redirect to another origin, and does not come back with one that returns', async () => {
    await using api = await serve((request, response) =>
      request.url === '/start'
        ? response.writeHead(302, { location: `${other.origin}/away` }).end()
        : json(response, 200, { at: request.url }),
    )
    await using other = await serve((request, response) =>
      request.url === '/away?back' ? response.end() : response.writeHead(302, { location: `${api.origin}/back` }).end(),
    )
    for (const auth of [oauthSpec, keySpec]) {
      const response = await context(api.origin, { auth }).fetch(`${api.origin}/start`)
      expect(await response.json()).toEqual({ at: '/back' })
    }
    expect(other.seen).toHaveLength(2)
    for (const one of other.seen) expect(JSON.stringify(one)).not.toContain('secret-1')
    const [first, back] = api.seen
    expect(first?.headers.authorization).toBe('Bearer secret-1')
    expect(JSON.stringify(back)).not.toContain('secret-1')
  })

  test('stays over redirects among the data source’s own hosts', async () => {
    await using content = await serve((_, response) => json(response, 200, {}))
    await using api = await serve((_, response) => response.writeHead(307, { location: `${content.origin}/c` }).end())
    const own = hosted(
      { api: api.origin, content: content.origin },
      { hosts: ({ endpoints }) => [endpoints.api, endpoints.content!] },
    )
    await context(api.origin, { hosted: own }).fetch(api.origin)
    expect(content.seen[0]?.headers.authorization).toBe('Bearer secret-1')
  })

  test('that no header can carry is refused without a request', async () => {
    await using api = await serve((_, response) => response.end())
    const credential = { current: async () => ({ secret: 'k_…\nX: y', generation: 1, issuedAt: 0 }) }
    const error = await failure(context(api.origin, { credential }).fetch(api.origin))
    expect(error.code).toBe('unauthorized')
    expect(error.message).not.toContain('k_')
    expect(api.seen).toHaveLength(0)
  })

  test('never shows in messages or logs, nor does a query string', async () => {
    await using api = await serve((request, response) =>
      json(response, 400, { echo: request.headers.authorization, url: `${api.origin}${request.url}` }),
    )
    const error = await failure(context(api.origin).fetch(`${api.origin}/p?token=t0psecret`))
    expect(error.message).toContain('/p')
    for (const text of [error.message, JSON.stringify(error), error.stack, ...logged]) {
      expect(text).not.toMatch(/secret-1|t0psecret/)
    }
    expect(logged.length).toBeGreaterThan(0)
  })
})

describe('hosts', () => {
  test('default to the configured api', () => {
    expect([...allowedOrigins(hosted({ api: 'https://api.example.com/v1/' }), {})]).toEqual(['https://api.example.com'])
  })

  test('follow the settings', () => {
    const own = hosted({ api: 'https://a.example.com' }, { hosts: ({ settings }) => [String(settings.baseUrl)] })
    expect([...allowedOrigins(own, { baseUrl: 'http://b.example.com:8080/x' })]).toEqual(['http://b.example.com:8080'])
  })

  test('that are no http(s) URLs are misconfigured', async () => {
    for (const bad of ['data:text/plain,x', 'nonsense', undefined as unknown as string]) {
      const own = hosted({ api: 'https://a.example.com' }, { hosts: () => [bad] })
      expect((await failure(context('', { hosted: own }).fetch('data:text/plain,y'))).code).toBe('misconfigured')
    }
  })

  test('endpoint() gives configured URLs without a trailing slash', () => {
    const ctx = context('https://api.example.com/v1/')
    expect(ctx.endpoint('api')).toBe('https://api.example.com/v1')
    expect(() => ctx.endpoint('nowhere')).toThrow(DataSourceError)
  })
})

describe('a 401', () => {
  const wants = (secret: string) =>
    serve((request, response) => {
      if (request.headers.authorization === `Bearer ${secret}`) json(response, 200, { body: request.body })
      else json(response, 401, { code: 'unauthorized' })
    })

  test('refreshes once, naming the generation that was used, and replays', async () => {
    await using api = await wants('secret-2')
    const { port, rejected } = credentials()
    expect((await context(api.origin, { credential: port }).fetch(api.origin)).status).toBe(200)
    expect(rejected).toEqual([1])
    expect(api.seen.map((one) => one.headers.authorization)).toEqual(['Bearer secret-1', 'Bearer secret-2'])
  })

  test('replays a POST that is not replayable too: it was refused, not processed', async () => {
    await using api = await wants('secret-2')
    const response = await context(api.origin).fetch(api.origin, { method: 'POST', json: { a: 1 } })
    expect(await response.json()).toEqual({ body: '{"a":1}' })
    expect(api.seen).toHaveLength(2)
  })

  test('adopts a newer credential instead of refreshing', async () => {
    const { port, rejected, set } = credentials()
    await using api = await serve((request, response) => {
      if (request.headers.authorization === 'Bearer newer') return json(response, 200, {})
      set({ secret: 'newer', generation: 2, issuedAt: Date.now() })
      json(response, 401, {})
    })
    expect((await context(api.origin, { credential: port }).fetch(api.origin)).status).toBe(200)
    expect(rejected).toEqual([])
  })

  test('that comes again is unauthorized, after one refresh', async () => {
    await using api = await wants('never')
    const { port, rejected } = credentials()
    const error = await failure(context(api.origin, { credential: port }).fetch(`${api.origin}/pages`))
    expect(error).toMatchObject({ code: 'unauthorized', status: 401 })
    expect(rejected).toEqual([1])
    expect(api.seen.map((one) => one.url)).toEqual(['/pages', '/pages', '/me'])
  })

  test('on a young token asks who it is: a good answer means a missing scope', async () => {
    await using api = await serve((request, response) => json(response, request.url === '/me' ? 200 : 401, {}))
    const { port, rejected } = credentials({ issuedAt: Date.now() - 1_000 })
    const error = await failure(context(api.origin, { credential: port }).fetch(`${api.origin}/pages`))
    expect(error).toMatchObject({ code: 'missing_scope', status: 401 })
    expect(rejected).toEqual([])
    expect(api.seen.map((one) => one.url)).toEqual(['/pages', '/me'])
  })

  test('on a young token that identifies nobody leads to one refresh, as on any dead token', async () => {
    await using api = await wants('never')
    const { port, rejected } = credentials({ issuedAt: Date.now() })
    const error = await failure(context(api.origin, { credential: port }).fetch(`${api.origin}/pages`))
    expect(error.code).toBe('unauthorized')
    expect(rejected).toEqual([1])
    expect(api.seen.map((one) => one.url)).toEqual(['/pages', '/me', '/pages', '/me'])
  })

  test('proves nothing while the provider cannot say who it is', async () => {
    await using api = await serve((request, response) => json(response, request.url === '/me' ? 503 : 401, {}))
    const { port } = credentials({ issuedAt: Date.now() })
    const error = await failure(context(api.origin, { credential: port, retry: { tries: 2 } }).fetch(api.origin))
    expect(error.code).toBe('provider_unavailable')
  })

  test('with verifyIdentity off is unauthorized at once on a young token', async () => {
    await using api = await wants('never')
    const { port } = credentials({ issuedAt: Date.now() })
    const ctx = context(api.origin, { credential: port, verifyIdentity: false })
    expect((await failure(ctx.fetch(api.origin))).code).toBe('unauthorized')
    expect(api.seen).toHaveLength(1)
  })

  test('on an API key is the source’s own word, with no second request', async () => {
    await using api = await wants('never')
    const { port } = credentials({ refreshable: false })
    const ctx = context(api.origin, { auth: keySpec, credential: port })
    expect((await failure(ctx.fetch(api.origin))).code).toBe('unauthorized')
    expect(api.seen).toHaveLength(1)
  })

  test('is what the spec says it is', async () => {
    await using api = await serve((request, response) => {
      if (request.headers.authorization === 'Bearer secret-2') json(response, 200, {})
      else json(response, 400, { error: { code: 'expired' } })
    })
    const isUnauthorized = ({ json: body }: { json: unknown }) => JSON.stringify(body).includes('expired')
    expect((await context(api.origin, { auth: { ...oauthSpec, isUnauthorized } }).fetch(api.origin)).status).toBe(200)
  })

  test('of a host that got no credential says nothing about the credential', async () => {
    await using api = await serve((_, response) => response.end())
    await using other = await serve((_, response) => json(response, 401, {}))
    const { port, rejected } = credentials()
    const error = await failure(context(api.origin, { credential: port }).fetch(other.origin))
    expect(error).toMatchObject({ code: 'content_unavailable', status: 401 })
    expect(rejected).toEqual([])
  })

  test('whose refresh fails gives the refresh’s error', async () => {
    await using api = await wants('never')
    for (const thrown of [new DataSourceError('unauthorized', 'Grant gone.'), new Error('lease')]) {
      const credential = { ...credentials().port, refresh: () => Promise.reject(thrown) }
      const error = await failure(context(api.origin, { credential }).fetch(api.origin))
      expect(error.code).toBe(isDataSourceError(thrown) ? 'unauthorized' : 'provider_unavailable')
    }
    expect(api.seen).toHaveLength(2)
  })
})

describe('unsuccessful answers', () => {
  test('are mapped by the source; 304 is none', async () => {
    await using api = await serve((request, response) => json(response, Number(request.url.slice(1)), { code: 'x' }))
    expect((await failure(context(api.origin).fetch(`${api.origin}/404`))).code).toBe('not_found')
    expect((await failure(context(api.origin).fetch(`${api.origin}/422`))).code).toBe('invalid_request')
    expect((await context(api.origin).fetch(`${api.origin}/304`)).status).toBe(304)
  })

  test('are judged by their status where the source itself fails', async () => {
    await using api = await serve((_, response) => json(response, 400, { code: 'explode' }))
    expect(await failure(context(api.origin).fetch(api.origin))).toMatchObject({ code: 'invalid_request', status: 400 })
  })

  test.each([
    ['HTML', (body: string) => body, '<html>Bad gateway</html>'],
    ['half of a JSON', (body: string) => body, '{"code":'],
    ['nothing', (body: string) => body, ''],
    ['broken gzip', (body: string) => gzipSync(body).subarray(0, 12), 'something'],
  ])('survive %s', async (what, pack, body) => {
    const headers = what === 'broken gzip' ? { 'content-encoding': 'gzip' } : {}
    await using api = await serve((_, response) => response.writeHead(400, headers).end(pack(body)))
    expect(await failure(context(api.origin).fetch(api.origin))).toMatchObject({ code: 'invalid_request', status: 400 })
  })

  test('are cut at 64 KiB and survive a body that breaks off or never ends', async () => {
    const lengths: number[] = []
    const toError = (failed: { text: string }) => {
      lengths.push(failed.text.length)
      return new DataSourceError('invalid_request', 'No.')
    }
    await using api = await serve((request, response, socket) => {
      response.writeHead(400)
      if (request.url === '/big') response.end('x'.repeat(200_000))
      else if (request.url === '/broken') response.write('half', () => socket.destroy())
      else response.write('half')
    })
    const ctx = context(api.origin, { hosted: hosted({ api: api.origin }, { toError }) })
    for (const path of ['/big', '/broken', '/endless']) await failure(ctx.fetch(api.origin + path, { timeoutMs: 200 }))
    expect(lengths).toEqual([65_536, 4, 4])
  })
})

describe('asking again', () => {
  const failing = (times: number, status: number, headers: Record<string, string> = {}) => {
    let asked = 0
    return serve((_, response) => {
      asked++
      json(response, asked > times ? 200 : status, {}, asked > times ? {} : headers)
    })
  }

  test.each([429, 500, 503])('a GET after %i', async (status) => {
    await using api = await failing(2, status)
    expect((await context(api.origin).fetch(api.origin)).status).toBe(200)
    expect(api.seen).toHaveLength(3)
  })

  test('at most five times', async () => {
    await using api = await failing(100, 503)
    expect((await failure(context(api.origin).fetch(api.origin))).code).toBe('provider_unavailable')
    expect(api.seen).toHaveLength(5)
  })

  test('never a POST, unless it says that it may be', async () => {
    await using api = await failing(2, 503)
    const ctx = context(api.origin)
    await failure(ctx.fetch(api.origin, { method: 'POST', json: {} }))
    expect(api.seen).toHaveLength(1)
    expect((await ctx.fetch(api.origin, { method: 'POST', json: {}, replayable: true })).status).toBe(200)
  })

  test('never after another error', async () => {
    await using api = await failing(100, 404)
    await failure(context(api.origin).fetch(api.origin))
    expect(api.seen).toHaveLength(1)
  })

  test('not before Retry-After', async () => {
    await using api = await failing(1, 429, { 'retry-after': '1' })
    const begun = performance.now()
    await context(api.origin).fetch(api.origin)
    expect(performance.now() - begun).toBeGreaterThanOrEqual(990)
  })

  test('never beyond its patience: the error then says how long to wait', async () => {
    await using api = await failing(100, 429, { 'retry-after': '120' })
    const error = await failure(context(api.origin).fetch(api.origin))
    expect(error).toMatchObject({ code: 'rate_limited', retryAfterMs: 120_000, status: 429 })
    expect(api.seen).toHaveLength(1)
  })

  test('ends with the signal', async () => {
    await using api = await failing(100, 429, { 'retry-after': '30' })
    const controller = new AbortController()
    const pending = failure(context(api.origin, { signal: controller.signal }).fetch(api.origin))
    await expect.poll(() => api.seen.length).toBe(1)
    controller.abort()
    expect((await pending).code).toBe('cancelled')
  })

  test('after a reset, for what may be replayed', async () => {
    let asked = 0
    await using api = await serve((_, response, socket) => {
      asked++
      if (asked % 2) socket.resetAndDestroy()
      else json(response, 200, {})
    })
    expect((await context(api.origin).fetch(api.origin)).status).toBe(200)
    const error = await failure(context(api.origin).fetch(api.origin, { method: 'POST', body: 'x' }))
    expect(error.code).toBe('provider_unavailable')
    expect(asked).toBe(3)
  })

  test('a POST too, when nothing of it was sent', async () => {
    const origin = `http://127.0.0.1:${await closedPort()}`
    await failure(context(origin, { retry: { tries: 3 } }).fetch(origin, { method: 'POST', body: 'x' }))
    expect(logged.filter((line) => line.includes('again'))).toHaveLength(2)
  })
})

describe('the network’s failures', () => {
  const once = { retry: { tries: 1 } }

  test('are data source errors', async () => {
    const refused = `http://127.0.0.1:${await closedPort()}`
    expect((await failure(context(refused, once).fetch(refused))).code).toBe('provider_unavailable')
    await using silent = await serveTcp(() => {})
    const slow = context(silent.origin, once).fetch(silent.origin, { timeoutMs: 50 })
    expect((await failure(slow)).code).toBe('provider_unavailable')
    await using api = await serve((_, response) => response.end('x'.repeat(100)))
    expect((await failure(context(api.origin).fetch(api.origin, { maxBytes: 10 }))).code).toBe('invalid_response')
  })

  test('a private address is the operator’s mistake as an endpoint, and a bad request otherwise', async () => {
    const origin = 'http://10.0.0.1'
    expect((await failure(context(origin).fetch(origin))).code).toBe('misconfigured')
    expect((await failure(context('https://api.example.com').fetch(`${origin}/?q=1`))).code).toBe('invalid_request')
  })

  test('what cannot be sent is a bad request', async () => {
    const ctx = context('https://api.example.com')
    const circular: Record<string, unknown> = {}
    circular.self = circular
    const bad = [
      ctx.fetch('/relative'),
      ctx.fetch('https://x/', { json: circular }),
      ctx.fetch('https://x/', { json: 1, body: 'x' }),
    ]
    for (const one of bad) expect((await failure(one)).code).toBe('invalid_request')
  })

  test('in the middle of a body reach the reader as data source errors', async () => {
    await using api = await serve((_, response, socket) => {
      response.writeHead(200, { 'content-length': '100' })
      response.write('half', () => socket.destroy())
    })
    const response = await context(api.origin).fetch(api.origin)
    expect((await failure(response.text())).code).toBe('provider_unavailable')
    const other = await context(api.origin).fetch(api.origin)
    const reader = other.body!.getReader()
    await reader.read()
    expect((await failure(reader.read())).code).toBe('provider_unavailable')
  })

  test('a body that turns out too large is an invalid response', async () => {
    await using api = await serve((_, response) => {
      response.write('x'.repeat(60))
      response.end('x'.repeat(60))
    })
    const response = await context(api.origin).fetch(api.origin, { maxBytes: 100 })
    expect((await failure(response.text())).code).toBe('invalid_response')
  })

  test('an aborted signal is `cancelled`, wherever it strikes', async () => {
    await using api = await serve((request, response) => {
      if (request.url === '/body') response.write('first')
    })
    const before = context(api.origin, { signal: AbortSignal.abort() })
    expect((await failure(before.fetch(api.origin))).code).toBe('cancelled')
    expect(api.seen).toHaveLength(0)

    const during = new AbortController()
    const pending = failure(context(api.origin, { signal: during.signal }).fetch(api.origin))
    await expect.poll(() => api.seen.length).toBe(1)
    during.abort()
    expect((await pending).code).toBe('cancelled')

    const reading = new AbortController()
    const response = await context(api.origin, { signal: reading.signal }).fetch(`${api.origin}/body`)
    const text = failure(response.text())
    reading.abort()
    expect((await text).code).toBe('cancelled')

    const waiting = new AbortController()
    const credential = { current: () => new Promise<LiveCredential>(() => {}) }
    const stuck = failure(context(api.origin, { credential, signal: waiting.signal }).fetch(api.origin))
    waiting.abort()
    expect((await stuck).code).toBe('cancelled')
  })
})

test('a successful body streams', async () => {
  let finish: (() => void) | undefined
  await using api = await serve((_, response) => {
    response.write('first')
    finish = () => response.end('last')
  })
  const response = await context(api.origin).fetch(api.origin, { maxBytes: Number.POSITIVE_INFINITY })
  const reader = response.body!.getReader()
  expect(new TextDecoder().decode((await reader.read()).value)).toBe('first')
  finish?.()
  expect(new TextDecoder().decode((await reader.read()).value)).toBe('last')
  expect(response.url).toBe(`${api.origin}/`)
})
