import { z } from 'zod'
import { refuse } from './errors.ts'

/** Names of formats in the vendor's OpenAPI file; the sandbox has no browser and no language model, so it makes the first five. */
const producedFormats = ['markdown', 'html', 'rawHtml', 'links', 'images'] as const
const otherFormats = [
  'summary',
  'screenshot',
  'json',
  'changeTracking',
  'branding',
  'product',
  'menu',
  'audio',
  'video',
  'question',
  'highlights',
] as const
export type ProducedFormat = (typeof producedFormats)[number]
const formatName = z.enum([...producedFormats, ...otherFormats])

/** As the server: a missing scheme becomes http, other schemes are refused by name. */
const url = z
  .string()
  .transform((text) =>
    /^[a-z][a-z0-9+.-]*:/i.test(text.trim()) && !/^[^/]+:\d/.test(text.trim()) ? text.trim() : `http://${text.trim()}`,
  )
  .refine((text) => /^https?:/i.test(text), 'URL uses unsupported protocol')
  .refine((text) => URL.canParse(text), 'Invalid URL')

const scrapeShape = {
  formats: z.array(z.union([formatName, z.looseObject({ type: formatName })])).optional(),
  onlyMainContent: z.boolean().optional(),
  onlyCleanContent: z.boolean().optional(),
  includeTags: z.array(z.string()).optional(),
  excludeTags: z.array(z.string()).optional(),
  maxAge: z.int().min(0).optional(),
  minAge: z.int().min(0).optional(),
  headers: z.record(z.string(), z.string()).optional(),
  waitFor: z.int().min(0).max(60_000).optional(),
  mobile: z.boolean().optional(),
  skipTlsVerification: z.boolean().optional(),
  timeout: z.int().min(1000).max(300_000).optional(),
  parsers: z.array(z.union([z.literal('pdf'), z.looseObject({ type: z.literal('pdf') })])).optional(),
  actions: z.array(z.looseObject({ type: z.string() })).optional(),
  location: z
    .strictObject({
      country: z
        .string()
        .regex(/^[A-Z]{2}$/)
        .optional(),
      languages: z.array(z.string()).optional(),
    })
    .optional(),
  removeBase64Images: z.boolean().optional(),
  blockAds: z.boolean().optional(),
  proxy: z.enum(['basic', 'enhanced', 'stealth', 'auto']).optional(),
  storeInCache: z.boolean().optional(),
  lockdown: z.boolean().optional(),
  redactPII: z.union([z.boolean(), z.looseObject({})]).optional(),
  profile: z.looseObject({ name: z.string() }).optional(),
  threatProtection: z.looseObject({}).optional(),
  auditMetadata: z.strictObject({ username: z.string().max(1024) }).optional(),
}
const scrapeOptions = z.strictObject(scrapeShape)
export type ScrapeOptions = z.infer<typeof scrapeOptions>

/** What the vendor's clients add to every body. */
const clientShape = { origin: z.string().optional(), integration: z.string().nullable().optional() }

export const scrapeRequest = z.strictObject({
  url,
  ...scrapeShape,
  ...clientShape,
  zeroDataRetention: z.boolean().optional(),
})

const sitemap = z.enum(['include', 'skip', 'only'])

export const crawlRequest = z.strictObject({
  url,
  prompt: z.string().max(10_000).optional(),
  includePaths: z.array(z.string()).optional(),
  excludePaths: z.array(z.string()).optional(),
  maxDiscoveryDepth: z.int().min(0).optional(),
  sitemap: sitemap.optional(),
  ignoreQueryParameters: z.boolean().optional(),
  deduplicateSimilarURLs: z.boolean().optional(),
  regexOnFullURL: z.boolean().optional(),
  limit: z.int().positive().optional(),
  crawlEntireDomain: z.boolean().optional(),
  allowExternalLinks: z.boolean().optional(),
  allowSubdomains: z.boolean().optional(),
  ignoreRobotsTxt: z.boolean().optional(),
  robotsUserAgent: z.string().optional(),
  delay: z.number().positive().optional(),
  maxConcurrency: z.int().positive().optional(),
  webhook: z
    .union([
      z.url(),
      z.strictObject({
        url: z.url(),
        headers: z.record(z.string(), z.string()).optional(),
        metadata: z.record(z.string(), z.unknown()).optional(),
        events: z.array(z.enum(['completed', 'page', 'failed', 'started'])).optional(),
      }),
    ])
    .optional(),
  scrapeOptions: scrapeOptions.optional(),
  zeroDataRetention: z.boolean().optional(),
  ...clientShape,
})
export type CrawlRequest = z.infer<typeof crawlRequest>

/** https://docs.firecrawl.dev/api-reference/endpoint/crawl-post: also what the server compares with the credits. */
export const defaultCrawlLimit = 10_000

export const mapRequest = z.strictObject({
  url,
  search: z.string().optional(),
  sitemap: sitemap.optional(),
  includeSubdomains: z.boolean().optional(),
  ignoreQueryParameters: z.boolean().optional(),
  ignoreCache: z.boolean().optional(),
  limit: z.int().min(1).max(100_000).optional(),
  timeout: z.int().positive().optional(),
  location: scrapeShape.location,
  threatProtection: scrapeShape.threatProtection,
  auditMetadata: scrapeShape.auditMetadata,
  ...clientShape,
})
export type MapRequest = z.infer<typeof mapRequest>

export const formatsOf = (options: ScrapeOptions): ReadonlySet<string> =>
  new Set((options.formats ?? ['markdown']).map((format) => (typeof format === 'string' ? format : format.type)))

/**
 * Refuses what this stand-in cannot do: better a loud 400 than an answer without the thing asked for. Options that change nothing on a
 * loopback site (cache ages, proxies, mobile, location, ads, TLS) are accepted.
 */
export function refuseUnsupported(options: ScrapeOptions & { zeroDataRetention?: boolean | undefined }): void {
  if (options.threatProtection) throw refuse(403, 'Threat Protection is not enabled for your team.')
  if (options.zeroDataRetention)
    throw refuse(403, 'Zero data retention is not enabled for this team. Contact support@firecrawl.com to enable it.')
  const format = [...formatsOf(options)].find((name) => !(producedFormats as readonly string[]).includes(name))
  if (format !== undefined) throw refuse(400, `The sandbox does not produce the format "${format}".`)
  const option = (['actions', 'minAge', 'lockdown', 'redactPII', 'profile'] as const).find((name) => {
    const value = options[name]
    return value !== undefined && value !== false && !(Array.isArray(value) && value.length === 0)
  })
  if (option !== undefined) throw refuse(400, `The sandbox does not support the option "${option}".`)
}

/** The same for a crawl, and the paths must be regular expressions. */
export function refuseCrawl(request: CrawlRequest): void {
  refuseUnsupported({ ...request.scrapeOptions, zeroDataRetention: request.zeroDataRetention })
  if (request.ignoreRobotsTxt || request.robotsUserAgent !== undefined)
    throw refuse(
      403,
      'ignoreRobotsTxt and robotsUserAgent are not enabled for your team. Contact support@firecrawl.com to enable them.',
    )
  // The real server asks a language model; this is its answer when that fails.
  if (request.prompt !== undefined)
    throw refuse(
      400,
      'Failed to process natural language prompt. Please try rephrasing or use explicit crawler options.',
    )
  if (request.webhook !== undefined) throw refuse(400, 'The sandbox sends no webhooks: poll the crawl instead.')
  for (const pattern of [...(request.includePaths ?? []), ...(request.excludePaths ?? [])]) {
    try {
      new RegExp(pattern)
    } catch (error) {
      throw refuse(400, (error as Error).message)
    }
  }
}
