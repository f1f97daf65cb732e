import type { CrawlRequest } from './request-schemas.ts'

/** What becomes of a link: crawled, or why not. `elsewhere` leaves no trace; `external_homepage` is reported among the errors. */
export type Verdict = 'in' | 'external' | 'elsewhere' | 'external_homepage'

export interface CrawlScope {
  judge(url: URL): Verdict
  /** The form in which two URLs count as one page. */
  key(url: URL): string
  /** The URL that is scraped: without its fragment, and without its query when those are ignored. */
  clean(url: URL): URL
}

/** Files that are no pages; documents such as PDF are not among them. */
const fileEnding =
  /\.(png|jpe?g|gif|css|js|ico|svg|tiff?|webp|zip|gz|exe|dmg|mp[34]|wav|avi|flv|woff2?|ttf|pptx?|xlsx?|inc)$/i

/** Which links belong to a crawl. https://docs.firecrawl.dev/api-reference/endpoint/crawl-post */
export function createCrawlScope(request: CrawlRequest): CrawlScope {
  const start = new URL(request.url)
  const includes = (request.includePaths ?? []).map((pattern) => new RegExp(pattern))
  const excludes = (request.excludePaths ?? []).map((pattern) => new RegExp(pattern))

  const clean = (url: URL) => {
    const cleaned = new URL(url)
    cleaned.hash = ''
    if (request.ignoreQueryParameters) cleaned.search = ''
    return cleaned
  }
  const matches = (url: URL) => {
    const text = request.regexOnFullURL ? url.href : url.pathname
    if (excludes.some((pattern) => pattern.test(text))) return false
    return includes.length === 0 || includes.some((pattern) => pattern.test(text))
  }
  const isSubdomain = (url: URL) => url.port === start.port && url.hostname.endsWith(`.${start.hostname}`)

  return {
    clean,
    key(url) {
      const { host, pathname, search } = clean(url)
      return `${host}${pathname.replace(/\/index\.html?$/i, '/').replace(/\/$/, '')}${search}`
    },
    judge(url) {
      if (!/^https?:$/.test(url.protocol) || fileEnding.test(url.pathname)) return 'elsewhere'
      if (url.host === start.host) {
        // Without crawlEntireDomain only paths below the start; the start itself is checked against the patterns too.
        if (!request.crawlEntireDomain && !url.pathname.startsWith(start.pathname)) return 'elsewhere'
        return matches(url) ? 'in' : 'elsewhere'
      }
      if (request.allowSubdomains && isSubdomain(url)) return matches(url) ? 'in' : 'elsewhere'
      if (!request.allowExternalLinks) return 'elsewhere'
      if (url.pathname === '/' && url.search === '') return 'external_homepage'
      return matches(url) ? 'external' : 'elsewhere'
    },
  }
}
