import { load } from 'cheerio'
import robotsParser from 'robots-parser'
import { fetchPage, PageError, userAgent } from './fetch-page.ts'

export interface Robots {
  isAllowed(url: string): boolean
  readonly sitemaps: readonly string[]
}

const timeoutMs = 10_000
const maxSitemaps = 20

/** robots.txt of an origin; one that cannot be read forbids nothing. */
export async function loadRobots(origin: string, signal: AbortSignal): Promise<Robots> {
  const address = `${origin}/robots.txt`
  const page = await attempt(address, signal)
  const rules = parse(address, page?.status === 200 ? page.text : '')
  return { isAllowed: (url) => rules.isAllowed(url, userAgent) ?? true, sitemaps: rules.getSitemaps() }
}

// The package is CommonJS with ESM typings: what Node imports as default is the function itself.
const parse = robotsParser as unknown as typeof robotsParser.default

/** The pages that the site's sitemaps list: those named in robots.txt, else the usual places. */
export async function loadSitemap(start: string, robots: Robots, signal: AbortSignal): Promise<string[]> {
  const usual = [`${start.replace(/[?#].*$/, '').replace(/\/$/, '')}/sitemap.xml`, new URL('/sitemap.xml', start).href]
  const pages = new Set<string>()
  const waiting = [...new Set([...robots.sitemaps, ...usual])]
  const seen = new Set<string>()
  while (waiting.length > 0 && seen.size < maxSitemaps) {
    const address = waiting.shift()!
    if (seen.has(address)) continue
    seen.add(address)
    const page = await attempt(address, signal)
    if (page?.status !== 200 || !/xml/.test(page.type)) continue
    const $ = load(page.text, { xml: true })
    const located = (selector: string) =>
      $(selector)
        .get()
        .map((element) => $(element).text().trim())
        .filter((url) => URL.canParse(url))
    for (const url of located('url > loc')) pages.add(url)
    waiting.push(...located('sitemap > loc'))
  }
  return [...pages]
}

async function attempt(url: string, signal: AbortSignal) {
  try {
    return await fetchPage(url, { timeoutMs, signal })
  } catch (error) {
    if (error instanceof PageError) return undefined
    throw error
  }
}
