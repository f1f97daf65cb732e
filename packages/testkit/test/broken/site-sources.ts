import { setTimeout as sleep } from 'node:timers/promises'
import {
  type CrawlEvent,
  type DataSource,
  type DataSourceContext,
  DataSourceError,
  readJson,
  type WebsiteCrawlSource,
} from '@wellhead/datasource-node'
import { z } from 'zod'
import { askingOnce, type Broken, hurried } from './broken.ts'
import { drive } from './drive-sources.ts'

const { listFolder: _listFolder, download: _download, changes: _changes, ...plain } = drive
const pageSchema = z.looseObject({ url: z.string(), title: z.string(), markdown: z.string() })
const jobSchema = z.looseObject({ pages: z.array(pageSchema), total: z.number(), done: z.boolean() })
const checkpointSchema = z.looseObject({ job: z.string(), from: z.number() })

/** A source that keeps the contract. */
export const site = {
  ...plain,
  id: 'site',
  kind: 'website_crawl',
  async *crawl(ctx, { checkpoint }) {
    const url = `${ctx.endpoint('api')}/jobs`
    let { job, from } = checkpoint
      ? checkpointSchema.parse(checkpoint)
      : {
          job: (await readJson(await ctx.fetch(url, { method: 'POST' }), z.looseObject({ id: z.string() }))).id,
          from: 0,
        }
    yield { type: 'checkpoint', checkpoint: { job, from } }
    for (;;) {
      const { pages, total, done } = await readJson(await ctx.fetch(`${url}/${job}?from=${from}`), jobSchema)
      for (const page of pages) yield { type: 'page', ...page, description: null }
      from += pages.length
      yield { type: 'checkpoint', checkpoint: { job, from } }
      yield { type: 'progress', completed: from, total }
      if (done) return
    }
  },
} as const satisfies DataSource

type Crawl = WebsiteCrawlSource['crawl']
const change = (id: string, crawl: Crawl) => ({ ...site, id, crawl }) as DataSource

/** The events that `keep` lets through. */
const only = (keep: (event: CrawlEvent) => boolean): Crawl =>
  async function* (ctx, input) {
    for await (const event of site.crawl(ctx, input)) if (keep(event)) yield event
  }

/** Each breaks one thing, named by its id. */
export const brokenSites: readonly Broken[] = [
  {
    source: change('starts-over', (ctx, { parameters }) => site.crawl(ctx, { parameters } as never)),
    fails: [/goes on from its checkpoint/],
  },
  {
    source: change(
      'silent',
      only(({ type }) => type !== 'progress'),
    ),
    fails: [/crawls to the end, each page once/],
  },
  {
    source: change('same-page-again', async function* (ctx, input) {
      for await (const event of site.crawl(ctx, input)) {
        yield event
        if (event.type === 'page') yield event
      }
    }),
    fails: [/crawls to the end, each page once/],
  },
  {
    source: change('ends-quietly', async function* (ctx, input) {
      try {
        yield* site.crawl(ctx, input)
      } catch {}
    }),
    fails: [
      /crawl > takes a wrong credential/,
      /crawl, with trouble, > is an error or the whole/,
      /crawl, with trouble, > says that the provider is down/,
      /crawl, cancelled, > sends nothing/,
      /crawl, cancelled, > ends in the middle/,
    ],
    cases: ['broken answers', 'provider down', 'cancel in the middle'],
  },
  {
    // What was told since the first checkpoint is told again.
    source: change('one-checkpoint', async function* (ctx, { parameters, checkpoint }) {
      const job = checkpoint && { job: checkpoint.job, from: 0 }
      const events = site.crawl(ctx, job ? { parameters, checkpoint: job } : { parameters })
      for await (const event of events) yield event
    }),
    fails: [/goes on from its checkpoint/],
  },
  {
    source: {
      ...change('not-ended-twice', site.crawl),
      cancelCrawl: async (ctx: DataSourceContext) => {
        throw new DataSourceError('not_found', `There is no such job at ${ctx.endpoint('api')}.`)
      },
    } as DataSource,
    fails: [/is ended at the provider/],
  },
  {
    source: change('site-asks-once', (ctx, input) => site.crawl(askingOnce(ctx), input)),
    fails: [/crawl, with trouble, > asks again/],
    cases: ['provider down'],
  },
  {
    source: { ...change('site-hurried', site.crawl), toError: hurried(site.toError) },
    fails: [/crawl, with trouble, > says how long to wait/, /crawl, with trouble, > waits as long as it is told/],
    cases: ['rate limit'],
  },
  {
    source: change('goes-on-alone', async function* (ctx, input) {
      try {
        yield* site.crawl(ctx, input)
      } finally {
        void ctx.fetch(`${ctx.endpoint('api')}/me`).catch(() => {})
      }
    }),
    fails: [/ends when nobody listens any more/],
  },
  {
    source: change('site-slow-to-hear', async function* (ctx, input) {
      try {
        yield* site.crawl(ctx, input)
      } finally {
        if (ctx.signal.aborted) await sleep(1_800)
      }
    }),
    fails: [/crawl, cancelled, > ends in the middle/],
    cases: ['cancel in the middle'],
  },
]
