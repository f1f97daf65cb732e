import type { SearchResultWeb } from '@mendable/firecrawl-js'
import { createCrawlScope } from './crawl-scope.ts'
import { PageError } from './fetch-page.ts'
import type { MapRequest } from './request-schemas.ts'
import { defaultTimeoutMs, type ScrapedPage, scrapePage } from './scrape-page.ts'
import { loadRobots, loadSitemap } from './site-files.ts'

const defaultLimit = 5000

/**
 * The links of a site: the start, the sitemap and what the start page links to. Nothing else is read, so a map is quick and not complete, as the
 * real one is not. The start page alone gets a title, for no other page has been read.
 */
export async function mapSite(request: MapRequest, signal: AbortSignal): Promise<SearchResultWeb[]> {
  const scope = createCrawlScope({
    url: request.url,
    crawlEntireDomain: true,
    allowSubdomains: request.includeSubdomains ?? true,
    ignoreQueryParameters: request.ignoreQueryParameters ?? true,
  })
  const timeoutSignal =
    request.timeout === undefined ? signal : AbortSignal.any([signal, AbortSignal.timeout(request.timeout)])
  const start = request.sitemap === 'only' ? undefined : await read(request.url, timeoutSignal)
  const listed =
    request.sitemap === 'skip'
      ? []
      : await loadSitemap(request.url, await loadRobots(new URL(request.url).origin, timeoutSignal), timeoutSignal)
  if (timeoutSignal.aborted) throw new PageError('MAP_TIMEOUT', 'Map timed out')

  const links = new Map<string, SearchResultWeb>()
  const add = (link: string, more: Partial<SearchResultWeb> = {}) => {
    const url = scope.clean(new URL(link))
    if (scope.judge(url) === 'in' && !links.has(scope.key(url))) links.set(scope.key(url), { url: url.href, ...more })
  }
  if (request.sitemap !== 'only') add(request.url, start && titles(start))
  for (const url of listed) add(url)
  for (const url of start?.links ?? []) add(url)
  return rank([...links.values()], request.search).slice(0, request.limit ?? defaultLimit)
}

async function read(url: string, signal: AbortSignal): Promise<ScrapedPage | undefined> {
  try {
    return await scrapePage(url, { timeout: defaultTimeoutMs }, signal)
  } catch (error) {
    if (error instanceof PageError) return undefined
    throw error
  }
}

function titles({ document }: ScrapedPage): Partial<SearchResultWeb> {
  const { title, description } = document.metadata ?? {}
  return {
    ...(typeof title === 'string' ? { title } : {}),
    ...(typeof description === 'string' ? { description } : {}),
  }
}

/** With a search: the URLs that hold one of its words, those with the most words first. */
function rank(links: SearchResultWeb[], search: string | undefined): SearchResultWeb[] {
  const words = search?.toLowerCase().split(/\s+/).filter(Boolean) ?? []
  if (words.length === 0) return links
  const score = ({ url, title }: SearchResultWeb) => {
    const text = `${decodeURI(url)} ${title ?? ''}`.toLowerCase()
    return words.filter((word) => text.includes(word)).length
  }
  return links.filter((link) => score(link) > 0).sort((a, b) => score(b) - score(a))
}
