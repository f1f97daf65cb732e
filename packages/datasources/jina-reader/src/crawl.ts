import { type CrawlEvent, type DataSourceContext, DataSourceError } from '@wellhead/datasource-node'
import { readPage } from './api.ts'
import { crawlSite } from './crawl-site.ts'
import { pageEvent } from './page.ts'
import { parameters as parametersSchema } from './parameters.ts'

export async function* crawl(
  ctx: DataSourceContext,
  input: { parameters: Readonly<Record<string, unknown>>; checkpoint?: Readonly<Record<string, unknown>> },
): AsyncGenerator<CrawlEvent> {
  const parsed = parametersSchema.safeParse(input.parameters)
  if (!parsed.success) throw new DataSourceError('invalid_request', 'The parameters of the crawl are not valid.')
  if (parsed.data.crawl_sub_pages) yield* crawlSite(ctx, parsed.data, input.checkpoint)
  else yield* readOne(ctx, parsed.data.url)
}

/** The one page that a member named, its fragment included: no crawl, so robots.txt, which is for crawlers, is not asked. */
async function* readOne(ctx: DataSourceContext, url: string): AsyncGenerator<CrawlEvent> {
  const page = await readPage(ctx, url, { links: false })
  const event = pageEvent(page, page.url || url, url)
  yield event
  yield { type: 'progress', completed: 1, total: 1 }
  if (event.type === 'page_failed')
    throw new DataSourceError('content_unavailable', `The page could not be had. ${event.reason}`)
}
