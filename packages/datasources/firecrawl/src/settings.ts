import { z } from 'zod'

/** Whether a plain-http server, or one on a private address, may be reached is the operator's decision: the host's egress guard keeps it. */
export const settings = z.object({
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
      description: 'Of a self-hosted Firecrawl, such as https://firecrawl.acme.example. Empty for firecrawl.dev.',
    }),
})
