import type { CrawlEvent } from '@wellhead/datasource-node'
import type { FirecrawlPage } from './api.ts'

export type PageEvent = Extract<CrawlEvent, { type: 'page' | 'page_failed' }>

/** A page, or why there is none: the site refused it, Firecrawl failed on it, or it has no text. */
export function pageEvent(page: FirecrawlPage, startUrl: string): PageEvent {
  const { metadata, markdown } = page
  const url = metadata?.sourceURL ?? metadata?.url ?? startUrl
  const status = metadata?.statusCode
  const reason = failure(status, metadata?.error) ?? (markdown?.trim() ? undefined : 'The page has no text.')
  if (reason !== undefined) return { type: 'page_failed', url, reason }
  return {
    type: 'page',
    url,
    title: metadata?.title ?? url,
    description: metadata?.description ?? null,
    markdown: markdown ?? '',
    metadata: {
      ...(metadata?.language ? { language: metadata.language } : {}),
      ...(metadata?.contentType ? { contentType: metadata.contentType } : {}),
      ...(status ? { statusCode: status } : {}),
      // Where redirects led.
      ...(metadata?.url && metadata.url !== url ? { finalUrl: metadata.url } : {}),
    },
  }
}

function failure(status: number | null | undefined, error: string | undefined): string | undefined {
  const detail = error?.slice(0, 300)
  if (status && status >= 400) return `The site answered with HTTP ${status}${detail ? `: ${detail}` : ''}.`
  return detail
}
