import type { Pace } from '@wellhead/datasource-node'
import { z } from 'zod'

/** Of a key without a premium plan: https://jina.ai/reader (rate limit). */
const DEFAULT_PER_MINUTE = 500
/** Reads that one crawl has under way, and one process for one connection: a page takes seconds, so this is about one a second. */
export const READS_AT_ONCE = 5

/** Whether a plain-http server, or one on a private address, may be reached is the operator's decision: the host's egress guard keeps it. */
export const settings = z.object({
  requestsPerMinute: z.int().min(1).max(100_000).default(DEFAULT_PER_MINUTE).meta({
    title: 'Requests per minute',
    description: 'What the plan of the key allows: 500, or 5,000 with a premium key.',
  }),
  baseUrl: z
    .url({ protocol: /^https?$/ })
    .max(2_000)
    .refine((text) => {
      const url = URL.parse(text)
      return url !== null && !url.username && !url.password && !url.search && !url.hash
    }, 'must be a URL without user name, password, query and fragment')
    .optional()
    .meta({
      title: 'Base URL',
      description: 'Of a self-hosted Reader, such as https://reader.acme.example. Empty for r.jina.ai.',
    }),
})

/** The connection's own server, without a slash at its end. */
export function baseUrlOf(given: Readonly<Record<string, unknown>>): string | undefined {
  const { baseUrl } = given
  return typeof baseUrl === 'string' && baseUrl !== '' ? baseUrl.replace(/\/+$/, '') : undefined
}

/** A little slower than allowed, so that a minute of ours never meets two of Reader's: 8 a second for 500 a minute. */
export function pace({ settings: given }: { settings: Readonly<Record<string, unknown>> }): Pace {
  const { requestsPerMinute } = given
  const perMinute =
    typeof requestsPerMinute === 'number' && requestsPerMinute > 0 ? requestsPerMinute : DEFAULT_PER_MINUTE
  return { perSecond: (perMinute * 0.96) / 60, parallel: READS_AT_ONCE }
}
