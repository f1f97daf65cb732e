import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { firecrawlKeys, type Sandbox, startSandbox } from '@wellhead/sandbox'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { caller, crawl } from './api.ts'

let sandbox: Sandbox
beforeAll(async () => {
  sandbox = await startSandbox({ only: ['firecrawl'] })
})
afterAll(() => sandbox?.close())
afterEach(() => {
  sandbox.control.reset()
  sandbox.control.settings('firecrawl', { pagesPerSecond: null })
})
const call = caller(() => sandbox)
const settings = (change: Record<string, unknown>) => sandbox.control.settings('firecrawl', change)
const credits = async (key: string = firecrawlKeys.good) =>
  (await call('GET /v2/team/credit-usage', { key })).body.data.remainingCredits as number
const refused = (status: number, error: string | RegExp) => ({
  status,
  body: { success: false, error: typeof error === 'string' ? error : expect.stringMatching(error) },
})

describe('keys', () => {
  it.each([
    ['no header', {}, 'Unauthorized'],
    ['no token', { authorization: 'Bearer ' }, 'Unauthorized: Token missing'],
    [
      'an unknown token',
      { authorization: 'Bearer fc-00000000000000000000000000000000' },
      'Unauthorized: Invalid token',
    ],
    ['another scheme', { authorization: `Basic ${firecrawlKeys.good}` }, 'Unauthorized: Invalid token'],
  ])('refuses %s', async (_name, headers, error) => {
    const answer = await call('GET /v2/team/credit-usage', { key: null, headers: headers as Record<string, string> })
    expect(answer).toMatchObject({ status: 401, body: { success: false, error } })
  })

  it('scrapes without a key, a few times a minute, but does nothing else', async () => {
    const body = { url: sandbox.siteUrl }
    settings({ perMinute: { keyless: 2 } })
    for (const _ of [1, 2]) expect((await call('POST /v2/scrape', { key: null, body })).status).toBe(200)
    expect((await call('POST /v2/scrape', { key: null, body })).status).toBe(429)
    for (const path of ['POST /v2/map', 'POST /v2/crawl'])
      expect(await call(path, { key: null, body })).toMatchObject(refused(401, 'Unauthorized'))
    expect((await call('POST /v2/scrape', { key: 'fc-wrong', body })).status).toBe(401)
  })

  it('holds a restricted key to its endpoints, the team routes aside', async () => {
    const key = firecrawlKeys.restricted
    const body = { url: sandbox.siteUrl, limit: 1 }
    expect(await call('POST /v2/crawl', { key, body })).toMatchObject(
      refused(403, /^Request blocked: this API key is restricted/),
    )
    expect((await call('GET /v2/crawl/active', { key })).status).toBe(403)
    expect((await call('GET /v2/team/credit-usage', { key })).status).toBe(200)
    expect((await call('POST /v2/scrape', { key, body: { url: sandbox.siteUrl } })).status).toBe(200)
  })

  it('accepts a key whose billing it does not know', async () => {
    expect(await call('GET /v2/team/credit-usage', { key: firecrawlKeys.withoutBilling })).toMatchObject(
      refused(404, 'Could not find credit usage information'),
    )
    expect((await call('GET /v2/team/queue-status', { key: firecrawlKeys.withoutBilling })).status).toBe(200)
  })

  it('forgets a key that its owner removed', async () => {
    sandbox.control.revokeGrant('firecrawl', 'good')
    expect(await call('GET /v2/team/credit-usage')).toMatchObject(refused(401, 'Unauthorized: Invalid token'))
    expect((await call('GET /v2/team/credit-usage', { key: firecrawlKeys.restricted })).status).toBe(200)
  })

  it('shows a job to its own team alone', async () => {
    const { id } = await crawl(call, { url: sandbox.siteUrl, limit: 1 })
    expect(await call(`GET /v2/crawl/${id}`, { key: firecrawlKeys.withoutBilling })).toMatchObject(
      refused(404, 'Job not found'),
    )
  })
})

describe('credits', () => {
  it('charges pages and maps, nothing else', async () => {
    const before = await credits()
    await call('POST /v2/scrape', { body: { url: sandbox.siteUrl } })
    expect(await credits()).toBe(before - 1)
    await call('POST /v2/map', { body: { url: sandbox.siteUrl } })
    expect(await credits()).toBe(before - 2)
    const { id } = await crawl(call, { url: sandbox.siteUrl, limit: 3 })
    await call(`GET /v2/crawl/${id}`)
    await call('POST /v2/scrape', { body: { url: 'http://127.0.0.1:1/' } })
    await call('POST /v2/scrape', { key: null, body: { url: sandbox.siteUrl } })
    expect(await credits()).toBe(before - 5)
  })

  it('compares the limit, or its default of 10000, with what is left', async () => {
    settings({ credits: { good: 5 } })
    const start = (body: object) => call('POST /v2/crawl', { body: { url: sandbox.siteUrl, ...body } })
    expect(await start({})).toMatchObject(refused(402, /^Insufficient credits to perform this request/))
    expect((await start({ limit: 6 })).status).toBe(402)
    expect((await start({ limit: 5 })).status).toBe(200)
    const key = firecrawlKeys.withoutCredits
    expect(await credits(key)).toBe(0)
    expect((await call('POST /v2/scrape', { key, body: { url: sandbox.siteUrl } })).status).toBe(402)
  })

  it('returns them with the next month', async () => {
    settings({ credits: { good: 1 } })
    sandbox.control.advance(32 * 24 * 3600)
    expect(await credits()).toBe(5000)
    expect(await credits(firecrawlKeys.withoutCredits)).toBe(0)
  })

  it('remembers them over a restart', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sandbox-'))
    try {
      const stateFile = join(folder, 'state.json')
      const remaining = async (spend: boolean) => {
        const own = await startSandbox({ only: ['firecrawl'], stateFile })
        const ask = caller(() => own)
        if (spend) await ask('POST /v2/scrape', { body: { url: own.siteUrl } })
        const answer = await ask('GET /v2/team/credit-usage')
        await own.close()
        return answer.body.data.remainingCredits
      }
      expect([await remaining(true), await remaining(false)]).toEqual([4999, 4999])
    } finally {
      await rm(folder, { recursive: true })
    }
  })
})

describe('bodies', () => {
  it.each([
    ['POST /v2/crawl', { maxDepth: 2, limit: 1 }],
    ['POST /v2/crawl', { limit: 1, scrapeOptions: { formats: ['markdown'], onlyMain: true } }],
    ['POST /v2/map', { ignoreSitemap: true }],
    ['POST /v2/scrape', { pageOptions: {} }],
  ])('names unknown keys: %s %j', async (path, body) => {
    const answer = await call(path, { body: { url: sandbox.siteUrl, ...body } })
    expect(answer).toMatchObject(
      refused(400, 'Unrecognized key in body -- please review the v2 API documentation for request body changes'),
    )
    expect(answer.body.details[0]).toMatchObject({ code: 'unrecognized_keys' })
  })

  it.each([
    [{ url: 'ftp://127.0.0.1/' }, 'URL uses unsupported protocol'],
    [{ url: 'http://' }, 'Invalid URL'],
    [{}, 'Bad Request'],
    [{ url: 'http://127.0.0.1/', limit: 'many' }, 'Bad Request'],
    [{ url: 'http://127.0.0.1/', excludePaths: ['('] }, /Invalid regular expression/],
    [{ url: 'http://127.0.0.1/', webhook: 'https://example.com/hook' }, /webhooks/],
    [{ url: 'http://127.0.0.1/', scrapeOptions: { formats: ['screenshot'] } }, /screenshot/],
    [{ url: 'http://127.0.0.1/', scrapeOptions: { timeout: 10 } }, 'Bad Request'],
  ])('refuses %j', async (body, error) => {
    expect(await call('POST /v2/crawl', { body: { limit: 1, ...body } })).toMatchObject(refused(400, error))
  })

  it('refuses what is not JSON, and what only some teams may ask for', async () => {
    expect(await call('POST /v2/scrape', { body: '{"url":' })).toMatchObject(
      refused(400, 'Bad request, malformed JSON'),
    )
    const ask = { url: sandbox.siteUrl, limit: 1, ignoreRobotsTxt: true }
    expect((await call('POST /v2/crawl', { body: ask })).status).toBe(403)
  })

  it('takes an idempotency key once, even for a request it then refuses', async () => {
    const headers = { 'x-idempotency-key': crypto.randomUUID() }
    const body = { url: sandbox.siteUrl, limit: 1 }
    expect((await call('POST /v2/crawl', { headers, body })).status).toBe(200)
    expect(await call('POST /v2/crawl', { headers, body })).toMatchObject(refused(409, 'Idempotency key already used'))
    const second = { 'x-idempotency-key': crypto.randomUUID() }
    expect((await call('POST /v2/crawl', { headers: second, body: { ...body, nonsense: 1 } })).status).toBe(400)
    expect((await call('POST /v2/crawl', { headers: second, body })).status).toBe(409)
    expect((await call('POST /v2/crawl', { headers: { 'x-idempotency-key': 'no-uuid' }, body })).status).toBe(409)
  })
})

describe('too many requests', () => {
  it('counts a minute of the sandbox, and says when to come back', async () => {
    settings({ perMinute: { map: 1 } })
    const map = () => call('POST /v2/map', { body: { url: sandbox.siteUrl } })
    expect((await map()).status).toBe(200)
    const answer = await map()
    expect(answer).toMatchObject(
      refused(429, /^Rate limit exceeded\. Consumed \(req\/min\): 2, .*retry after \d+s, resets at /),
    )
    const seconds = /retry after (\d+)s/.exec(answer.body.error)?.[1]
    expect(answer.headers.get('retry-after')).toBe(seconds)
    settings({ retryAfterHeader: false })
    expect((await map()).headers.get('retry-after')).toBeNull()
    sandbox.control.advance(Number(seconds))
    expect((await map()).status).toBe(200)
  })

  it('speaks its own language when a fault is injected', async () => {
    const usage = () => call('GET /v2/team/credit-usage')
    sandbox.control.fault({ provider: 'firecrawl', kind: 'status', status: 429 })
    const bare = await usage()
    expect(bare).toMatchObject(refused(429, /retry after 32s/))
    expect(bare.headers.get('retry-after')).toBeNull()
    sandbox.control.fault({ provider: 'firecrawl', kind: 'status', status: 429, retryAfter: '7' })
    const told = await usage()
    expect([told.headers.get('retry-after'), told.body.error]).toEqual(['7', expect.stringContaining('retry after 7s')])
    sandbox.control.fault({ provider: 'firecrawl', kind: 'status', status: 401 })
    expect(await usage()).toMatchObject(refused(401, 'Unauthorized: Invalid token'))
    sandbox.control.fault({ provider: 'firecrawl', kind: 'status' })
    expect((await usage()).body).toMatchObject({ success: false, code: 'UNKNOWN_ERROR' })
    expect((await usage()).status).toBe(200)
  })

  it('leaves no key in the request log', async () => {
    await call('GET /v2/team/credit-usage')
    const log = sandbox.control.requests('firecrawl')
    expect(log).toMatchObject([{ method: 'GET', path: '/v2/team/credit-usage', status: 200 }])
    expect(JSON.stringify(log)).not.toContain('fc-')
  })
})
