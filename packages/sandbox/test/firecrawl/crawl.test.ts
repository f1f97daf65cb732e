import { createServer, type Server } from 'node:http'
import { type Sandbox, startSandbox } from '@wellhead/sandbox'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { caller, crawl, ended, pathsOf } from './api.ts'

let sandbox: Sandbox
let other: Server
let otherUrl: string
beforeAll(async () => {
  sandbox = await startSandbox({ only: ['firecrawl'], pageSize: 100 })
  // Another site of this machine: a home page, a page, and a page behind that.
  other = createServer((request, response) => {
    response.setHeader('content-type', 'text/html')
    if (request.url === '/robots.txt') return response.writeHead(404).end()
    response.end(`<title>${request.url}</title><a href="/behind">behind</a><a href="${sandbox.siteUrl}faq">back</a>`)
  })
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
  const address = other.address()
  if (typeof address === 'object' && address) otherUrl = `http://127.0.0.1:${address.port}`
})
afterAll(async () => {
  other.closeAllConnections()
  await new Promise((resolve) => other.close(resolve))
  await sandbox.close()
})
afterEach(() => {
  sandbox.control.reset()
  sandbox.control.settings('firecrawl', { pagesPerSecond: null })
})
const call = caller(() => sandbox)
const settings = (change: Record<string, unknown>) => sandbox.control.settings('firecrawl', change)

describe('which pages', () => {
  it('reads the whole site below the start, obeying robots.txt, at its default pace', async () => {
    settings({ pagesPerSecond: 40 })
    const answer = await crawl(call, { url: sandbox.siteUrl })
    // 24 pages at 40 a second; about 0.8 s on an idle machine.
    expect(answer.body.duration).toBeGreaterThan(0.5)
    expect(answer.body.duration).toBeLessThan(5)
    expect(pathsOf(sandbox, answer)).toEqual(
      [
        '',
        'api/',
        'api/alarms',
        'api/errors',
        'api/readings',
        'changelog',
        'downloads/quick-card.txt',
        'faq',
        'guide/',
        'guide/?ref=home',
        'guide/calibrate',
        'guide/install',
        'guide/mounting/',
        'guide/mounting/harbour/',
        'guide/mounting/harbour/winter/',
        'guide/wall-bracket',
        'notes/untitled',
        'press-kit',
        'start',
        'stations/',
        'stations/%C3%A5land',
        'stations/marrow-bay',
        'status',
        'status/incident',
      ].sort(),
    )
    expect(answer.body).toMatchObject({ status: 'completed', total: 24, completed: 24, creditsUsed: 24 })
    expect(answer.body.warning).toMatch(/robots\.txt/)
    const errors = await call(`GET /v2/crawl/${answer.id}/errors`)
    expect(errors.body).toEqual({ errors: [], robotsBlocked: [`${sandbox.siteUrl}internal/roadmap`] })
  })

  it('keeps pages that answer with an error, and says so', async () => {
    const answer = await crawl(call, { url: `${sandbox.siteUrl}guide/wall-bracket`, sitemap: 'skip' })
    expect(answer.body.data).toHaveLength(1)
    expect(answer.body.data[0].metadata).toMatchObject({ statusCode: 404, error: 'Not Found' })
  })

  it('follows a redirect and names both addresses; one to a known page is dropped', async () => {
    const answer = await crawl(call, {
      url: sandbox.siteUrl,
      includePaths: ['^/site/(start|home|guide/quickstart)?$'],
      sitemap: 'skip',
    })
    expect(pathsOf(sandbox, answer)).toEqual(['', 'start'])
    const page = answer.body.data.find((one: { metadata: { sourceURL: string } }) =>
      one.metadata.sourceURL.endsWith('start'),
    )
    expect(page.metadata.url).toBe(`${sandbox.siteUrl}guide/quickstart`)
    expect((await call(`GET /v2/crawl/${answer.id}/errors`)).body.errors).toEqual([])
  })

  it.each([
    ['limit', { limit: 3 }, 3],
    ['depth 0 without a sitemap', { maxDiscoveryDepth: 0, sitemap: 'skip' }, 1],
    ['depth 0 with one', { maxDiscoveryDepth: 0 }, 5],
    ['the sitemap alone', { sitemap: 'only' }, 5],
    ['queries ignored', { ignoreQueryParameters: true }, 23],
    ['an excluded path', { excludePaths: ['^/site/api/', 'status'] }, 18],
    ['the full URL', { excludePaths: ['\\?ref='], regexOnFullURL: true }, 23],
    ['a path pattern that looks at queries in vain', { excludePaths: ['ref='] }, 24],
    ['a start outside the included paths', { includePaths: ['/nowhere'] }, 0],
  ])('%s', async (_name, options, pages) => {
    const answer = await crawl(call, { url: sandbox.siteUrl, ...options })
    expect(answer.body).toMatchObject({ status: 'completed', completed: pages, total: pages })
    expect(answer.body.data).toHaveLength(pages)
  })

  it('counts depth by links: four to the winter page', async () => {
    const at = async (maxDiscoveryDepth: number) =>
      pathsOf(sandbox, await crawl(call, { url: sandbox.siteUrl, sitemap: 'skip', maxDiscoveryDepth }))
    expect(await at(3)).not.toContain('guide/mounting/harbour/winter/')
    expect(await at(4)).toContain('guide/mounting/harbour/winter/')
  })

  it('stays below the start unless told to read the entire domain', async () => {
    const below = await crawl(call, { url: `${sandbox.siteUrl}api/`, sitemap: 'skip' })
    expect(pathsOf(sandbox, below)).toEqual(['api/', 'api/alarms', 'api/errors', 'api/readings'])
    const entire = await crawl(call, { url: `${sandbox.siteUrl}api/`, sitemap: 'skip', crawlEntireDomain: true })
    expect(pathsOf(sandbox, entire)).toContain('guide/install')
  })

  it('follows external links one hop, skips foreign home pages, and reaches nothing beyond this machine', async () => {
    const answer = await crawl(call, {
      url: sandbox.siteUrl,
      allowExternalLinks: true,
      includePaths: ['^/site/$', '/tides/'],
    })
    expect(answer.body).toMatchObject({ completed: 1, total: 1 })
    const { errors } = (await call(`GET /v2/crawl/${answer.id}/errors`)).body
    expect(errors.map(({ url, code }: { url: string; code: string }) => [url, code]).sort()).toEqual([
      ['https://example.com/', 'EXTERNAL_LINK'],
      ['https://example.com/tides/field-guide', 'SCRAPE_DNS_RESOLUTION_ERROR'],
    ])
    const hop = await crawl(call, { url: `${otherUrl}/page`, allowExternalLinks: true, crawlEntireDomain: true })
    const urls = hop.body.data.map((page: { metadata: { url: string } }) => page.metadata.url)
    // The sandbox's site is external here: its FAQ is read, the pages its menu links to are not.
    expect(urls.sort()).toEqual([`${otherUrl}/page`, `${otherUrl}/behind`, `${sandbox.siteUrl}faq`].sort())
  })

  it('pauses between pages when asked, one at a time', async () => {
    const answer = await crawl(call, { url: sandbox.siteUrl, limit: 4, delay: 0.1, maxConcurrency: 5 })
    expect(answer.body.completed).toBe(4)
    expect(answer.body.duration).toBeGreaterThan(0.29)
  })
})

describe('the life of a job', () => {
  it('scrapes as far as the control API lets it, always offering a next chunk', async () => {
    settings({ manual: true })
    const start = await call('POST /v2/crawl', { body: { url: sandbox.siteUrl, limit: 8 } })
    const { id } = start.body
    expect(start.body.url).toBe(`${sandbox.origin}/firecrawl/v2/crawl/${id}`)
    const status = async () => (await call(`GET /v2/crawl/${id}`)).body
    await expect.poll(async () => (await status()).total).toBe(5)
    expect(await status()).toMatchObject({
      status: 'scraping',
      completed: 0,
      data: [],
      next: `${start.body.url}?skip=0`,
    })
    settings({ step: 2 })
    await expect.poll(async () => (await status()).completed).toBe(2)
    expect(await status()).toMatchObject({ status: 'scraping', total: 8, next: `${start.body.url}?skip=2` })
    expect((await status()).completedAt).toBeUndefined()
    const queue = (await call('GET /v2/team/queue-status')).body
    expect(queue).toMatchObject({
      jobsInQueue: 6,
      activeJobsInQueue: 0,
      waitingJobsInQueue: 6,
      mostRecentSuccess: null,
    })
    expect((await call('GET /v2/crawl/active')).body.crawls).toMatchObject([
      { id, url: sandbox.siteUrl, status: 'scraping' },
    ])
    settings({ step: 100 })
    const done = await ended(call, id)
    expect(done.body).toMatchObject({ status: 'completed', completed: 8 })
    expect(done.body.next).toBeUndefined()
    expect((await call('GET /v2/crawl/active')).body.crawls).toEqual([])
    expect((await call('GET /v2/team/queue-status')).body.mostRecentSuccess).toBe(done.body.completedAt)
  })

  it('gives its results in chunks, each page once, with an absolute next until the last', async () => {
    settings({ chunkSize: 5 })
    const { body, id } = await crawl(call, { url: sandbox.siteUrl, limit: 12, excludePaths: ['home'] })
    const seen: string[] = []
    let chunk = body
    let chunks = 0
    for (;;) {
      chunks += 1
      seen.push(...chunk.data.map((page: { metadata: { sourceURL: string } }) => page.metadata.sourceURL))
      if (chunk.next === undefined) break
      expect(chunk).toMatchObject({ status: 'completed', total: 12 })
      chunk = (await call(`GET ${chunk.next.replace(`${sandbox.origin}/firecrawl`, '')}`)).body
    }
    expect([chunks, seen.length, new Set(seen).size]).toEqual([3, 12, 12])
    const narrow = (await call(`GET /v2/crawl/${id}?skip=10&limit=1`)).body
    expect(narrow.next).toBe(`${sandbox.origin}/firecrawl/v2/crawl/${id}?skip=11&limit=1`)
    expect(narrow.data).toHaveLength(1)
    expect((await call(`GET /v2/crawl/${id}?skip=99`)).body.data).toEqual([])
    expect((await call(`GET /v2/crawl/${id}?skip=-1`)).status).toBe(400)
    settings({ nextOrigin: 'http://internal.example', omitSuccess: true })
    const odd = (await call(`GET /v2/crawl/${id}`)).body
    expect(odd.next).toBe(`http://internal.example/firecrawl/v2/crawl/${id}?skip=5`)
    expect(odd).not.toHaveProperty('success')
  })

  it('is cancelled once and for all, and keeps what it has', async () => {
    settings({ manual: true })
    const { id } = (await call('POST /v2/crawl', { body: { url: sandbox.siteUrl, limit: 10 } })).body
    settings({ step: 1 })
    await expect.poll(async () => (await call(`GET /v2/crawl/${id}`)).body.completed).toBe(1)
    expect(await call(`DELETE /v2/crawl/${id}`)).toMatchObject({ status: 200, body: { status: 'cancelled' } })
    settings({ manual: false })
    const after = (await call(`GET /v2/crawl/${id}`)).body
    expect(after).toMatchObject({ status: 'cancelled', completed: 1, total: 1 })
    expect(after.next).toBeUndefined()
    expect(after.data).toHaveLength(1)
    const { id: whole } = await crawl(call, { url: sandbox.siteUrl, limit: 1 })
    expect(await call(`DELETE /v2/crawl/${whole}`)).toMatchObject({
      status: 409,
      body: { error: 'Crawl is already completed' },
    })
  })

  it('fails when told to, with the pages it has', async () => {
    settings({ failAfterPages: 2 })
    const answer = await crawl(call, { url: sandbox.siteUrl })
    expect(answer.body.status).toBe('failed')
    expect(answer.body.data).toHaveLength(2)
  })

  it('is gone after a day of the sandbox', async () => {
    const { id } = await crawl(call, { url: sandbox.siteUrl, limit: 1 })
    sandbox.control.advance(24 * 3600 - 60)
    expect((await call(`GET /v2/crawl/${id}`)).status).toBe(200)
    sandbox.control.advance(61)
    for (const path of [`GET /v2/crawl/${id}`, `GET /v2/crawl/${id}/errors`, `DELETE /v2/crawl/${id}`])
      expect(await call(path)).toMatchObject({ status: 404, body: { success: false, error: 'Job expired' } })
    expect(await call(`GET /v2/crawl/${crypto.randomUUID()}`)).toMatchObject({
      status: 404,
      body: { error: 'Job not found' },
    })
    expect((await call('GET /v2/crawl/7')).status).toBe(400)
  })
})
