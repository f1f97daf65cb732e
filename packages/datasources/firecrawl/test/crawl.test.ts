import { describe, expect, it } from 'vitest'
import { connect, firecrawl, follow, only, parameters } from './connect.ts'
import { type Answer, type Asked, failure, job, page, startScriptedFirecrawl } from './scripted-firecrawl.ts'

const started: Answer = { body: { success: true, id: 'job-1', url: 'https://other.test/v2/crawl/job-1' } }
const noErrors: Answer = { body: { errors: [], robotsBlocked: [] } }

/** Starts the job, answers looks at it in turn (the last one for ever), and has no failures to tell. */
function scripted(looks: readonly Answer[], errors: Answer = noErrors) {
  let look = 0
  return startScriptedFirecrawl(({ method, path }) => {
    if (method === 'POST') return started
    if (path.endsWith('/errors')) return errors
    return looks[Math.min(look++, looks.length - 1)]!
  })
}

const urls = (events: Awaited<ReturnType<typeof follow>>['events']) => only(events, 'page').map(({ url }) => url)
const looks = (asked: readonly Asked[]) => asked.filter(({ path }) => path.includes('?skip=')).map(({ path }) => path)

describe('a crawl', () => {
  it('tells the job first, then the progress of every look, and each page once in the order of the chunks', async () => {
    await using server = await scripted([
      job('scraping', [], 'http://inner:3002/v2/crawl/job-1?skip=0'),
      job('scraping', [page(1), page(2)], 'http://inner:3002/v2/crawl/job-1?skip=2'),
      // Completed, yet there are more chunks.
      job('completed', [page(3)], 'https://elsewhere.test/v2/crawl/job-1?skip=3'),
      job('completed', [page(4)]),
    ])
    const { events, error } = await follow(
      firecrawl.crawl(connect(server.origin), {
        parameters: parameters({ max_depth: 2, include_paths: 'a/.*, b{1,2}' }),
      }),
    )
    expect(error).toBeUndefined()
    expect(events[0]).toEqual({ type: 'checkpoint', checkpoint: { jobId: 'job-1', skip: 0, pages: 0 } })
    expect(only(events, 'progress')).toHaveLength(4)
    expect(urls(events)).toEqual([1, 2, 3, 4].map((number) => `https://site.test/${number}`))
    expect(only(events, 'checkpoint').at(-1)?.checkpoint).toEqual({ jobId: 'job-1', skip: 4, pages: 4 })
    expect(looks(server.asked)).toEqual([0, 0, 2, 3].map((skip) => `/v2/crawl/job-1?skip=${skip}`))

    const [start] = server.asked
    expect(start).toMatchObject({ method: 'POST', path: '/v2/crawl' })
    expect(start?.headers['x-idempotency-key']).toMatch(/^[0-9a-f-]{36}$/)
    expect(start?.headers.authorization).toBe('Bearer fc-good')
    expect(start?.json).toEqual({
      url: 'https://site.test/',
      limit: 10,
      maxDiscoveryDepth: 2,
      includePaths: ['a/.*', 'b{1,2}'],
      scrapeOptions: { formats: ['markdown'], onlyMainContent: true },
    })
  })

  it('always sends a limit', async () => {
    await using server = await scripted([job('completed', [page(1)])])
    await follow(firecrawl.crawl(connect(server.origin), { parameters: { url: 'https://site.test/' } }))
    expect(server.asked[0]?.json?.limit).toBe(10)
  })

  it('goes on from its checkpoint without starting a second job', async () => {
    await using server = await scripted([job('completed', [page(3)])])
    const checkpoint = { jobId: 'job-1', skip: 2, pages: 2 }
    const { events, error } = await follow(
      firecrawl.crawl(connect(server.origin), { parameters: parameters(), checkpoint }),
    )
    expect(error).toBeUndefined()
    expect(urls(events)).toEqual(['https://site.test/3'])
    expect(server.asked.filter(({ method }) => method === 'POST')).toEqual([])
    expect(looks(server.asked)).toEqual(['/v2/crawl/job-1?skip=2'])
  })

  it('that had given all its pages before a crash is no empty crawl', async () => {
    await using server = await scripted([job('completed', [])])
    const checkpoint = { jobId: 'job-1', skip: 2, pages: 2 }
    const { error } = await follow(firecrawl.crawl(connect(server.origin), { parameters: parameters(), checkpoint }))
    expect(error).toBeUndefined()
  })

  it('tells the pages that failed, each once', async () => {
    await using server = await scripted(
      [
        job('completed', [
          page(1),
          page(2, { statusCode: 404 }),
          page(3, { error: 'net::ERR' }),
          { ...page(4), markdown: ' ' },
        ]),
      ],
      {
        body: {
          errors: [
            { id: 'x', url: 'https://site.test/5', error: 'timed out' },
            { id: 'y', url: 'https://site.test/2', error: 'again' },
          ],
          robotsBlocked: ['https://site.test/secret'],
        },
      },
    )
    const { events, error } = await follow(firecrawl.crawl(connect(server.origin), { parameters: parameters() }))
    expect(error).toBeUndefined()
    expect(urls(events)).toEqual(['https://site.test/1'])
    expect(only(events, 'page_failed')).toEqual([
      { type: 'page_failed', url: 'https://site.test/2', reason: 'The site answered with HTTP 404.' },
      { type: 'page_failed', url: 'https://site.test/3', reason: 'net::ERR' },
      { type: 'page_failed', url: 'https://site.test/4', reason: 'The page has no text.' },
      { type: 'page_failed', url: 'https://site.test/5', reason: 'timed out' },
      {
        type: 'page_failed',
        url: 'https://site.test/secret',
        reason: 'The robots.txt of the site does not allow it.',
      },
    ])
  })

  it('takes titles and descriptions that come twice, and says where redirects led', async () => {
    const twice = { title: ['A', 'B'], description: ['', 'D'], url: 'https://site.test/moved', language: null }
    await using server = await scripted([job('completed', [page(1, twice)])])
    const { events } = await follow(firecrawl.crawl(connect(server.origin), { parameters: parameters() }))
    expect(only(events, 'page')[0]).toMatchObject({
      title: 'A',
      description: 'D',
      metadata: { finalUrl: 'https://site.test/moved', statusCode: 200 },
    })
  })

  it.each([
    ['failed', 'content_unavailable'],
    ['cancelled', 'content_unavailable'],
    ['paused-for-ever', 'invalid_response'],
  ])('crawl polling without end: one that ends as %s is %s, after the pages that there were', async (status, code) => {
    await using server = await scripted([job(status, [page(1)])])
    const { events, error } = await follow(firecrawl.crawl(connect(server.origin), { parameters: parameters() }))
    expect(error).toMatchObject({ code })
    expect(urls(events)).toHaveLength(1)
  })

  it('without a page is content_unavailable, with the reason of the last failure', async () => {
    await using none = await scripted([job('completed', [])])
    const empty = await follow(firecrawl.crawl(connect(none.origin), { parameters: parameters() }))
    expect(empty.error).toMatchObject({ code: 'content_unavailable' })

    await using blocked = await scripted([job('completed', [page(1, { statusCode: 403 })])])
    const refused = await follow(firecrawl.crawl(connect(blocked.origin), { parameters: parameters() }))
    expect(refused.error).toMatchObject({ code: 'content_unavailable', message: expect.stringContaining('HTTP 403') })
  })

  it('that promises more and never gives it is invalid_response', async () => {
    await using server = await scripted([job('completed', [page(1)], '/?skip=1'), job('completed', [], '/?skip=1')])
    const { error } = await follow(firecrawl.crawl(connect(server.origin), { parameters: parameters() }))
    expect(error).toMatchObject({ code: 'invalid_response' })
  })

  it('whose job has expired is cursor_expired', async () => {
    await using server = await scripted([failure(404, 'Job expired')])
    const { error } = await follow(
      firecrawl.crawl(connect(server.origin), { parameters: parameters(), checkpoint: { jobId: 'old' } }),
    )
    expect(error).toMatchObject({ code: 'cursor_expired' })
  })

  it('stops waiting at once when it is aborted', async () => {
    await using server = await scripted([job('scraping', [])])
    const controller = new AbortController()
    const patient = (await import('../src/index.ts')).createFirecrawl({ pollMs: { first: 600_000, most: 600_000 } })
    const events = patient.crawl(connect(server.origin, { signal: controller.signal }), { parameters: parameters() })
    const { error } = await follow(events, ({ type }) => {
      if (type === 'progress') setImmediate(() => controller.abort())
    })
    expect(error).toMatchObject({ code: 'cancelled' })
  })

  it('is begun again by the same key after a passing fault', async () => {
    await using server = await startScriptedFirecrawl(({ method, path }, number) => {
      if (number === 1) return failure(502, 'Bad gateway')
      if (method === 'POST') return started
      return path.endsWith('/errors') ? noErrors : job('completed', [page(1)])
    })
    const { error } = await follow(firecrawl.crawl(connect(server.origin, { tries: 2 }), { parameters: parameters() }))
    expect(error).toBeUndefined()
    const keys = server.asked.slice(0, 2).map(({ headers }) => headers['x-idempotency-key'])
    expect(keys[0]).toBe(keys[1])
  })

  it('whose first answer was lost is not begun twice, and says so', async () => {
    await using server = await startScriptedFirecrawl((_asked, number) =>
      number === 1 ? 'reset' : failure(409, 'Idempotency key already used'),
    )
    const { events, error } = await follow(
      firecrawl.crawl(connect(server.origin, { tries: 2 }), { parameters: parameters() }),
    )
    expect(events).toEqual([])
    expect(error).toMatchObject({ code: 'invalid_response', message: expect.stringContaining('lost') })
  })

  it('does without the list of failures where the server has none', async () => {
    await using server = await scripted([job('completed', [page(1)])], { status: 404, body: 'Cannot GET' })
    const { error } = await follow(firecrawl.crawl(connect(server.origin), { parameters: parameters() }))
    expect(error).toBeUndefined()
  })

  it('refuses an id that would change the path', async () => {
    await using server = await startScriptedFirecrawl(() => ({ body: { success: true, id: '../team' } }))
    const { error } = await follow(firecrawl.crawl(connect(server.origin), { parameters: parameters() }))
    expect(error).toMatchObject({ code: 'invalid_response' })
    expect(server.asked).toHaveLength(1)
  })
})

describe('a single page', () => {
  const single = parameters({ crawl_subpages: false, only_main_content: false })

  it('is scraped by one request', async () => {
    await using server = await startScriptedFirecrawl(() => ({ body: { success: true, data: page(1) } }))
    const { events, error } = await follow(firecrawl.crawl(connect(server.origin), { parameters: single }))
    expect(error).toBeUndefined()
    expect(urls(events)).toEqual(['https://site.test/1'])
    expect(server.asked).toHaveLength(1)
    expect(server.asked[0]).toMatchObject({
      path: '/v2/scrape',
      json: { url: 'https://site.test/', formats: ['markdown'], onlyMainContent: false },
    })
  })

  it.each<[string, Answer]>([
    ['that the site refuses', { body: { success: true, data: page(1, { statusCode: 500 }) } }],
    ['that cannot be resolved', { body: { success: false, code: 'SCRAPE_DNS_RESOLUTION_ERROR', error: 'No DNS' } }],
    ['that no engine could read', failure(500, 'All engines failed', { code: 'SCRAPE_ALL_ENGINES_FAILED' })],
  ])('%s is content_unavailable', async (_name, answer) => {
    await using server = await startScriptedFirecrawl(() => answer)
    const { events, error } = await follow(firecrawl.crawl(connect(server.origin), { parameters: single }))
    expect(error).toMatchObject({ code: 'content_unavailable' })
    expect(urls(events)).toEqual([])
  })
})

describe('ending a crawl', () => {
  it.each([
    ['a running one', { body: { status: 'cancelled' } }],
    ['an unknown one', failure(404, 'Job not found')],
    ['a completed one', failure(409, 'Crawl is already completed')],
  ] as [string, Answer][])('of %s is fine', async (_name, answer) => {
    await using server = await startScriptedFirecrawl(() => answer)
    await firecrawl.cancelCrawl(connect(server.origin), { checkpoint: { jobId: 'job-1', skip: 3, pages: 3 } })
    expect(server.asked).toMatchObject([{ method: 'DELETE', path: '/v2/crawl/job-1' }])
  })

  it('that was refused is an error', async () => {
    await using server = await startScriptedFirecrawl(() => failure(500, 'No.'))
    const ending = firecrawl.cancelCrawl(connect(server.origin), { checkpoint: { jobId: 'job-1' } })
    await expect(ending).rejects.toMatchObject({ code: 'provider_unavailable' })
  })

  it('asks nothing when no job was begun', async () => {
    await using server = await startScriptedFirecrawl(() => failure(500, 'No.'))
    await firecrawl.cancelCrawl(connect(server.origin), { checkpoint: {} })
    expect(server.asked).toEqual([])
  })
})
