import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { brotliCompressSync } from 'node:zlib'
import { problem } from '@wellhead/client/schema'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createApi } from '../src/index.ts'
import { type ApiHouse, openApiHouse } from './house.ts'

let house: ApiHouse
let headers: Record<string, string>
beforeAll(async () => {
  house = await openApiHouse({ worker: false })
  headers = { authorization: `Bearer ${await house.token(['connections:write', 'connections:read'])}` }
})
afterAll(() => house?.[Symbol.asyncDispose]())

const json = { 'content-type': 'application/json' }

async function refusal(path: string, init: RequestInit = {}) {
  const response = await fetch(house.url + path, { ...init, headers: { ...headers, ...(init.headers as object) } })
  expect(response.headers.get('content-type')).toBe('application/problem+json; charset=utf-8')
  const body = problem.strict().parse(await response.json())
  expect(body.status).toBe(response.status)
  expect(body.type).toBe(`${house.url}/problems/${body.code}`)
  return { status: response.status, code: body.code, headers: response.headers, body }
}

describe('a problem document', () => {
  it.each([
    ['/v1/nothing', {}, 404, 'not_found'],
    ['/nothing', {}, 404, 'not_found'],
    ['/v1/connections', { method: 'PUT' }, 405, 'method_not_allowed'],
    ['/v1/connections/con_1/validate', {}, 405, 'method_not_allowed'],
    ['/v1/connections', { method: 'POST', headers: json, body: '{' }, 400, 'invalid_request'],
    ['/v1/connections', { method: 'POST', headers: json, body: '' }, 400, 'invalid_request'],
    ['/v1/connections', { method: 'POST', headers: json, body: '[]' }, 400, 'invalid_request'],
    ['/v1/connections', { method: 'POST', headers: json, body: '{"__proto__":{"x":1}}' }, 400, 'invalid_request'],
    [
      '/v1/connections',
      { method: 'POST', headers: { 'content-type': 'text/plain' }, body: '{}' },
      415,
      'unsupported_media_type',
    ],
    ['/v1/connections', { method: 'POST' }, 415, 'unsupported_media_type'],
    [
      '/v1/connections',
      { method: 'POST', headers: json, body: `{"x":"${'x'.repeat(1_100_000)}"}` },
      413,
      'payload_too_large',
    ],
    ['/v1/connections?limit=1&limit=2', {}, 400, 'invalid_request'],
    ['/v1/connections?no_such=1', {}, 400, 'invalid_request'],
    [`/v1/connections/${'x'.repeat(101)}`, {}, 400, 'invalid_request'],
    ['/v1/connections/%E0%A4%A', {}, 400, 'invalid_request'],
    ['/v1/connections', { headers: { authorization: 'Basic eDp5' } }, 401, 'unauthenticated'],
    ['/v1/connections', { headers: { authorization: 'Bearer wh_unknown' } }, 401, 'unauthenticated'],
  ] as const)('%#: %s', async (path, init, status, code) => {
    expect(await refusal(path, init as RequestInit)).toMatchObject({ status, code })
  })

  it('of a wrong method says which are right', async () => {
    const { headers: seen } = await refusal('/v1/connections', { method: 'PUT' })
    expect(seen.get('allow')).toBe('GET, HEAD, POST')
    expect((await refusal('/v1/events', { method: 'DELETE' })).headers.get('allow')).toBe('GET')
  })

  it('has a page behind its type', async () => {
    const { body } = await refusal('/v1/nothing')
    expect(await (await fetch(body.type)).text()).toContain('<code>not_found</code>')
    expect((await fetch(`${house.url}/problems/none`)).status).toBe(404)
    expect((await fetch(`${house.url}/problems/toString`)).status).toBe(404)
  })
})

it('answers HEAD like GET, without a body', async () => {
  const response = await fetch(`${house.url}/v1/connections`, { method: 'HEAD', headers })
  expect([response.status, await response.text()]).toEqual([200, ''])
  expect(Number(response.headers.get('content-length'))).toBeGreaterThan(0)
})

it('sends the headers that keep a browser safe', async () => {
  const { headers: seen } = await fetch(`${house.url}/sign-in`)
  expect(seen.get('content-security-policy')).toBe(
    "default-src 'self';img-src 'self' data: https:;base-uri 'none';object-src 'none';frame-ancestors 'none';form-action 'self'",
  )
  expect(seen.get('x-content-type-options')).toBe('nosniff')
  expect(seen.get('referrer-policy')).toBe('same-origin')
  expect(seen.get('x-powered-by')).toBeNull()
  expect(seen.get('access-control-allow-origin')).toBeNull()
})

it('sends a program with a token the two that matter if a browser shows its answer', async () => {
  const { headers: seen } = await fetch(`${house.url}/v1/connections`, { headers })
  expect(seen.get('content-security-policy')).toBe("default-src 'none';frame-ancestors 'none'")
  expect(seen.get('x-content-type-options')).toBe('nosniff')
  expect(seen.get('x-frame-options')).toBeNull()
  // A browser that a proxy has asked for a password is still one.
  const page = await fetch(`${house.url}/sign-in`, { headers: { authorization: 'Basic YTpi' } })
  expect(page.headers.get('content-security-policy')).toContain("default-src 'self'")
  expect(page.headers.get('x-frame-options')).toBe('DENY')
})

it('leads a browser from 127.0.0.1 to localhost, and leaves the API alone', async () => {
  const { port } = new URL(house.url)
  const ask = (path: string) =>
    new Promise<{ status: number | undefined; location: string | undefined }>((resolve, reject) =>
      request({ host: 'localhost', port, path, headers: { host: `127.0.0.1:${port}` } }, (response) => {
        response.resume()
        resolve({ status: response.statusCode, location: response.headers.location })
      })
        .on('error', reject)
        .end(),
    )
  expect(await ask('/sign-in?x=1')).toEqual({ status: 307, location: `${house.url}/sign-in?x=1` })
  expect(await ask('/healthz')).toEqual({ status: 200, location: undefined })
})

describe('rate limits', () => {
  it('hold by token and by workspace, and say when to come back', async () => {
    await using strict = await openApiHouse({ worker: false, rateLimits: { perCaller: 3, perWorkspace: 5 } })
    const ask = async (token: string) =>
      fetch(`${strict.url}/v1/data-sources`, { headers: { authorization: `Bearer ${token}` } })
    const [one, two] = [await strict.token([]), await strict.token([])]
    const statuses = []
    for (let index = 0; index < 4; index++) statuses.push((await ask(one)).status)
    expect(statuses).toEqual([200, 200, 200, 429])
    const limited = await ask(one)
    expect(await limited.json()).toMatchObject({ code: 'rate_limited' })
    expect(Number(limited.headers.get('retry-after'))).toBeGreaterThan(0)
    expect([(await ask(two)).status, (await ask(two)).status, (await ask(two)).status]).toEqual([200, 200, 429])
  })
})

describe('a fault', () => {
  it('of ours is 500 and says nothing; of the database it is 503', async () => {
    await using other = await openApiHouse({ worker: false })
    const faulty = (error: Error) => ({
      ...other.engine,
      tenancy: {
        ...other.engine.tenancy,
        authenticate: async () => {
          throw error
        },
      },
    })
    const secret = 'parameter-of-a-query-0123456789'
    const cases = [
      [new Error(`boom ${secret}`), 500, 'internal_error'],
      [
        Object.assign(new Error(`Failed query: select 1\nparams: ${secret}`), {
          query: 'select 1',
          cause: Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }),
        }),
        503,
        'database_unavailable',
      ],
    ] as const
    for (const [error, status, code] of cases) {
      const lines: string[] = []
      const { pino } = await import('pino')
      const api = await createApi({
        engine: faulty(error),
        publicUrl: 'http://localhost:1',
        secret: 'x'.repeat(32),
        log: pino({}, { write: (line: string) => void lines.push(line) }),
      })
      const response = await api.app.inject({ url: '/v1/data-sources', headers: { authorization: 'Bearer wh_x' } })
      expect([response.statusCode, response.json().code]).toEqual([status, code])
      expect(response.body).not.toContain(secret)
      expect(lines.join('')).toContain(response.json().instance.split(':').at(-1))
      if (status === 503) {
        expect(response.headers['retry-after']).toBe('5')
        expect(lines.join('')).not.toContain(secret)
      }
      await api.close()
    }
  })

  it('relative redirect URI when a base URL is unset; wrong URIs in READMEs: here a wrong option is said at once', async () => {
    const options = { engine: house.engine, log: house.api.app.log, secret: 'x'.repeat(32), publicUrl: 'http://a' }
    await expect(createApi({ ...options, secret: 'short' })).rejects.toThrow('32 characters')
    for (const publicUrl of ['localhost:80', '/x', 'ftp://a', 'https://a/path'])
      await expect(createApi({ ...options, publicUrl })).rejects.toThrow('public URL')
    await expect(createApi({ ...options, page: '/does/not/exist' })).rejects.toThrow('ENOENT')
  })
})

describe('the console', () => {
  it('is served with its own addresses, and an unknown address of the API stays one', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'wellhead-page-'))
    await writeFile(join(folder, 'index.html'), '<!doctype html><title>Console</title>')
    await mkdir(join(folder, 'assets'))
    await writeFile(join(folder, 'assets/app-Ab_-cdef.js'), 'console.log(1)')
    await writeFile(join(folder, 'assets/app-Ab_-cdef.js.br'), brotliCompressSync('console.log(1)'))
    try {
      await using other = await openApiHouse({ worker: false, page: folder })
      const browser = other.browser()
      for (const path of ['/', '/settings/data-sources']) {
        const page = await browser.get(path)
        expect([page.status, await page.text()]).toEqual([200, expect.stringContaining('Console')])
        expect(page.headers.get('cache-control')).toBe('no-cache')
        expect(page.headers.get('content-security-policy')).toContain("default-src 'self'")
      }
      const script = await browser.get('/assets/app-Ab_-cdef.js', { 'accept-encoding': 'br' })
      expect(script.headers.get('cache-control')).toContain('immutable')
      expect([script.headers.get('content-encoding'), await script.text()]).toEqual(['br', 'console.log(1)'])
      expect((await browser.get('/v1/nothing')).status).toBe(404)
      expect((await browser.get('/missing.js')).status).toBe(404)
      const above = await other.api.app.inject({ url: '/%2e%2e/%2e%2e/%2e%2e/etc/passwd' })
      expect([above.statusCode, above.body.includes('root:')]).toEqual([404, false])
      expect((await browser.get('/sign-in')).status).toBe(200)
    } finally {
      await rm(folder, { recursive: true })
    }
  })
})
