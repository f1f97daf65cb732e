import { z } from 'zod'
import { isFile, pageKey, webUrl } from './page-url.ts'

/** Where a crawl stands, as JSON. `limit` bounds each of the lists. URLs of the site itself are kept without its origin. */
export const checkpointSchema = z.object({
  origin: z.string(),
  /** Whether the sitemaps were looked at. */
  listed: z.boolean(),
  /** Every page that was let in, in order, and how many links away from the first it is. */
  pages: z.array(z.tuple([z.string(), z.int().nonnegative()])),
  /** How many of them are done. */
  done: z.int().nonnegative(),
  /** How many of them were told as pages. */
  told: z.int().nonnegative(),
  /** Where redirects led. */
  landed: z.array(z.string()),
  /** What robots.txt keeps away, and was told. */
  forbidden: z.array(z.string()),
  lastFailure: z.string().optional(),
})
export type Checkpoint = z.infer<typeof checkpointSchema>

export interface Waiting {
  readonly url: URL
  readonly depth: number
}

/** The pages of one crawl in their order: those done, those being read and those that wait. */
export interface Frontier {
  readonly origin: string
  listed: boolean
  told: number
  lastFailure: string | undefined
  /** How many are done; also the index of the one whose turn it is to be told. */
  readonly done: number
  readonly size: number
  readonly isFull: boolean
  at(index: number): Waiting | undefined
  /** Lets a page in that is not known, while the crawl is not full. */
  add(url: URL, depth: number): void
  isKnown(url: URL): boolean
  /** A redirect led here. */
  land(url: URL): void
  /** robots.txt keeps it away; whether that is to be told: once, and as often as there are pages. */
  forbid(url: URL): boolean
  finish(): void
  /** The first page led to another origin: that is the site. */
  moveTo(origin: string): void
  checkpoint(): Checkpoint
}

export function createFrontier(start: URL, limit: number, saved?: Checkpoint): Frontier {
  let origin = saved?.origin ?? start.origin
  const short = (url: URL) => {
    const below = url.origin === origin ? url.href.slice(origin.length) : url.href
    // Two slashes would be read as a host.
    return below.startsWith('//') ? url.href : below
  }
  const long = (text: string) => new URL(text, origin)
  const pages: Waiting[] = (saved?.pages ?? []).map(([text, depth]) => ({ url: long(text), depth }))
  const landed = (saved?.landed ?? []).map(long)
  const forbidden = (saved?.forbidden ?? []).map(long)
  const known = new Set([...pages.map(({ url }) => url), ...landed, ...forbidden].map(pageKey))
  let done = saved?.done ?? 0

  return {
    listed: saved?.listed ?? false,
    told: saved?.told ?? 0,
    lastFailure: saved?.lastFailure,
    get origin() {
      return origin
    },
    get done() {
      return done
    },
    get size() {
      return pages.length
    },
    get isFull() {
      return pages.length >= limit
    },
    at: (index) => pages[index],
    add(url, depth) {
      known.add(pageKey(url))
      pages.push({ url, depth })
    },
    isKnown: (url) => known.has(pageKey(url)),
    land(url) {
      known.add(pageKey(url))
      landed.push(url)
    },
    forbid(url) {
      if (known.has(pageKey(url)) || forbidden.length >= limit) return false
      known.add(pageKey(url))
      forbidden.push(url)
      return true
    },
    finish() {
      done++
    },
    moveTo(to) {
      origin = to
    },
    checkpoint() {
      return {
        origin,
        listed: this.listed,
        pages: pages.map(({ url, depth }) => [short(url), depth]),
        done,
        told: this.told,
        landed: landed.map(short),
        forbidden: forbidden.map(short),
        ...(this.lastFailure === undefined ? {} : { lastFailure: this.lastFailure }),
      }
    },
  }
}

/** The links that may be pages of the site, each once. */
export function linksWithin(origin: string, links: readonly string[], base: string): readonly URL[] {
  const urls = new Map<string, URL>()
  for (const link of links) {
    const url = webUrl(link, base)
    if (url?.origin === origin && !isFile(url) && !urls.has(pageKey(url))) urls.set(pageKey(url), url)
  }
  return [...urls.values()]
}
