/** A crawl: each page once, also over a crash, and ended when nobody wants it. */
import type { CrawlEvent, WebsiteCrawlSource } from '@wellhead/datasource-node'
import { expect, it } from 'vitest'
import { expectNothingRuns } from './describe-cancellation.ts'
import { expectFound, expectOnce } from './listing.ts'
import type { Scope } from './scope.ts'

export function describeCrawl(scope: Scope<WebsiteCrawlSource>): void {
  const { source, facts, stand, connection } = scope
  const parameters = () => source.parameters.parse(stand().parameters ?? {})
  const read = async (input: Parameters<WebsiteCrawlSource['crawl']>[1], until = (_events: CrawlEvent[]) => false) => {
    const events: CrawlEvent[] = []
    for await (const event of source.crawl(connection().context(), input)) {
      events.push(event)
      if (until(events)) break
    }
    return events
  }
  const pagesOf = (events: readonly CrawlEvent[]) => events.filter((event) => event.type === 'page')
  const urlsOf = (events: readonly CrawlEvent[]) => pagesOf(events).map(({ url }) => url)
  const checkpointOf = (events: readonly CrawlEvent[]) =>
    events.findLast((event) => event.type === 'checkpoint')?.checkpoint

  it('crawls to the end, each page once', async () => {
    const events = await read({ parameters: parameters() })
    expectFound(urlsOf(events), facts)
    for (const { markdown } of pagesOf(events)) expect(markdown.trim()).not.toBe('')
    const progress = events.filter(({ type }) => type === 'progress')
    expect(progress.length, 'how often progress was told').toBeGreaterThan(0)
  })

  it('goes on from its checkpoint, and tells no page again', async () => {
    const whole = await read({ parameters: parameters() })
    const checkpoint = checkpointOf(whole)
    if (!checkpoint) return
    expect(JSON.parse(JSON.stringify(checkpoint)), 'the checkpoint, as JSON').toEqual(checkpoint)
    // After a crash right before its end, and after one in the middle.
    expect(urlsOf(await read({ parameters: parameters(), checkpoint }))).toEqual([])
    const isMiddle = (events: CrawlEvent[]) => urlsOf(events).length > 0 && events.at(-1)?.type === 'checkpoint'
    const begun = await read({ parameters: parameters() }, isMiddle)
    const rest = await read({ parameters: parameters(), checkpoint: checkpointOf(begun)! })
    const urls = [...urlsOf(begun), ...urlsOf(rest)]
    expectOnce(urls)
    expect(urls.length, 'pages of both halves').toBe(urlsOf(whole).length)
  })

  if (source.cancelCrawl)
    it('is ended at the provider, also when it has ended already', async () => {
      const begun = await read({ parameters: parameters() }, (events) => events.at(-1)?.type === 'checkpoint')
      const checkpoint = checkpointOf(begun) ?? expect.fail('Without a checkpoint there is nothing to end')
      await source.cancelCrawl?.(connection().context(), { checkpoint })
      await source.cancelCrawl?.(connection().context(), { checkpoint })
    })

  it('ends when nobody listens any more, and leaves nothing running', async () => {
    for await (const _event of source.crawl(connection().context(), { parameters: parameters() })) break
    await expectNothingRuns({ connection: connection() })
  })
}
