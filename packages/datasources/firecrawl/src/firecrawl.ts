import { apiKey, defineDataSource } from '@wellhead/datasource-node'
import { baseUrlOf } from './api.ts'
import { cancelCrawl, crawl } from './crawl.ts'
import { toError } from './errors.ts'
import { icon } from './icon.ts'
import { identify } from './identify.ts'
import { parameters } from './parameters.ts'
import { settings } from './settings.ts'

export interface FirecrawlOptions {
  /** Milliseconds between two looks at a crawl: the first wait, and the longest that it grows to. Default 2,000 and 15,000. */
  readonly pollMs?: { readonly first: number; readonly most: number }
}

/** https://docs.firecrawl.dev/api-reference/v2-introduction */
export function createFirecrawl({ pollMs = { first: 2_000, most: 15_000 } }: FirecrawlOptions = {}) {
  return defineDataSource({
    specVersion: 1,
    id: 'firecrawl',
    kind: 'website_crawl',
    name: 'Firecrawl',
    description: 'Pages of a web site as Markdown, crawled by Firecrawl.',
    icon,
    documentationUrl: 'https://docs.firecrawl.dev',
    aliases: ['firecrawl_datasource', 'langgenius/firecrawl_datasource'],
    parameterAliases: { crawl_sub_pages: 'crawl_subpages' },
    endpoints: { api: 'https://api.firecrawl.dev' },
    // A key of a self-hosted Firecrawl is for that server alone.
    hosts: ({ endpoints, settings }) => [baseUrlOf(settings) ?? endpoints.api],
    auth: [
      apiKey({
        label: 'API key',
        help: 'Sign in to Firecrawl and copy a key from its dashboard.',
        keyUrl: 'https://www.firecrawl.dev/app/api-keys',
        placeholder: 'fc-…',
      }),
    ],
    settings,
    parameters,
    identify,
    toError,
    crawl: (ctx, input) => crawl(ctx, input, pollMs),
    cancelCrawl,
  })
}

export const firecrawl = createFirecrawl()
