import { setTimeout as wait } from 'node:timers/promises'
import { type DataSourceContext, DataSourceError, isDataSourceError } from '@wellhead/datasource-node'
import { askIndex, type ReaderPage, readPage } from './api.ts'
import type { Waiting } from './frontier.ts'

/** A page as Reader gave it, or why it could not be had although the others can. */
export type Outcome = { readonly page: ReaderPage } | { readonly failure: string }

export interface PageReads {
  /** Begins to read a page, unless that was done before; waits first when the site wants a pause between two. */
  begin(index: number, waiting: Waiting, delayMs: number): Promise<void>
  /** @throws DataSourceError what ends the crawl */
  finish(index: number): Promise<Outcome>
  /** Resolves when nothing is under way any more; what comes is not used. */
  settle(): Promise<void>
}

/** Pages in a row that Reader may fail on until that is no longer taken for the pages' fault. */
const MOST_UNANSWERED = 3

/** Reads that are under way, by the place of their page in the crawl. They are begun in that order and taken in that order. */
export function createPageReads(
  ctx: DataSourceContext,
  { maxDepth, anyTold }: { maxDepth: number; anyTold: () => boolean },
): PageReads {
  const underWay = new Map<number, Promise<{ page: ReaderPage } | { error: unknown }>>()
  let begunAt = Number.NEGATIVE_INFINITY
  let unanswered = 0

  async function failureOf(error: unknown): Promise<string> {
    if (!isDataSourceError(error)) throw error
    // Of this page: unreachable, too large, refused by policy.
    if (error.code === 'not_found' || error.code === 'content_unavailable') return error.message
    // The same request did for another page, so it is this one that does not.
    if ((error.code === 'invalid_request' || error.code === 'invalid_response') && anyTold()) return error.message
    // Some pages make Reader fail each time. Reader being away is something else: then it answers nothing at all, or to none of them.
    if (error.code !== 'provider_unavailable' || ++unanswered >= MOST_UNANSWERED || !(await isUp(ctx))) throw error
    return error.message
  }

  return {
    async begin(index, { url, depth }, delayMs) {
      await pause(underWay.has(index) ? 0 : begunAt + delayMs - performance.now(), ctx.signal)
      if (underWay.has(index)) return
      begunAt = performance.now()
      underWay.set(
        index,
        // Taken later or never: a rejection must not be left alone until then.
        readPage(ctx, url.href, { links: depth < maxDepth }).then(
          (page) => ({ page }),
          (error: unknown) => ({ error }),
        ),
      )
    },
    async finish(index) {
      const read = await underWay.get(index)
      underWay.delete(index)
      if (read === undefined) throw new RangeError('No page was begun here.')
      if ('error' in read) return { failure: await failureOf(read.error) }
      unanswered = 0
      return read
    },
    async settle() {
      await Promise.all(underWay.values())
    },
  }
}

async function isUp(ctx: DataSourceContext): Promise<boolean> {
  try {
    await askIndex(ctx)
    return true
  } catch (error) {
    if (isDataSourceError(error) && error.code !== 'cancelled') return false
    throw error
  }
}

/** @throws DataSourceError `cancelled` as soon as the signal is aborted */
async function pause(ms: number, signal: AbortSignal): Promise<void> {
  try {
    if (ms > 0) await wait(ms, undefined, { signal })
    signal.throwIfAborted()
  } catch (cause) {
    throw new DataSourceError('cancelled', 'The crawl was cancelled.', { cause })
  }
}
