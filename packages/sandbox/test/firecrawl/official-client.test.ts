import { Firecrawl } from '@mendable/firecrawl-js'
import { type Sandbox, startSandbox } from '@wellhead/sandbox'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

let sandbox: Sandbox
beforeAll(async () => {
  sandbox = await startSandbox({ only: ['firecrawl'], pageSize: 7 })
  sandbox.control.settings('firecrawl', { pagesPerSecond: null })
})
afterAll(() => sandbox?.close())

const client = (apiKey = sandbox.apiKeys.firecrawl ?? '') =>
  new Firecrawl({ apiKey, apiUrl: sandbox.endpoints.firecrawl?.api ?? '' })

describe('the official client', () => {
  it('crawls the site over several chunks', async () => {
    const job = await client().crawl(sandbox.siteUrl, {
      limit: 100,
      sitemap: 'include',
      excludePaths: ['^/site/api/'],
      scrapeOptions: { formats: ['markdown', 'links'] },
      pollInterval: 1,
    })
    expect(job).toMatchObject({ status: 'completed', total: 20, completed: 20, creditsUsed: 20 })
    expect(job.data).toHaveLength(20)
    expect(new Set(job.data.map((page) => page.metadata?.sourceURL)).size).toBe(20)
    const winter = job.data.find((page) => page.metadata?.title === 'Winter in the harbour')
    expect(winter?.markdown).toBe('# Winter in the harbour\n\nLift the tube when ice is thicker than 3 cm.')
    expect(winter?.links).toContain(sandbox.siteUrl)
    const errors = await client().getCrawlErrors(job.id)
    expect(errors).toEqual({ errors: [], robotsBlocked: [`${sandbox.siteUrl}internal/roadmap`] })
  })

  it('starts, lists and cancels', async () => {
    sandbox.control.settings('firecrawl', { manual: true })
    const { id } = await client().startCrawl(sandbox.siteUrl, { limit: 5 })
    expect((await client().getActiveCrawls()).crawls).toMatchObject([{ id, url: sandbox.siteUrl }])
    expect(await client().cancelCrawl(id)).toBe(true)
    expect((await client().getCrawlStatus(id)).status).toBe('cancelled')
    sandbox.control.settings('firecrawl', { manual: false })
  })

  it('scrapes, maps and counts credits', async () => {
    const before = (await client().getCreditUsage()).remainingCredits
    const page = await client().scrape(`${sandbox.siteUrl}faq`, { formats: ['markdown', 'html'] })
    expect([page.metadata?.title, page.metadata?.statusCode]).toEqual(['Questions and answers', 200])
    const { links } = await client().map(sandbox.siteUrl, { search: 'guide' })
    expect(links.map(({ url }) => url)).toEqual([`${sandbox.siteUrl}guide/`])
    expect((await client().getCreditUsage()).remainingCredits).toBe(before - 2)
    expect(await client().getQueueStatus()).toMatchObject({ success: true, jobsInQueue: 0, maxConcurrency: 5 })
  })

  it('hears why it was refused', async () => {
    await expect(client('fc-nobody').getCreditUsage()).rejects.toMatchObject({
      status: 401,
      message: 'Unauthorized: Invalid token',
    })
    await expect(client().startCrawl(sandbox.siteUrl)).rejects.toMatchObject({ status: 402 })
    await expect(client().getCrawlStatus(crypto.randomUUID())).rejects.toMatchObject({
      status: 404,
      message: 'Job not found',
    })
  })
})
