import { DataSourceError } from '@wellhead/datasource-node'

export interface PollMs {
  readonly first: number
  readonly most: number
}

/** Waits before the next look at a crawl; each wait is half as long again as the one before, until something happened. */
export function createPollWait(signal: AbortSignal, { first, most }: PollMs) {
  let next = first
  return {
    somethingHappened() {
      next = first
    },
    /** @throws DataSourceError `cancelled` as soon as the signal is aborted */
    async wait(): Promise<void> {
      const ms = next
      next = Math.min(most, next * 1.5)
      await new Promise<void>((resolve, reject) => {
        const onAbort = () => {
          clearTimeout(timer)
          reject(new DataSourceError('cancelled', 'The crawl was cancelled.'))
        }
        const timer = setTimeout(() => {
          signal.removeEventListener('abort', onAbort)
          resolve()
        }, ms)
        if (signal.aborted) onAbort()
        else signal.addEventListener('abort', onAbort, { once: true })
      })
    },
  }
}
