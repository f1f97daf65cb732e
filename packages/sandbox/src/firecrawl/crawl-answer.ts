import type { ActiveCrawl, CrawlErrorsResponse, CrawlJob } from '@mendable/firecrawl-js'
import { type Crawl, resultsLifeMs } from './crawl.ts'
import { refuse } from './errors.ts'

export interface CrawlAnswerOptions {
  readonly now: number
  readonly chunkSize: number
  readonly omitSuccess: boolean
  /** Where `next` points, up to and including `/v2`. */
  readonly base: string
  readonly query: Readonly<Record<string, unknown>>
}

type CrawlStatusAnswer = Omit<CrawlJob, 'id'> & {
  success?: true
  createdAt: string
  completedAt?: string
  /** Seconds. */
  duration: number
  warning?: string
}

/** One chunk of a crawl. https://docs.firecrawl.dev/api-reference/endpoint/crawl-get */
export function crawlAnswer(crawl: Crawl, options: CrawlAnswerOptions): CrawlStatusAnswer {
  const skip = count(options.query, 'skip', 0) ?? 0
  const limit = count(options.query, 'limit', 1)
  const data = crawl.documents.slice(skip, skip + Math.min(options.chunkSize, limit ?? options.chunkSize))
  const read = skip + data.length
  // While it scrapes there is always a next chunk; afterwards as long as documents are left.
  const more = crawl.status === 'scraping' || crawl.documents.length > read
  const next = `${options.base}/crawl/${crawl.id}?skip=${read}${limit === undefined ? '' : `&limit=${limit}`}`
  const warning = warn(crawl)
  return {
    ...(options.omitSuccess ? {} : { success: true }),
    status: crawl.status,
    total: crawl.total,
    completed: crawl.documents.length,
    creditsUsed: crawl.documents.length,
    createdAt: new Date(crawl.createdAt).toISOString(),
    ...(crawl.completedAt === undefined ? {} : { completedAt: new Date(crawl.completedAt).toISOString() }),
    duration: ((crawl.completedAt ?? options.now) - crawl.createdAt) / 1000,
    expiresAt: new Date(crawl.createdAt + resultsLifeMs).toISOString(),
    ...(more ? { next } : {}),
    data,
    ...(warning === undefined ? {} : { warning }),
  }
}

function count(query: Readonly<Record<string, unknown>>, name: string, least: number): number | undefined {
  const text = query[name]
  if (text === undefined) return undefined
  const value = Number(text)
  if (typeof text !== 'string' || !/^\d+$/.test(text) || value < least)
    throw refuse(400, 'Bad Request', { code: 'BAD_REQUEST', details: [{ path: [name], message: 'Invalid number' }] })
  return value
}

function warn(crawl: Crawl): string | undefined {
  if (crawl.status === 'scraping') return undefined
  if (crawl.robotsBlocked.size > 0)
    return 'One or more pages were unable to be crawled because the robots.txt file prevented this. Please use the /scrape endpoint instead.'
  const start = new URL(crawl.request.url)
  if (crawl.documents.length <= 1 && start.pathname !== '/' && !crawl.request.crawlEntireDomain)
    return `Only ${crawl.documents.length} result(s) found. For broader coverage, try crawling with crawlEntireDomain=true or start from a higher-level path like ${start.origin}`
  return undefined
}

export const crawlErrorsAnswer = (crawl: Crawl): CrawlErrorsResponse => ({
  errors: [...crawl.errors],
  robotsBlocked: [...crawl.robotsBlocked],
})

export function activeCrawl(crawl: Crawl): ActiveCrawl & { status: string; created_at: string } {
  const { url, scrapeOptions, ...options } = crawl.request
  return {
    id: crawl.id,
    teamId: crawl.account.teamId,
    url,
    status: crawl.status,
    created_at: new Date(crawl.createdAt).toISOString(),
    options: { ...options, scrapeOptions: scrapeOptions ?? {} },
  }
}
