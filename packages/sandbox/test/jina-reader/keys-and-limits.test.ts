import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Sandbox, startSandbox } from '@wellhead/sandbox'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { caller, refusal } from './api.ts'

let sandbox: Sandbox
beforeAll(async () => {
  sandbox = await startSandbox({ only: ['jina-reader'] })
})
afterAll(() => sandbox?.close())
afterEach(() => sandbox.control.reset())
const call = caller(() => sandbox)
const settings = (change: Record<string, unknown> = {}) =>
  sandbox.control.settings('jina-reader', change) as { balances: Record<string, number> }
const read = (options: Parameters<typeof call>[1] = {}) =>
  call('POST /', { body: { url: sandbox.siteUrl }, ...options })

describe('whose key it is', () => {
  it('is said by the empty path, for nothing', async () => {
    const before = settings().balances.good
    expect(await call('GET /')).toMatchObject({
      status: 200,
      body: {
        code: 200,
        status: 20000,
        data: {
          homepage: 'https://jina.ai/reader',
          authenticatedAs: expect.stringMatching(/^[0-9a-f]{32} \(Ada Sample\)$/),
          balanceLeft: before,
        },
      },
    })
    expect(settings().balances.good).toBe(before)
  })

  it('is not said where text would do, nor without a key', async () => {
    for (const accept of ['text/plain', 'application/json, text/plain', '*/*']) {
      const answer = await call('GET /', { headers: { accept } })
      expect(answer.headers.get('content-type')).toMatch(/^text\/plain/)
      expect(answer.text).toContain('[authenticatedAs]')
    }
    const keyless = await call('GET /', { key: null })
    expect(keyless).toMatchObject({ status: 200, body: { code: 200, data: { usage1: expect.any(String) } } })
    expect(keyless.body.data).not.toHaveProperty('authenticatedAs')
    settings({ tellsAccount: false })
    expect((await call('GET /')).body.data).not.toHaveProperty('authenticatedAs')
  })

  it('is refused when it is none, or was revoked, although a read needs no key', async () => {
    for (const path of ['GET /', `GET /${sandbox.siteUrl}`])
      expect(await call(path, { key: 'jina_wrong' })).toMatchObject(refusal(401, 40102, 'AuthenticationFailedError'))
    expect(await read({ headers: { authorization: `Basic ${sandbox.apiKeys['jina-reader']}` } })).toMatchObject({
      status: 401,
    })
    sandbox.control.revokeGrant('jina-reader', 'Ada')
    expect(await read()).toMatchObject({ status: 401 })
  })
})

describe('balances', () => {
  it('are charged for the tokens of a read, and for nothing else', async () => {
    const start = settings().balances.good ?? 0
    const { body, headers } = await read()
    expect(body.data.usage).toEqual({ tokens: expect.any(Number) })
    expect(body.meta.usage).toEqual(body.data.usage)
    expect(headers.get('x-usage-tokens')).toBe(String(body.data.usage.tokens))
    expect(settings().balances.good).toBe(start - body.data.usage.tokens)
    await read({ key: null })
    await read({ body: { url: 'http://127.0.0.1:1/' } })
    await call('GET /')
    expect(settings().balances.good).toBe(start - body.data.usage.tokens)
  })

  it('that are used up end reads, not the key', async () => {
    settings({ balances: { good: 1 } })
    expect((await read()).status).toBe(200)
    expect(await read()).toMatchObject(refusal(402, 40203, 'InsufficientBalanceError'))
    expect((await call('GET /')).body.data.balanceLeft).toBeLessThan(1)
  })

  it('survive a restart', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sandbox-'))
    try {
      const stateFile = join(folder, 'state.json')
      const first = await startSandbox({ only: ['jina-reader'], stateFile })
      first.control.settings('jina-reader', { balances: { good: 7 } })
      await first.close()
      const second = await startSandbox({ only: ['jina-reader'], stateFile })
      const index = await caller(() => second)('GET /')
      await second.close()
      expect(index.body.data.balanceLeft).toBe(7)
    } finally {
      await rm(folder, { recursive: true })
    }
  })
})

describe('requests a minute', () => {
  it('are 20 without a key, by address, and a keyless read succeeds', async () => {
    for (let at = 0; at < 20; at += 1) expect((await read({ key: null })).status).toBe(200)
    const refused = await read({ key: null })
    expect(refused).toMatchObject(refusal(429, 42903, 'RateLimitTriggeredError'))
    expect(Number(refused.headers.get('retry-after'))).toBe(refused.body.retryAfter)
    // A key has a minute of its own, and the empty path is not counted.
    expect((await read()).status).toBe(200)
    expect((await call('GET /', { key: null })).status).toBe(200)
    sandbox.control.advance(refused.body.retryAfter)
    expect((await read({ key: null })).status).toBe(200)
  })

  it('are counted for each key, on the clock of the sandbox', async () => {
    settings({ perMinute: { key: 2 } })
    expect([(await read()).status, (await read()).status, (await read()).status]).toEqual([200, 200, 429])
    expect((await read({ key: null })).status).toBe(200)
    sandbox.control.advance(60)
    expect((await read()).status).toBe(200)
  })

  it('say when to come back as seconds, as a date, or in the body alone', async () => {
    settings({ perMinute: { key: 1 } })
    await read()
    expect((await read()).headers.get('retry-after')).toMatch(/^\d+$/)
    settings({ retryAfter: 'date' })
    const dated = await read()
    const wait = Date.parse(dated.headers.get('retry-after') ?? '') - sandbox.control.now()
    expect(wait).toBeGreaterThan(50_000)
    expect(wait).toBeLessThanOrEqual(61_000)
    settings({ retryAfter: null })
    const bare = await read()
    expect([bare.headers.get('retry-after'), bare.body.retryAfter]).toEqual([null, expect.any(Number)])
  })
})

describe('injected faults', () => {
  it.each([
    [401, undefined, 40102, 'AuthenticationFailedError'],
    [402, undefined, 40203, 'InsufficientBalanceError'],
    [402, 'TierFeatureConstraintError', 40202, 'TierFeatureConstraintError'],
    [403, undefined, 40301, 'OperationNotAllowedError'],
    [409, undefined, 40904, 'BudgetExceededError'],
    [422, undefined, 42206, 'AssertionFailureError'],
    [451, undefined, 45102, 'SecurityCompromiseError'],
    [500, undefined, 50000, 'ApplicationError'],
    [502, undefined, 50200, 'ApplicationError'],
    [503, undefined, 50301, 'ServiceCrashedError'],
  ])('%i %s comes in the envelope', async (status, code, number, name) => {
    sandbox.control.fault({ provider: 'jina-reader', kind: 'status', status, ...(code ? { code } : {}) })
    expect(await read()).toMatchObject(refusal(status, number, name))
    expect((await read()).status).toBe(200)
  })

  it('of 429 say the seconds twice', async () => {
    sandbox.control.fault({ provider: 'jina-reader', kind: 'status', status: 429, retryAfter: '7' })
    const answer = await read()
    expect([answer.headers.get('retry-after'), answer.body.retryAfter]).toEqual(['7', 7])
  })

  it('leave no key in the log', async () => {
    await read()
    expect(sandbox.control.requests('jina-reader')).toMatchObject([{ method: 'POST', path: '/', status: 200 }])
    expect(JSON.stringify(sandbox.control.requests())).not.toContain('jina_')
  })
})
