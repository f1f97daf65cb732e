import { z } from 'zod'
import { sampleKeyNames } from './keys.ts'

const rate = z.int().positive()

const changesSchema = z.strictObject({
  /** Pages per chunk of a crawl's results, where the real server splits at 10 MB. */
  chunkSize: z.int().positive().optional(),
  /** Pages a crawl starts per second; null: no pause between pages. */
  pagesPerSecond: z.number().positive().nullable().optional(),
  /** Crawls scrape a page only when `step` lets them. */
  manual: z.boolean().optional(),
  /** Pages a crawl scrapes at once, before its own maxConcurrency. */
  concurrency: z.int().min(1).max(50).optional(),
  /** Leave `success` out of crawl status answers, as the vendor's OpenAPI file does. */
  omitSuccess: z.boolean().optional(),
  /** Crawls end as `failed` once they have so many pages; null: never. */
  failAfterPages: z.int().min(0).nullable().optional(),
  /** Whether a real 429 carries a Retry-After header. */
  retryAfterHeader: z.boolean().optional(),
  /** Origin of `next` links, as behind a proxy that does not tell the server its name; null: the sandbox's. */
  nextOrigin: z.url().nullable().optional(),
  /** Requests per minute and team. */
  perMinute: z.strictObject({ scrape: rate, map: rate, crawl: rate, status: rate, keyless: rate }).partial().optional(),
  /** Command: let every running crawl scrape so many more pages (with `manual`). */
  step: z.int().positive().optional(),
  /** Command: the credits that remain, by key name. */
  credits: z.partialRecord(z.enum(sampleKeyNames), z.int().min(0)).optional(),
})
export type SettingsChange = z.infer<typeof changesSchema>

export interface Settings {
  chunkSize: number
  pagesPerSecond: number | null
  manual: boolean
  concurrency: number
  omitSuccess: boolean
  failAfterPages: number | null
  retryAfterHeader: boolean
  nextOrigin: string | null
  perMinute: Record<RateKind, number>
}

export type RateKind = 'scrape' | 'map' | 'crawl' | 'status' | 'keyless'

/** The limits are the Standard plan's; a keyless caller has the Free plan's. https://docs.firecrawl.dev/rate-limits */
export const defaultSettings = (chunkSize: number): Settings => ({
  chunkSize,
  pagesPerSecond: 40,
  manual: false,
  concurrency: 5,
  omitSuccess: false,
  failAfterPages: null,
  retryAfterHeader: true,
  nextOrigin: null,
  perMinute: { scrape: 500, map: 500, crawl: 100, status: 25_000, keyless: 10 },
})

/** Changes the settings in place; the commands are left to the caller. */
export function changeSettings(settings: Settings, input: Readonly<Record<string, unknown>>): SettingsChange {
  const change = changesSchema.parse(input)
  const { step: _step, credits: _credits, perMinute, ...plain } = change
  Object.assign(settings, Object.fromEntries(Object.entries(plain).filter(([, value]) => value !== undefined)))
  Object.assign(settings.perMinute, perMinute)
  return change
}
