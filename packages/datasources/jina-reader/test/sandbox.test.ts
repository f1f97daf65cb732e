import type { CrawlEvent } from '@wellhead/datasource-node'
import { type Sandbox, startSandbox } from '@wellhead/sandbox'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { jinaReader } from '../src/index.ts'
import { connect, follow, only } from './connect.ts'

let sandbox: Sandbox
beforeAll(async () => {
  sandbox = await startSandbox({ only: ['jina-reader'] })
})
afterAll(() => sandbox?.close())
afterEach(() => sandbox.control.reset())

const context = (options: Parameters<typeof connect>[1] = {}) =>
  connect(sandbox.endpoints['jina-reader']?.api ?? '', {
    key: sandbox.apiKeys['jina-reader'] ?? '',
    tries: 3,
    ...options,
  })
const whole = (more: object = {}) => ({ url: sandbox.siteUrl, limit: 100, ...more })
const settings = (change: Record<string, unknown> = {}) =>
  sandbox.control.settings('jina-reader', change) as { balances: Record<string, number> }
const site = (change: Record<string, unknown>) => sandbox.control.settings('site', change)
const reads = () => sandbox.control.requests('jina-reader').filter(({ method }) => method === 'POST').length
const short = (url: string) => decodeURI(url.slice(sandbox.siteUrl.length))
const paths = (events: readonly CrawlEvent[]) => only(events, 'page').map(({ url }) => short(url))

describe('connecting', () => {
  it('API key validation starts a real crawl or a billed read: it does neither here', async () => {
    const before = settings().balances
    const account = await jinaReader.identify(context())
    expect(account).toMatchObject({ accountId: expect.stringMatching(/^[0-9a-f]{32}$/), name: 'Ada Sample' })
    expect(account.grantKey).toBe(account.accountId)
    await expect(jinaReader.identify(context({ key: 'jina_wrong' }))).rejects.toMatchObject({ code: 'unauthorized' })
    expect(sandbox.control.requests('jina-reader')).toMatchObject([
      { method: 'GET', path: '/', status: 200 },
      { method: 'GET', path: '/', status: 401 },
    ])
    expect(sandbox.control.requests('site')).toEqual([])
    expect(settings().balances).toEqual(before)
  })

  it('does not take a read that succeeds for a good key: none is needed for it', async () => {
    const answer = await fetch(`${sandbox.endpoints['jina-reader']?.api}/${sandbox.siteUrl}`)
    expect(answer.status).toBe(200)
    // Where the server does not say whose the key is, a read decides: a wrong key is refused although none would do.
    settings({ tellsAccount: false })
    await expect(jinaReader.identify(context({ key: 'jina_wrong' }))).rejects.toMatchObject({ code: 'unauthorized' })
    const account = await jinaReader.identify(context())
    expect(account.accountId).toMatch(/^api-key@127\.0\.0\.1:\d+$/)
    expect(await jinaReader.identify(context())).toEqual(account)
    settings({ balances: { good: 0 } })
    expect(await jinaReader.identify(context())).toEqual(account)
  })
})

describe('a crawl', () => {
  it('reads a whole site politely, each page once, and tells what could not be read', async () => {
    const { events, error } = await follow(jinaReader.crawl(context(), { parameters: whole() }))
    expect(error).toBeUndefined()
    const found = paths(events)
    expect(new Set(found).size).toBe(found.length)
    expect(found).toEqual(
      expect.arrayContaining([
        '',
        'guide/',
        'guide/install',
        'guide/quickstart',
        'guide/mounting/harbour/winter/',
        'stations/åland',
        'api/readings',
        'press-kit',
        'notes/untitled',
        'downloads/quick-card.txt',
      ]),
    )
    // Old addresses are given under the new ones.
    for (const old of ['start', 'home', 'internal/roadmap']) expect(found).not.toContain(old)
    const failed = Object.fromEntries(only(events, 'page_failed').map(({ url, reason }) => [short(url), reason]))
    expect(failed).toEqual({
      'internal/roadmap': 'The robots.txt of the site does not allow it.',
      'guide/wall-bracket': 'The site answered with HTTP 404.',
      'status/incident': 'The site answered with HTTP 500.',
    })
    expect(sandbox.control.requests('site').map(({ path }) => path)).not.toContain('/internal/roadmap')
    const calibrate = only(events, 'page').find(({ url }) => url.endsWith('guide/calibrate'))
    expect(calibrate).toMatchObject({
      title: 'Calibrate the sensor',
      description: 'Offsets, with a table and a command.',
      metadata: { language: 'en', tokens: expect.any(Number) },
    })
    expect(calibrate?.markdown).toContain('tidewren offset show')
    expect(only(events, 'progress').at(-1)).toMatchObject({ completed: reads(), total: reads() })
  })

  it('is the same each time', async () => {
    const first = await follow(jinaReader.crawl(context(), { parameters: whole() }))
    sandbox.control.reset()
    const second = await follow(jinaReader.crawl(context(), { parameters: whole() }))
    expect(second.events).toEqual(first.events)
  })

  it('reads the sitemaps of a large site: an index in an index, one that is packed, one that is lost', async () => {
    site({ archive: true })
    const { events, error } = await follow(
      jinaReader.crawl(context(), {
        parameters: whole({ url: `${sandbox.siteUrl}archive/`, include_paths: '/archive/' }),
      }),
    )
    expect(error).toBeUndefined()
    const found = paths(events)
    expect(found).toHaveLength(1 + 3 * 13)
    expect(found.slice(0, 3)).toEqual(['archive/', 'archive/2023/', 'archive/2023/01'])
    for (const path of ['archive/2024/12', 'archive/2025/07']) expect(found).toContain(path)
    expect(only(events, 'page_failed').map(({ url }) => short(url))).toEqual(['archive/sitemap-lost.xml'])
  })

  it('goes on from a checkpoint in the middle, and pays for few pages twice', async () => {
    site({ archive: true })
    const parameters = whole({ url: `${sandbox.siteUrl}archive/`, include_paths: '/archive/' })
    const first: CrawlEvent[] = []
    for await (const event of jinaReader.crawl(context(), { parameters })) {
      first.push(event)
      if (event.type === 'progress' && event.completed === 15) break
    }
    const checkpoint = only(first, 'checkpoint').at(-1)!.checkpoint
    const rest = await follow(jinaReader.crawl(context(), { parameters, checkpoint }))
    expect(rest.error).toBeUndefined()
    const all = [...paths(first), ...paths(rest.events)]
    expect(paths(rest.events)).toHaveLength(25)
    expect(new Set(all).size).toBe(all.length)
    expect(all).toHaveLength(40)
    expect(reads()).toBeLessThanOrEqual(44)
    expect(JSON.stringify(checkpoint).length).toBeLessThan(3_000)
  })

  it('keeps the rules that a site has for us, and its pause', async () => {
    site({ blockedAgents: ['Wellhead'] })
    const blocked = await follow(jinaReader.crawl(context(), { parameters: whole() }))
    expect(blocked.error).toMatchObject({ code: 'content_unavailable', message: expect.stringContaining('robots.txt') })
    expect(reads()).toBe(0)

    sandbox.control.reset()
    site({ crawlDelay: 0.2 })
    const begun = performance.now()
    await follow(jinaReader.crawl(context(), { parameters: whole({ limit: 4 }) }))
    expect(performance.now() - begun).toBeGreaterThan(580)
  })

  it('reads nothing where robots.txt cannot be had', async () => {
    site({ status: 503 })
    const { events, error } = await follow(jinaReader.crawl(context(), { parameters: whole() }))
    expect(error).toMatchObject({ code: 'content_unavailable', message: expect.stringContaining('HTTP 503') })
    expect(events).toEqual([])
    expect(reads()).toBe(0)
  })

  it('tells pages that are refused, and goes on', async () => {
    settings({ blocked: [`${sandbox.siteUrl}faq`] })
    const { events, error } = await follow(jinaReader.crawl(context(), { parameters: whole({ limit: 6 }) }))
    expect(error).toBeUndefined()
    expect(only(events, 'page_failed')).toMatchObject([
      { url: `${sandbox.siteUrl}faq`, reason: expect.stringContaining('does not read this site') },
    ])
    expect(paths(events).length).toBeGreaterThan(3)
  })

  it('ends by name when the tokens are used up in the middle', async () => {
    settings({ balances: { good: 200 } })
    const { events, error } = await follow(jinaReader.crawl(context(), { parameters: whole() }))
    expect(error).toMatchObject({ code: 'quota_exhausted' })
    expect(paths(events).length).toBeGreaterThan(0)
  })

  it.each(['seconds', 'date', null])('ends by name when it is asked to wait long, said as %s', async (retryAfter) => {
    settings({ perMinute: { key: 3 }, retryAfter })
    const patient = connect(sandbox.endpoints['jina-reader']?.api ?? '', { key: sandbox.apiKeys['jina-reader'] ?? '' })
    const { events, error } = await follow(jinaReader.crawl(patient, { parameters: whole() }))
    expect(error).toMatchObject({ code: 'rate_limited', retryAfterMs: expect.any(Number) })
    expect((error as { retryAfterMs: number }).retryAfterMs).toBeGreaterThan(40_000)
    // It goes on when the minute is over.
    const checkpoint = only(events, 'checkpoint').at(-1)!.checkpoint
    settings({ perMinute: { key: 500 } })
    sandbox.control.advance(61)
    const rest = await follow(jinaReader.crawl(context(), { parameters: whole(), checkpoint }))
    expect(rest.error).toBeUndefined()
    const all = [...paths(events), ...paths(rest.events)]
    expect(new Set(all).size).toBe(all.length)
    expect(all).toEqual(expect.arrayContaining(['', 'faq', 'changelog', 'stations/åland']))
  })

  it('outlasts passing faults', async () => {
    const provider = 'jina-reader'
    sandbox.control.fault({ provider, kind: 'status', status: 503 })
    sandbox.control.fault({ provider, kind: 'status', status: 429, retryAfter: '0' })
    const { events, error } = await follow(jinaReader.crawl(context(), { parameters: whole({ limit: 3 }) }))
    expect(error).toBeUndefined()
    expect(paths(events)).toHaveLength(3)
  })

  it('reads one page alone', async () => {
    const one = { url: `${sandbox.siteUrl}internal/roadmap`, crawl_sub_pages: false }
    const { events, error } = await follow(jinaReader.crawl(context(), { parameters: one }))
    expect(error).toBeUndefined()
    expect(paths(events)).toEqual(['internal/roadmap'])
    const gone = { url: `${sandbox.siteUrl}guide/wall-bracket`, crawl_sub_pages: false }
    expect((await follow(jinaReader.crawl(context(), { parameters: gone }))).error).toMatchObject({
      code: 'content_unavailable',
    })
    const elsewhere = { url: 'https://example.com/', crawl_sub_pages: false }
    expect((await follow(jinaReader.crawl(context(), { parameters: elsewhere }))).error).toMatchObject({
      code: 'not_found',
    })
  })
})
