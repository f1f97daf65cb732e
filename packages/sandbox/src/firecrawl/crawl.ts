import { randomUUID } from 'node:crypto'
import type { CrawlErrorsResponse, CrawlJob, Document } from '@mendable/firecrawl-js'
import type { Clock } from '../clock.ts'
import type { Account } from './accounts.ts'
import { createCrawlScope } from './crawl-scope.ts'
import { PageError } from './fetch-page.ts'
import { type CrawlRequest, defaultCrawlLimit } from './request-schemas.ts'
import { scrapePage } from './scrape-page.ts'
import type { Settings } from './settings.ts'
import { loadRobots, loadSitemap, type Robots } from './site-files.ts'

/**
 * A crawl is `scraping` from the moment it is accepted. It ends
 *   completed   when every admitted page has been tried,
 *   failed      when the control API said that it shall, after so many pages,
 *   cancelled   when its owner asked for it.
 * None of the three is ever left. A page is admitted when it is in scope, new, within depth and limit, and allowed by robots.txt; it then waits,
 * is scraped, and is either a document (whatever its HTTP status) or an error. Documents keep the order in which they were finished, so that
 * `skip` means the same at every poll. For 24 hours of the sandbox's clock the results can be read; then the job is expired.
 */
export interface Crawl {
  readonly id: string
  readonly account: Account
  readonly request: CrawlRequest
  readonly createdAt: number
  /** Milliseconds since the epoch of its end; undefined while scraping. */
  readonly completedAt: number | undefined
  readonly status: CrawlJob['status']
  readonly documents: readonly Document[]
  readonly errors: readonly PageFailure[]
  readonly robotsBlocked: ReadonlySet<string>
  /** Pages admitted so far that did not end as an error. */
  readonly total: number
  readonly running: number
  readonly waiting: number
  cancel(): void
  /** In manual mode: lets so many more pages through. */
  step(pages: number): void
  /** Goes on after a change of the settings. */
  wake(): void
}

export type PageFailure = CrawlErrorsResponse['errors'][number]

export interface CrawlOptions {
  readonly request: CrawlRequest
  readonly account: Account
  readonly clock: Clock
  readonly settings: () => Settings
  /** One page has been scraped: bill it. */
  readonly onPage: () => void
  readonly onEnd: () => void
}

export const resultsLifeMs = 24 * 60 * 60 * 1000

interface Task {
  readonly url: string
  readonly depth: number
  /** Reached by a link to another site: its own links are not followed. */
  readonly external: boolean
}

export function startCrawl({ request, account, clock, settings, onPage, onEnd }: CrawlOptions): Crawl {
  const scope = createCrawlScope(request)
  const abort = new AbortController()
  const limit = request.limit ?? defaultCrawlLimit
  const documents: Document[] = []
  const errors: PageFailure[] = []
  const robotsBlocked = new Set<string>()
  const seen = new Set<string>()
  const robots = new Map<string, Promise<Robots>>()
  let queue: Task[] = []
  let status: CrawlJob['status'] = 'scraping'
  let completedAt: number | undefined
  let running = 0
  let admitted = 0
  let kickedOff = false
  let allowance = 0
  let nextStartAt = 0
  let timer: NodeJS.Timeout | undefined

  const end = (outcome: 'completed' | 'failed' | 'cancelled') => {
    if (status !== 'scraping') return
    status = outcome
    completedAt = clock.now()
    queue = []
    clearTimeout(timer)
    abort.abort()
    onEnd()
  }

  const fail = (url: string, code: string, error: string) =>
    errors.push({ id: randomUUID(), timestamp: new Date(clock.now()).toISOString(), url, code, error })

  const robotsOf = (origin: string) => {
    const known = robots.get(origin) ?? loadRobots(origin, abort.signal)
    robots.set(origin, known)
    return known
  }

  async function admit(link: string, depth: number): Promise<void> {
    if (!URL.canParse(link) || depth > (request.maxDiscoveryDepth ?? Number.POSITIVE_INFINITY)) return
    const url = scope.clean(new URL(link))
    const verdict = scope.judge(url)
    if (verdict === 'elsewhere' || seen.has(scope.key(url))) return
    if (verdict === 'external_homepage') {
      seen.add(scope.key(url))
      fail(url.href, 'EXTERNAL_LINK', 'External links to a homepage are not crawled')
      return
    }
    if (admitted >= limit) return
    seen.add(scope.key(url))
    admitted += 1
    if (!(await robotsOf(url.origin)).isAllowed(url.href)) {
      admitted -= 1
      robotsBlocked.add(url.href)
      return
    }
    if (status === 'scraping') queue.push({ url: url.href, depth, external: verdict === 'external' })
  }

  async function kickOff(): Promise<void> {
    await admit(request.url, 0)
    if (request.sitemap !== 'skip') {
      const listed = await loadSitemap(request.url, await robotsOf(new URL(request.url).origin), abort.signal)
      // Pages of the sitemap have depth 0, like the start.
      for (const url of listed) await admit(url, 0)
    }
    kickedOff = true
    pump()
  }

  async function work(task: Task): Promise<void> {
    try {
      const page = await scrapePage(task.url, request.scrapeOptions ?? {}, abort.signal)
      if (status !== 'scraping') return
      if (!landed(task, new URL(page.url))) return
      documents.push(page.document)
      onPage()
      const failAfter = settings().failAfterPages
      if (failAfter !== null && documents.length >= failAfter) return end('failed')
      if (task.external || request.sitemap === 'only') return
      for (const link of page.links) await admit(link, task.depth + 1)
    } catch (error) {
      if (status !== 'scraping') return
      if (!(error instanceof PageError)) throw error
      fail(task.url, error.code, error.message)
    }
  }

  /** Whether a page counts that was reached through a redirect. One that leads to a page known already is dropped without a word. */
  function landed(task: Task, at: URL): boolean {
    const key = scope.key(at)
    if (key === scope.key(new URL(task.url))) return true
    const verdict = scope.judge(at)
    if (verdict === 'elsewhere' || verdict === 'external_homepage') {
      fail(task.url, 'CRAWL_DENIAL', `Redirected target URL is not allowed by crawlOptions: ${at.href}`)
      return false
    }
    if (seen.has(key)) return false
    seen.add(key)
    return true
  }

  function pump(): void {
    clearTimeout(timer)
    while (status === 'scraping' && queue.length > 0) {
      const { concurrency, manual, pagesPerSecond, failAfterPages } = settings()
      if (failAfterPages === 0) {
        end('failed')
        return
      }
      // A delay between scrapes forces one at a time.
      const atOnce = request.delay === undefined ? Math.min(concurrency, request.maxConcurrency ?? concurrency) : 1
      if (running >= atOnce) return
      if (manual && allowance <= 0) return
      const now = performance.now()
      if (now < nextStartAt) {
        timer = setTimeout(pump, nextStartAt - now)
        return
      }
      if (manual) allowance -= 1
      else if (pagesPerSecond !== null) nextStartAt = now + 1000 / pagesPerSecond
      const task = queue.shift()!
      running += 1
      void work(task)
        .catch((error: unknown) =>
          fail(task.url, 'UNKNOWN_ERROR', error instanceof Error ? error.message : String(error)),
        )
        .finally(() => {
          running -= 1
          if (request.delay !== undefined) nextStartAt = performance.now() + request.delay * 1000
          pump()
        })
    }
    if (status === 'scraping' && kickedOff && running === 0 && queue.length === 0) end('completed')
  }

  // The answer to the start request leaves first.
  setImmediate(() => {
    kickOff().catch((error: unknown) => {
      fail(request.url, 'UNKNOWN_ERROR', error instanceof Error ? error.message : String(error))
      end('failed')
    })
  })

  return {
    id: randomUUID(),
    account,
    request,
    createdAt: clock.now(),
    documents,
    errors,
    robotsBlocked,
    get completedAt() {
      return completedAt
    },
    get status() {
      return status
    },
    get total() {
      return documents.length + (status === 'scraping' ? running + queue.length : 0)
    },
    get running() {
      return running
    },
    get waiting() {
      return queue.length
    },
    cancel: () => end('cancelled'),
    step(pages) {
      allowance += pages
      pump()
    },
    wake: pump,
  }
}
