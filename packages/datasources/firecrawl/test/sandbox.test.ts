import type { CrawlEvent } from '@wellhead/datasource-node'
import { type Sandbox, startSandbox } from '@wellhead/sandbox'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { connect, firecrawl, follow, only } from './connect.ts'

let sandbox: Sandbox
beforeAll(async () => {
  // Small chunks: `next` is there after `completed` too.
  sandbox = await startSandbox({ only: ['firecrawl'], pageSize: 3 })
})
afterAll(() => sandbox?.close())
beforeEach(() => sandbox.control.reset())

const context = (options: Parameters<typeof connect>[1] = {}) =>
  connect(sandbox.endpoints.firecrawl?.api ?? '', { key: sandbox.apiKeys.firecrawl ?? '', tries: 3, ...options })
const whole = (more: object = {}) => ({ url: sandbox.siteUrl, limit: 100, ...more })
const settings = (change: Record<string, unknown>) => sandbox.control.settings('firecrawl', change)
const asked = (start: string) =>
  sandbox.control.requests('firecrawl').filter(({ method, path }) => `${method} ${path}`.startsWith(start))
const paths = (events: readonly CrawlEvent[]) =>
  only(events, 'page').map(({ url }) => decodeURI(url.slice(sandbox.siteUrl.length)))

describe('against the sandbox', () => {
  it('crawls a whole site, behind a proxy that names another host, and tells what could not be read', async () => {
    settings({ nextOrigin: 'http://inner.invalid:3002' })
    const { events, error } = await follow(firecrawl.crawl(context(), { parameters: whole() }))
    expect(error).toBeUndefined()
    const found = paths(events)
    expect(new Set(found).size).toBe(found.length)
    expect(found).toEqual(expect.arrayContaining(['', 'guide/', 'guide/install', 'stations/åland', 'api/readings']))
    expect(found).not.toContain('internal/roadmap')
    const failed = only(events, 'page_failed').map(
      ({ url, reason }) => `${url.slice(sandbox.siteUrl.length)}: ${reason}`,
    )
    expect(failed.join('\n')).toMatch(/internal\/roadmap: .*robots\.txt/)
    expect(failed.join('\n')).toMatch(/guide\/wall-bracket: .*HTTP 404/)
    const calibrate = only(events, 'page').find(({ url }) => url.endsWith('guide/calibrate'))
    expect(calibrate).toMatchObject({
      title: 'Calibrate the sensor',
      description: 'Offsets, with a table and a command.',
    })
    expect(calibrate?.markdown).toContain('tidewren offset show')
    expect(asked('GET /v2/crawl/').length).toBeGreaterThan(found.length / 3)
    expect(only(events, 'progress').at(-1)).toMatchObject({ completed: expect.any(Number), total: expect.any(Number) })
  })

  it('obeys its limit, depth and paths', async () => {
    const { events } = await follow(firecrawl.crawl(context(), { parameters: whole({ limit: 4 }) }))
    expect(paths(events).length).toBeLessThanOrEqual(4)
    const guide = { url: `${sandbox.siteUrl}guide/`, include_paths: 'guide/.*', exclude_paths: ['.*/calibrate'] }
    const narrow = await follow(firecrawl.crawl(context(), { parameters: whole(guide) }))
    expect(paths(narrow.events)).toContain('guide/install')
    expect(paths(narrow.events).filter((path) => !path.startsWith('guide/') || path.endsWith('calibrate'))).toEqual([])
  })

  it('goes on from a checkpoint in the middle: every page once, one job', async () => {
    const first: CrawlEvent[] = []
    for await (const event of firecrawl.crawl(context(), { parameters: whole() })) {
      first.push(event)
      if (event.type === 'checkpoint' && Number(event.checkpoint.skip) >= 5) break
    }
    const checkpoint = only(first, 'checkpoint').at(-1)!.checkpoint
    const { events, error } = await follow(firecrawl.crawl(context(), { parameters: whole(), checkpoint }))
    expect(error).toBeUndefined()
    const all = [...paths(first), ...paths(events)]
    expect(paths(events).length).toBeGreaterThan(0)
    expect(new Set(all).size).toBe(all.length)
    expect(all).toEqual(expect.arrayContaining(['', 'guide/', 'faq', 'changelog', 'stations/åland']))
    expect(asked('POST /v2/crawl')).toHaveLength(1)
  })

  it('ends a job, which is then told as cancelled', async () => {
    settings({ manual: true })
    let checkpoint: Readonly<Record<string, unknown>> = {}
    for await (const event of firecrawl.crawl(context(), { parameters: whole() })) {
      if (event.type === 'page') break
      if (event.type !== 'checkpoint') continue
      checkpoint = event.checkpoint
      settings({ step: 2 })
    }
    await firecrawl.cancelCrawl(context(), { checkpoint })
    await firecrawl.cancelCrawl(context(), { checkpoint })
    const { error } = await follow(firecrawl.crawl(context(), { parameters: whole(), checkpoint }))
    expect(error).toMatchObject({ code: 'content_unavailable', message: expect.stringContaining('cancelled') })
  })

  it('reads one page alone', async () => {
    const one = { url: `${sandbox.siteUrl}guide/install`, crawl_subpages: false }
    const { events, error } = await follow(firecrawl.crawl(context(), { parameters: one }))
    expect(error).toBeUndefined()
    expect(paths(events)).toEqual(['guide/install'])
    expect(only(events, 'page')[0]?.markdown).toContain('6 mm key')
    const gone = { url: `${sandbox.siteUrl}guide/wall-bracket`, crawl_subpages: false }
    const none = await follow(firecrawl.crawl(context(), { parameters: gone }))
    expect(none.error).toMatchObject({ code: 'content_unavailable' })
  })

  it('proves a key without spending a credit', async () => {
    await expect(firecrawl.identify(context())).resolves.toMatchObject({ avatarUrl: null })
    await expect(firecrawl.identify(context({ key: 'fc-wrong' }))).rejects.toMatchObject({ code: 'unauthorized' })
    expect(asked('POST')).toEqual([])
  })

  it('says why a crawl cannot be', async () => {
    settings({ credits: { good: 1 } })
    const poor = await follow(firecrawl.crawl(context(), { parameters: whole() }))
    expect(poor.error).toMatchObject({ code: 'quota_exhausted' })

    sandbox.control.reset()
    settings({ failAfterPages: 2 })
    const failed = await follow(firecrawl.crawl(context(), { parameters: whole() }))
    expect(failed.error).toMatchObject({ code: 'content_unavailable' })

    sandbox.control.reset()
    const { events } = await follow(firecrawl.crawl(context(), { parameters: whole({ limit: 1 }) }))
    const checkpoint = only(events, 'checkpoint')[0]!.checkpoint
    sandbox.control.advance(25 * 3600)
    const late = await follow(firecrawl.crawl(context(), { parameters: whole(), checkpoint }))
    expect(late.error).toMatchObject({ code: 'cursor_expired' })
  })

  it('outlasts passing faults', async () => {
    const provider = 'firecrawl'
    sandbox.control.fault({ provider, match: 'POST /v2/crawl', kind: 'status', status: 503 })
    sandbox.control.fault({ provider, match: 'GET /v2/crawl/', kind: 'status', status: 429, retryAfter: '0' })
    sandbox.control.fault({ provider, match: 'GET /v2/crawl/', kind: 'reset' })
    const { events, error } = await follow(firecrawl.crawl(context(), { parameters: whole({ limit: 3 }) }))
    expect(error).toBeUndefined()
    expect(paths(events).length).toBeGreaterThan(0)
  })

  it('does not begin a second job when the answer to the first was lost', async () => {
    sandbox.control.fault({ provider: 'firecrawl', match: 'POST /v2/crawl', kind: 'reset', processed: true })
    const { events, error } = await follow(firecrawl.crawl(context(), { parameters: whole() }))
    expect(events).toEqual([])
    expect(error).toMatchObject({ code: 'invalid_response', message: expect.stringContaining('lost') })
  })
})
