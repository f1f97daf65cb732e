/**
 * The crawl of a site. Reader reads pages and knows no sites, so where to go is decided here: breadth-first over the links that
 * it finds, within one origin, as robots.txt allows.
 *
 * A page is let in when it is of the site, new, wanted, within depth and limit, and allowed. It then waits, is read (a few at a
 * time) and is told in the order in which it was let in, so that the same site gives the same crawl. The first page is read alone: where
 * it leads to is the site. The pages of the sitemaps are let in after it, and before those that its links lead to.
 */
import { type CrawlEvent, type DataSourceContext, DataSourceError } from '@wellhead/datasource-node'
import type { ReaderPage } from './api.ts'
import { checkpointSchema, createFrontier, linksWithin } from './frontier.ts'
import { pageEvent, targetError } from './page.ts'
import { createPageReads, type Outcome } from './page-reads.ts'
import { pageKey, webUrl } from './page-url.ts'
import { type Parameters, pathList } from './parameters.ts'
import { createPathPatterns } from './path-patterns.ts'
import { loadRobots } from './robots.ts'
import { READS_AT_ONCE } from './settings.ts'
import { readSitemaps } from './sitemaps.ts'

const FORBIDDEN = 'The robots.txt of the site does not allow it.'
const ELSEWHERE = 'It leads to another site.'

export async function* crawlSite(
  ctx: DataSourceContext,
  parameters: Parameters,
  checkpoint: Readonly<Record<string, unknown>> | undefined,
): AsyncGenerator<CrawlEvent> {
  const start = webUrl(parameters.url)
  if (!start) throw new DataSourceError('invalid_request', 'The URL of the crawl is none of the web.')
  const saved = checkpointSchema.safeParse(checkpoint)
  const frontier = createFrontier(start, parameters.limit, saved.data)
  const patterns = createPathPatterns(pathList(parameters.include_paths), pathList(parameters.exclude_paths))
  const maxDepth = parameters.max_depth ?? Number.POSITIVE_INFINITY
  const reads = createPageReads(ctx, { maxDepth, anyTold: () => frontier.told > 0 })
  let robots = await loadRobots(ctx, frontier.origin)

  const where = (): CrawlEvent => ({ type: 'checkpoint', checkpoint: frontier.checkpoint() })
  const failed = (url: string, reason: string): CrawlEvent => {
    frontier.lastFailure = reason
    return { type: 'page_failed', url, reason }
  }

  function* letIn(url: URL, depth: number): Generator<CrawlEvent> {
    if (frontier.isFull || frontier.isKnown(url)) return
    if (robots.isAllowed(url)) frontier.add(url, depth)
    else if (frontier.forbid(url)) yield failed(url.href, FORBIDDEN)
  }

  function* letInWanted(links: readonly string[], base: string, depth: number): Generator<CrawlEvent> {
    if (frontier.isFull || depth > maxDepth) return
    const urls = linksWithin(frontier.origin, links, base)
    const wanted = patterns.wanted(urls.map(({ pathname }) => pathname))
    for (const [at, url] of urls.entries()) if (wanted[at]) yield* letIn(url, depth)
  }

  async function* letInListed(): AsyncGenerator<CrawlEvent> {
    if (!parameters.use_sitemap || frontier.isFull) return
    for await (const finding of readSitemaps(ctx, frontier.origin, robots.sitemaps)) {
      if ('failed' in finding) yield { type: 'page_failed', url: finding.failed, reason: finding.reason }
      else yield* letInWanted(finding.pages, frontier.origin, 0)
      if (frontier.isFull) return
    }
  }

  /** Where a page really is; `undefined` when that is told as a page of its own; a reason when it is none of the crawl's. */
  async function place(asked: URL, page: ReaderPage): Promise<URL | string | undefined> {
    const found = webUrl(page.url ?? '') ?? asked
    if (found.origin !== frontier.origin) {
      if (frontier.listed) return ELSEWHERE
      robots = await loadRobots(ctx, found.origin)
      frontier.moveTo(found.origin)
    }
    if (pageKey(found) === pageKey(asked)) return found
    if (frontier.isKnown(found)) return undefined
    if (!robots.isAllowed(found)) return FORBIDDEN
    frontier.land(found)
    return found
  }

  /** The page, and what its links lead to. */
  function* tell(asked: URL, found: URL, page: ReaderPage, depth: number): Generator<CrawlEvent> {
    const isFirst = frontier.done === 0
    const isWanted = patterns.wanted([found.pathname])[0] === true
    const isError = targetError(page.warning) !== undefined
    const event = pageEvent(page, found.href, asked.href)
    if (event.type === 'page' && isWanted) {
      frontier.told++
      yield event
    } else if (event.type === 'page_failed' && (isWanted || isError)) yield failed(event.url, event.reason)
    // The first page shows the way, wanted or not. An error page has the links of every error page.
    if (!isError && (isWanted || isFirst)) yield* letInWanted(page.links, found.href, depth + 1)
  }

  try {
    if (!saved.success) yield* letIn(start, 0)
    if (!frontier.listed && frontier.size === 0) {
      yield* letInListed()
      frontier.listed = true
    }
    yield where()
    for (let next = frontier.at(frontier.done); next; next = frontier.at(frontier.done)) {
      const atOnce = !frontier.listed || robots.delayMs > 0 ? 1 : READS_AT_ONCE
      for (let index = frontier.done; index < frontier.done + atOnce; index++) {
        const waiting = frontier.at(index)
        if (waiting) await reads.begin(index, waiting, robots.delayMs)
      }
      const outcome: Outcome = await reads.finish(frontier.done)
      const found = 'page' in outcome ? await place(next.url, outcome.page) : outcome.failure
      if (!frontier.listed) {
        yield* letInListed()
        frontier.listed = true
      }
      if (typeof found === 'string') yield failed(next.url.href, found)
      else if (found && 'page' in outcome) yield* tell(next.url, found, outcome.page, next.depth)
      frontier.finish()
      yield where()
      yield { type: 'progress', completed: frontier.done, total: frontier.size }
    }
  } finally {
    // Whoever ends the crawl early is not followed by requests of it.
    await reads.settle()
  }
  if (frontier.told === 0)
    throw new DataSourceError(
      'content_unavailable',
      `The crawl gave no page.${frontier.lastFailure ? ` ${frontier.lastFailure}` : ''}`,
    )
}
