import { Readable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type StandIn, startStandIn } from '../src/index.ts'

let standIn: StandIn
beforeAll(async () => {
  standIn = await startStandIn(({ method, url, body }) => {
    if (url.pathname === '/stream')
      return { headers: { 'content-length': '9' }, body: Readable.from([Buffer.from('in'), Buffer.from(' pieces')]) }
    if (url.pathname === '/bytes') return { headers: { 'content-type': 'text/plain' }, body: Buffer.from('eight ch') }
    return { status: method === 'POST' ? 201 : 200, body: { path: url.pathname, said: body } }
  })
})
afterAll(() => standIn.close())

const at = (path: string) => new URL(path, standIn.origin)
const next = (kind: Parameters<StandIn['trouble']['fault']>[0]['kind'], path: string, more = {}) =>
  standIn.trouble.fault({ kind, method: 'GET', url: at(path), ...more })

describe('a stand-in', () => {
  it('gives JSON, bytes and streams', async () => {
    const answer = await fetch(at('/a?b=1'), { method: 'POST', body: 'hello' })
    expect([answer.status, await answer.json()]).toEqual([201, { path: '/a', said: 'hello' }])
    expect(await (await fetch(at('/bytes'))).text()).toBe('eight ch')
    expect(await (await fetch(at('/stream'))).text()).toBe('in pieces')
  })

  it('makes trouble for one request of that method and path, and for no other', async () => {
    next('status', '/a', { status: 429, retryAfter: '7', code: 'slow_down' })
    expect((await fetch(at('/b'))).status).toBe(200)
    expect((await fetch(at('/a'), { method: 'POST' })).status).toBe(201)
    const refused = await fetch(at('/a'))
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '7'])
    expect(await refused.json()).toEqual({ error: 'slow_down' })
    expect((await fetch(at('/a'))).status).toBe(200)
  })

  it('forgets the trouble that was not taken', async () => {
    next('reset', '/a')
    standIn.trouble.clearFaults()
    expect((await fetch(at('/a'))).status).toBe(200)
  })

  it.each(['malformed_json', 'html', 'empty'] as const)('gives what is no JSON: %s', async (kind) => {
    next(kind, '/a')
    const answer = await fetch(at('/a'))
    expect(answer.status).toBe(200)
    await expect(answer.json()).rejects.toThrow()
  })

  it.each(['/bytes', '/stream'])('announces the whole of %s and breaks off', async (path) => {
    next('truncated', path)
    const whole = (await (await fetch(at(path))).arrayBuffer().catch(() => undefined))?.byteLength
    expect(whole).toBeUndefined()
  })

  it('cuts the connection without an answer', async () => {
    next('reset', '/a')
    await expect(fetch(at('/a'))).rejects.toThrow()
  })

  it('holds an answer back', async () => {
    next('slow', '/a', { delayMs: 60 })
    const begun = performance.now()
    expect((await fetch(at('/a'))).status).toBe(200)
    expect(performance.now() - begun).toBeGreaterThan(55)
  })
})
