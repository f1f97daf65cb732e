import { type DataSourceContext, DataSourceError, isDataSourceError } from '@wellhead/datasource-node'
import robotsParser from 'robots-parser'

/** The name that robots.txt files may address us by; it is in the User-Agent of our own requests to the site (RFC 9309, section 2.2.1). */
export const AGENT = 'Wellhead'
/** A crawler must read at least 500 KiB, and may stop there (RFC 9309, section 2.5). */
const MOST_BYTES = 512 * 1024

export interface Robots {
  isAllowed(url: URL): boolean
  /** Milliseconds between two pages; 0 when it says nothing of it. */
  readonly delayMs: number
  readonly sitemaps: readonly string[]
}

/**
 * The rules of one origin.
 *
 * @throws DataSourceError `content_unavailable` when robots.txt cannot be reached: then nothing may be crawled (RFC 9309, section 2.3.1.4)
 */
export async function loadRobots(ctx: DataSourceContext, origin: string): Promise<Robots> {
  const address = `${origin}/robots.txt`
  const rules = parse(address, await readRobots(ctx, address))
  const delay = rules.getCrawlDelay(AGENT) ?? 0
  return {
    isAllowed: (url) => rules.isAllowed(url.href, AGENT) ?? true,
    // A day at most: timers know no more than 24 of them.
    delayMs: Math.min(Math.max(delay, 0) * 1000, 86_400_000),
    sitemaps: rules.getSitemaps(),
  }
}

// The package is CommonJS with ESM typings: what Node imports as default is the function itself.
const parse = robotsParser as unknown as typeof robotsParser.default

async function readRobots(ctx: DataSourceContext, address: string): Promise<string> {
  try {
    const headers = { 'user-agent': AGENT, accept: 'text/plain, */*;q=0.5' }
    // Cut here and not by the host: what comes first counts.
    const response = await ctx.fetch(address, { headers, maxBytes: Number.POSITIVE_INFINITY })
    return await readStart(response)
  } catch (error) {
    if (!isDataSourceError(error) || error.code === 'cancelled') throw error
    const { status } = error
    // Unavailable, or too many redirects: no rules (sections 2.3.1.2 and 2.3.1.3). A 429 is no such answer: the site asks to be left alone.
    if (status !== undefined ? status < 500 && status !== 429 : error.code === 'invalid_response') return ''
    // An address that may not be asked: the host's own word says it better.
    if (status === undefined && error.code !== 'provider_unavailable') throw error
    const how = status === undefined ? 'cannot be reached' : `answers with HTTP ${status}`
    const sentence = `The robots.txt of the site ${how}, so nothing of it may be crawled now.`
    throw new DataSourceError('content_unavailable', sentence, { status, cause: error })
  }
}

async function readStart(response: Response): Promise<string> {
  const decoder = new TextDecoder()
  let text = ''
  let room = MOST_BYTES
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk.subarray(0, room), { stream: true })
    room -= chunk.byteLength
    // A rule that was cut in two would be another rule.
    if (room < 0) return text.slice(0, text.lastIndexOf('\n') + 1)
  }
  return text + decoder.decode()
}
