import { type DataSourceContext, isDataSourceError } from '@wellhead/datasource-node'
import { AGENT } from './robots.ts'
import { readEntries } from './sitemap-entries.ts'

export type SitemapFinding =
  | { readonly pages: readonly string[] }
  /** A sitemap that the site names, and that could not be read to its end. */
  | { readonly failed: string; readonly reason: string }

/** Sitemaps that are read for one site. */
const MOST_SITEMAPS = 50
/** An index may lead to sitemaps only (https://www.sitemaps.org/protocol.html#index), but some lead to another index. */
const DEEPEST = 3

interface Waiting {
  readonly url: string
  readonly depth: number
  /** Whether the site named it. One that is only looked for in the usual place may be missing. */
  readonly named: boolean
}

/** What the sitemaps of a site list, in their order, as long as the caller goes on asking: those that robots.txt names, else `/sitemap.xml`. */
export async function* readSitemaps(
  ctx: DataSourceContext,
  origin: string,
  named: readonly string[],
): AsyncGenerator<SitemapFinding> {
  const waiting: Waiting[] =
    named.length > 0
      ? named.map((url) => ({ url, depth: 0, named: true }))
      : [{ url: `${origin}/sitemap.xml`, depth: 0, named: false }]
  const seen = new Set<string>()
  for (let one = waiting.shift(); one; one = waiting.shift()) {
    const url = URL.parse(one.url, origin)
    if (url === null || !/^https?:$/.test(url.protocol) || seen.has(url.href)) continue
    if (seen.size >= MOST_SITEMAPS) {
      yield { failed: url.href, reason: `The site has more than ${MOST_SITEMAPS} sitemaps; the rest was left out.` }
      return
    }
    seen.add(url.href)
    try {
      for await (const entries of entriesOf(ctx, url)) {
        const pages = entries.filter(({ kind }) => kind === 'page')
        if (pages.length > 0) yield { pages: pages.map(({ location }) => location) }
        for (const { kind, location } of entries) {
          const next = kind === 'sitemap' ? URL.parse(location, url.href) : null
          // An index speaks for its own site alone; robots.txt may name any (https://www.sitemaps.org/protocol.html#submit_robots).
          if (next?.origin === url.origin && one.depth < DEEPEST && waiting.length < MOST_SITEMAPS)
            waiting.push({ url: next.href, depth: one.depth + 1, named: true })
        }
      }
    } catch (error) {
      if (isDataSourceError(error) && error.code === 'cancelled') throw error
      if (!one.named) continue
      yield { failed: url.href, reason: `The sitemap could not be read.${why(error)}` }
    }
  }
}

async function* entriesOf(ctx: DataSourceContext, url: URL) {
  const response = await ctx.fetch(url, {
    headers: { 'user-agent': AGENT, accept: 'application/xml, text/xml;q=0.9, */*;q=0.5' },
    // The reader of its entries has a bound of its own, and most are not read to their end.
    maxBytes: Number.POSITIVE_INFINITY,
  })
  if (response.body) yield* readEntries(response.body)
}

function why(error: unknown): string {
  if (isDataSourceError(error)) return error.status === undefined ? '' : ` The site answered with HTTP ${error.status}.`
  if (error instanceof RangeError) return ` ${error.message}`
  return ' It is packed and broken.'
}
