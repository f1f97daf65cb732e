import type { CrawlEvent } from '@wellhead/datasource-node'
import type { ReaderPage } from './api.ts'

export type PageEvent = Extract<CrawlEvent, { type: 'page' | 'page_failed' }>

/** A page, or why there is none. `url` is where it was found, after redirects; `asked` how it was asked for. */
export function pageEvent(page: ReaderPage, url: string, asked: string): PageEvent {
  const { warning } = page
  const reason = targetError(warning) ?? (page.content?.trim() ? undefined : 'The page has no text.')
  if (reason !== undefined) return { type: 'page_failed', url, reason }
  return {
    type: 'page',
    url,
    title: page.title?.trim() || url,
    description: page.description?.trim() || null,
    markdown: page.content ?? '',
    metadata: {
      ...(page.metadata?.lang ? { language: page.metadata.lang } : {}),
      ...(page.publishedTime ? { publishedTime: page.publishedTime } : {}),
      ...(page.usage ? { tokens: page.usage.tokens } : {}),
      ...(warning ? { warning: warning.slice(0, 500) } : {}),
      ...(asked === url ? {} : { askedUrl: asked }),
    },
  }
}

/**
 * Reader answers 200 although the site did not, and says so in a warning: "Target URL returned error 404: Not Found". Other warnings (a cached
 * copy, say) leave the page as good as it is.
 */
export function targetError(warning: string | null | undefined): string | undefined {
  const status = /returned error (\d{3})/i.exec(warning ?? '')?.[1]
  return status !== undefined && Number(status) >= 400 ? `The site answered with HTTP ${status}.` : undefined
}
