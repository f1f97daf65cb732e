export { createFirecrawl, type FirecrawlOptions, firecrawl } from './firecrawl.ts'
