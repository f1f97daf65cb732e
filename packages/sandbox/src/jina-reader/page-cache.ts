import type { Clock } from '../clock.ts'
import type { FetchedPage } from '../web-reader/fetch-page.ts'

export interface PageCache {
  /** A page that was fetched at most so many seconds ago. */
  find(url: string, toleranceSeconds: number): FetchedPage | undefined
  keep(url: string, page: FetchedPage): void
  clear(): void
}

const most = 500

/** Pages as they were fetched, by the sandbox's clock. Those that answered with an error are not kept. */
export function createPageCache(clock: Clock): PageCache {
  const pages = new Map<string, { page: FetchedPage; at: number }>()
  return {
    find(url, toleranceSeconds) {
      const kept = pages.get(url)
      return kept && clock.now() - kept.at <= toleranceSeconds * 1000 ? kept.page : undefined
    },
    keep(url, page) {
      if (page.status >= 400) return
      pages.delete(url)
      pages.set(url, { page, at: clock.now() })
      const [oldest] = pages.keys()
      if (pages.size > most && oldest !== undefined) pages.delete(oldest)
    },
    clear: () => pages.clear(),
  }
}
