/** A small crawler by API key, and the data source over it. A crawl is a job there: begun, polled, and ended or cancelled. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { apiKey, DataSourceError, defineDataSource, readJson } from '@wellhead/datasource-node'
import { z } from 'zod'
import { answer } from './drive.ts'

export interface CrawlJob {
  readonly id: string
  readonly pages: { url: string; markdown?: string; failed?: string }[]
  done: boolean
  cancelled: boolean
}

export interface SiteProvider {
  readonly origin: string
  readonly key: string
  readonly jobs: CrawlJob[]
  /** What a new job begins with. */
  fresh: Pick<CrawlJob, 'pages' | 'done'>
  intercept: ((request: IncomingMessage, response: ServerResponse) => boolean) | undefined
  close(): Promise<void>
}

export async function startSite(): Promise<SiteProvider> {
  const server = createServer((request, response) => {
    if (provider.intercept?.(request, response)) return
    if (request.headers.authorization !== `Bearer ${provider.key}`) return answer(response, 401, {})
    if (request.url === '/me') return answer(response, 200, { id: 'acc1', name: 'Acme site' })
    if (request.method === 'POST') {
      const job = { id: String(provider.jobs.length + 1), cancelled: false, ...provider.fresh }
      provider.jobs.push(job)
      return answer(response, 200, { id: job.id })
    }
    const url = new URL(request.url ?? '/', 'http://site.test')
    const job = provider.jobs.find(({ id }) => url.pathname === `/crawls/${id}`)
    if (!job) return answer(response, 404, {})
    if (request.method === 'DELETE') {
      job.cancelled = true
      return answer(response, 200, {})
    }
    answer(response, 200, { pages: job.pages.slice(Number(url.searchParams.get('from') ?? 0)), done: job.done })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const provider: SiteProvider = {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    key: 'site-key-0123456789',
    jobs: [],
    fresh: { pages: [], done: true },
    intercept: undefined,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
  return provider
}

const state = z.object({
  pages: z.array(z.object({ url: z.string(), markdown: z.string().optional(), failed: z.string().optional() })),
  done: z.boolean(),
})

export const site = defineDataSource({
  specVersion: 1,
  id: 'site',
  name: 'Site',
  description: 'A crawler for tests.',
  icon: '<svg xmlns="http://www.w3.org/2000/svg"/>',
  kind: 'website_crawl',
  documentationUrl: 'https://site.example/docs',
  endpoints: { api: 'https://api.site.example' },
  auth: [apiKey({ label: 'API key', help: 'Ask.', keyUrl: 'https://site.example/keys', placeholder: 'site-…' })],
  parameters: z.object({ url: z.url() }),
  async identify(ctx) {
    const me = await readJson(
      await ctx.fetch(`${ctx.endpoint('api')}/me`),
      z.object({ id: z.string(), name: z.string() }),
    )
    return { accountId: me.id, grantKey: me.id, name: me.name, avatarUrl: null }
  },
  toError: ({ status }) =>
    new DataSourceError(
      status === 401 ? 'unauthorized' : status === 404 ? 'not_found' : 'provider_unavailable',
      'No.',
      {
        status,
      },
    ),
  async *crawl(ctx, { parameters, checkpoint }) {
    const api = ctx.endpoint('api')
    let id = checkpoint?.id as string | undefined
    if (id === undefined) {
      const begun = await ctx.fetch(`${api}/crawls`, { method: 'POST', json: { url: parameters.url } })
      id = (await readJson(begun, z.object({ id: z.string() }))).id
      yield { type: 'checkpoint', checkpoint: { id } }
    }
    for (let seen = 0; ; ) {
      const { pages, done } = await readJson(await ctx.fetch(`${api}/crawls/${id}?from=${seen}`), state)
      for (const page of pages)
        yield page.failed === undefined
          ? { type: 'page', url: page.url, title: page.url, description: null, markdown: page.markdown ?? '' }
          : { type: 'page_failed', url: page.url, reason: page.failed }
      seen += pages.length
      yield { type: 'progress', completed: seen, total: null }
      if (done) return
      // The crawler's own pace.
      await delay(20, undefined, { signal: ctx.signal })
    }
  },
  async cancelCrawl(ctx, { checkpoint }) {
    await ctx.fetch(`${ctx.endpoint('api')}/crawls/${checkpoint.id}`, { method: 'DELETE' })
  },
})
