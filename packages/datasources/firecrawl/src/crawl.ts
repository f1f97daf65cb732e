import { type CrawlEvent, type DataSourceContext, DataSourceError, isDataSourceError } from '@wellhead/datasource-node'
import { z } from 'zod'
import { apiBase, ask, crawlErrorsSchema, crawlSchema, jobPath, scrapeSchema, startedSchema } from './api.ts'
import { saying } from './errors.ts'
import { pageEvent } from './page.ts'
import { type Parameters, parameters as parametersSchema, pathList } from './parameters.ts'
import { createPollWait, type PollMs } from './poll-wait.ts'

/** Firecrawl gives up on a page after 60 s; its answer must have the time to arrive. */
const SCRAPE_MS = 90_000
/** A finished crawl that promises more pages and gives none: asked again this often. */
const MOST_EMPTY_CHUNKS = 5

/** What goes on after a crash: the job, how many of its results were taken, and how many of these were pages. */
const checkpointSchema = z.looseObject({
  jobId: z.string(),
  skip: z.int().nonnegative().default(0),
  pages: z.int().nonnegative().default(0),
})

export async function* crawl(
  ctx: DataSourceContext,
  input: { parameters: Readonly<Record<string, unknown>>; checkpoint?: Readonly<Record<string, unknown>> },
  pollMs: PollMs,
): AsyncGenerator<CrawlEvent> {
  const parsed = parametersSchema.safeParse(input.parameters)
  if (!parsed.success) throw new DataSourceError('invalid_request', 'The parameters of the crawl are not valid.')
  const parameters = parsed.data
  if (!parameters.crawl_subpages) yield* scrape(ctx, parameters)
  else yield* follow(ctx, parameters, input.checkpoint, pollMs)
}

/** Ends a job. One that is over or unknown has ended already (404, or 409 when it was completed). */
export async function cancelCrawl(
  ctx: DataSourceContext,
  { checkpoint }: { checkpoint: Readonly<Record<string, unknown>> },
): Promise<void> {
  const known = checkpointSchema.safeParse(checkpoint)
  if (!known.success) return
  try {
    const url = `${apiBase(ctx)}/v2${jobPath(known.data.jobId)}`
    await (await ctx.fetch(url, { method: 'DELETE', replayable: true })).body?.cancel()
  } catch (error) {
    if (!isDataSourceError(error) || (error.status !== 404 && error.status !== 409)) throw error
  }
}

const scrapeOptions = ({ only_main_content }: Parameters) => ({
  formats: ['markdown'],
  onlyMainContent: only_main_content,
})

/** https://docs.firecrawl.dev/api-reference/endpoint/scrape */
async function* scrape(ctx: DataSourceContext, parameters: Parameters): AsyncGenerator<CrawlEvent> {
  const answer = await ask(ctx, '/scrape', scrapeSchema, {
    method: 'POST',
    json: { url: parameters.url, ...scrapeOptions(parameters) },
    replayable: true,
    timeoutMs: SCRAPE_MS,
  })
  if (answer.success === false || !answer.data) {
    throw new DataSourceError('content_unavailable', `Firecrawl could not read the page.${saying(answer.error ?? '')}`)
  }
  const event = pageEvent(answer.data, parameters.url)
  yield event
  yield { type: 'progress', completed: 1, total: 1 }
  if (event.type === 'page_failed') throw nothing(event.reason)
}

/** https://docs.firecrawl.dev/api-reference/endpoint/crawl-get */
async function* follow(
  ctx: DataSourceContext,
  parameters: Parameters,
  checkpoint: Readonly<Record<string, unknown>> | undefined,
  pollMs: PollMs,
): AsyncGenerator<CrawlEvent> {
  const known = checkpointSchema.safeParse(checkpoint)
  const jobId = known.success ? known.data.jobId : await start(ctx, parameters)
  let { skip, pages } = known.success ? known.data : { skip: 0, pages: 0 }
  yield { type: 'checkpoint', checkpoint: { jobId, skip, pages } }

  const poll = createPollWait(ctx.signal, pollMs)
  const told = new Set<string>()
  let lastFailure: string | undefined
  for (let emptyChunks = 0; ; ) {
    const job = await ask(ctx, `${jobPath(jobId)}?skip=${skip}`, crawlSchema)
    yield { type: 'progress', completed: job.completed ?? skip, total: job.total ?? null }

    const data = job.data ?? []
    for (const page of data) {
      const event = pageEvent(page, parameters.url)
      told.add(event.url)
      if (event.type === 'page') pages++
      else lastFailure = event.reason
      yield event
    }
    const reached = Math.max(skip + data.length, skipIn(job.next))
    const moved = reached > skip
    if (moved) {
      skip = reached
      yield { type: 'checkpoint', checkpoint: { jobId, skip, pages } }
      poll.somethingHappened()
    }

    if (job.status === 'completed') {
      if (!job.next) break
      if (!moved && ++emptyChunks > MOST_EMPTY_CHUNKS)
        throw new DataSourceError('invalid_response', 'Firecrawl says that there are more pages, but gives none.')
      if (!moved) await poll.wait()
    } else if (job.status === 'scraping') await poll.wait()
    else throw ended(job.status, job.error ?? '')
  }

  for (const failure of await failuresOf(ctx, jobId)) {
    if (told.has(failure.url)) continue
    told.add(failure.url)
    lastFailure = failure.reason
    yield { type: 'page_failed', ...failure }
  }
  if (pages === 0) throw nothing(lastFailure)
}

/**
 * Starts the job. The idempotency key lets the request be sent again after a passing fault without being paid twice.
 * https://docs.firecrawl.dev/api-reference/endpoint/crawl-post
 */
async function start(ctx: DataSourceContext, parameters: Parameters): Promise<string> {
  const includePaths = pathList(parameters.include_paths)
  const excludePaths = pathList(parameters.exclude_paths)
  try {
    const { id } = await ask(ctx, '/crawl', startedSchema, {
      method: 'POST',
      headers: { 'x-idempotency-key': crypto.randomUUID() },
      json: {
        url: parameters.url,
        // Unsent it is 10,000, which is compared with the credits that are left.
        limit: parameters.limit,
        ...(parameters.max_depth === undefined ? {} : { maxDiscoveryDepth: parameters.max_depth }),
        ...(includePaths ? { includePaths } : {}),
        ...(excludePaths ? { excludePaths } : {}),
        scrapeOptions: scrapeOptions(parameters),
      },
      replayable: true,
    })
    return id
  } catch (error) {
    // Only our own first try can have used the key.
    if (!isDataSourceError(error) || error.status !== 409) throw error
    const sentence = 'Firecrawl began the crawl, but the answer with its id was lost. It was not begun twice.'
    throw new DataSourceError('invalid_response', sentence, { status: 409 })
  }
}

/** The `skip` of a `next` URL; nothing else of it is used, as it names whatever host a proxy made of it. */
function skipIn(next: string | null | undefined): number {
  const value = next ? URL.parse(next, 'http://next')?.searchParams.get('skip') : undefined
  return value && /^\d{1,9}$/.test(value) ? Number(value) : 0
}

function ended(status: string, error: string): DataSourceError {
  if (status === 'failed')
    return new DataSourceError('content_unavailable', `The crawl failed at Firecrawl.${saying(error)}`)
  if (status === 'cancelled') return new DataSourceError('content_unavailable', 'The crawl was cancelled at Firecrawl.')
  return new DataSourceError('invalid_response', 'Firecrawl gives the crawl a status that is not known here.')
}

function nothing(reason: string | undefined): DataSourceError {
  return new DataSourceError('content_unavailable', `The crawl gave no page.${reason ? ` ${reason}` : ''}`)
}

/** Pages that are in no chunk: those that failed, and those that robots.txt keeps away. */
async function failuresOf(
  ctx: DataSourceContext,
  jobId: string,
): Promise<readonly { readonly url: string; readonly reason: string }[]> {
  try {
    const { errors, robotsBlocked } = await ask(ctx, `${jobPath(jobId)}/errors`, crawlErrorsSchema)
    return [
      ...(errors ?? []).flatMap(({ url, error }) =>
        url ? [{ url, reason: (error || 'Firecrawl could not read the page.').slice(0, 300) }] : [],
      ),
      ...(robotsBlocked ?? []).map((url) => ({ url, reason: 'The robots.txt of the site does not allow it.' })),
    ]
  } catch (error) {
    // Some self-hosted servers lack the route; the pages are whole without it.
    if (!isDataSourceError(error) || error.code !== 'not_found') throw error
    ctx.log.warn('Firecrawl does not say which pages failed', { status: error.status })
    return []
  }
}
