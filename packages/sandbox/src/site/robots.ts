import { z } from 'zod'
import { robotsDisallowed } from './pages.ts'

/** What the robots.txt of the sandbox's origin says, and how it is answered. */
export interface RobotsSettings {
  /** HTTP status of robots.txt. */
  status: number
  /** Seconds between two requests; null: it says nothing of it. */
  crawlDelay: number | null
  /** Crawlers that get a group of their own, which keeps them from everything. */
  blockedAgents: readonly string[]
  /** Whether the sitemaps of the archive are named. */
  archive: boolean
}

export const defaultRobots = (): RobotsSettings => ({
  status: 200,
  crawlDelay: null,
  blockedAgents: [],
  archive: false,
})

const changesSchema = z.strictObject({
  status: z.int().min(200).max(599).optional(),
  crawlDelay: z.number().min(0).nullable().optional(),
  blockedAgents: z.array(z.string().regex(/^[\w-]+$/)).optional(),
  archive: z.boolean().optional(),
})

export function changeRobots(robots: RobotsSettings, input: Readonly<Record<string, unknown>>): void {
  const given = Object.entries(changesSchema.parse(input)).filter(([, value]) => value !== undefined)
  Object.assign(robots, Object.fromEntries(given))
}

export function robotsText(robots: RobotsSettings, root: string, siteUrl: string): string {
  return [
    ...robots.blockedAgents.flatMap((agent) => [`User-agent: ${agent}`, 'Disallow: /', '']),
    'User-agent: *',
    ...robotsDisallowed.map((path) => `Disallow: ${root}${path}`),
    ...(robots.crawlDelay === null ? [] : [`Crawl-delay: ${robots.crawlDelay}`]),
    '',
    `Sitemap: ${siteUrl}sitemap.xml`,
    ...(robots.archive ? [`Sitemap: ${siteUrl}archive/sitemap-index.xml`] : []),
    '',
  ].join('\n')
}
