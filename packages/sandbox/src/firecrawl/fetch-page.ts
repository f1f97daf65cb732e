import {
  type FetchedPage,
  type FetchOptions,
  fetchPage as fetchAnyPage,
  type UnreadablePage,
  UnreadablePageError,
} from '../web-reader/fetch-page.ts'

export type { FetchedPage } from '../web-reader/fetch-page.ts'

/** Why a page could not be had at all. Codes as in the vendor's error catalogue. */
export class PageError extends Error {
  readonly code: string
  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}

/** The name that robots.txt files address. https://docs.firecrawl.dev/features/crawl */
export const userAgent = 'FirecrawlAgent'

const codes: Readonly<Record<UnreadablePage, string>> = {
  elsewhere: 'SCRAPE_DNS_RESOLUTION_ERROR',
  timeout: 'SCRAPE_TIMEOUT',
  unsupported: 'SCRAPE_UNSUPPORTED_FILE_ERROR',
  failed: 'SCRAPE_SITE_ERROR',
}

/** GETs one URL over HTTP. Answers with an error status too; throws PageError when there is no answer. */
export async function fetchPage(target: string, options: Omit<FetchOptions, 'userAgent'>): Promise<FetchedPage> {
  try {
    return await fetchAnyPage(target, { ...options, userAgent })
  } catch (error) {
    if (error instanceof UnreadablePageError) throw new PageError(codes[error.reason], error.message)
    throw error
  }
}
