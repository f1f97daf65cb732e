import type { FastifyInstance, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { House } from '../provider.ts'
import type { Account, Accounts } from './accounts.ts'
import { startCrawl } from './crawl.ts'
import { activeCrawl, crawlAnswer, crawlErrorsAnswer } from './crawl-answer.ts'
import type { Crawls } from './crawls.ts'
import { FirecrawlError, fromZodError, refuse } from './errors.ts'
import { PageError } from './fetch-page.ts'
import { mapSite } from './map-site.ts'
import type { RateLimits } from './rate-limits.ts'
import {
  crawlRequest,
  defaultCrawlLimit,
  mapRequest,
  refuseCrawl,
  refuseUnsupported,
  scrapeRequest,
} from './request-schemas.ts'
import { scrapePage } from './scrape-page.ts'
import type { RateKind, Settings } from './settings.ts'

export interface FirecrawlParts {
  readonly house: House
  readonly accounts: Accounts
  readonly crawls: Crawls
  readonly limits: RateLimits
  readonly settings: () => Settings
  /** Idempotency keys that were used. */
  readonly usedKeys: Set<string>
}

const manageKeys = 'Team admins can manage key restrictions at https://www.firecrawl.dev/app/api-keys'
const uuid = z.uuid()

/** The v2 API. https://docs.firecrawl.dev/api-reference/v2-introduction */
export function addFirecrawlRoutes(app: FastifyInstance, parts: FirecrawlParts): void {
  const { house, accounts, crawls, limits, settings, usedKeys } = parts
  const closing = new AbortController()
  app.addHook('onClose', async () => {
    closing.abort()
    crawls.clear()
  })
  addParsers(app)

  /** Who calls. `group` is what an endpoint-restricted key must be allowed to use; `/v2/team/*` has none and is always open. */
  const authenticate = (request: FastifyRequest, rate?: RateKind, group?: string): Account => {
    const account = accounts.authenticate(request.headers.authorization)
    if (!account) throw refuse(401, 'Unauthorized')
    if (group !== undefined && account.allowedEndpoints.length > 0 && !account.allowedEndpoints.includes(group))
      throw refuse(
        403,
        `Request blocked: this API key is restricted to the following endpoints: ${account.allowedEndpoints.join(', ')}. ${manageKeys}`,
      )
    if (rate) limits.take(account.teamId, rate)
    return account
  }
  const spend = (account: Account) => {
    accounts.spend(account, 1)
    house.changed()
  }
  const base = () => `${settings().nextOrigin ?? house.origin()}/firecrawl/v2`

  app.get('/v2/team/credit-usage', (request) => {
    const account = authenticate(request)
    if (!account.billing) throw refuse(404, 'Could not find credit usage information')
    return { success: true, data: accounts.creditUsage(account) }
  })

  app.get('/v2/team/queue-status', (request) => crawls.queueStatus(authenticate(request), settings().concurrency))

  app.post('/v2/scrape', async (request) => {
    // The free tier without a key is granted only when there is no Authorization header at all.
    const keyless = request.headers.authorization === undefined
    const account = keyless ? undefined : authenticate(request, 'scrape', 'scrape')
    if (account) accounts.require(account, 1)
    else limits.take(request.ip, 'keyless')
    const body = scrapeRequest.parse(request.body)
    refuseUnsupported(body)
    const { document } = await scrapePage(body.url, body, closing.signal)
    if (account) spend(account)
    return { success: true, data: document }
  })

  app.post('/v2/map', async (request) => {
    const account = authenticate(request, 'map', 'map')
    accounts.require(account, 1)
    const body = mapRequest.parse(request.body)
    if (body.threatProtection) throw refuse(403, 'Threat Protection is not enabled for your team.')
    const links = await mapSite(body, closing.signal)
    // One credit per call, however many links. https://docs.firecrawl.dev/billing
    spend(account)
    return { success: true, links }
  })

  app.post('/v2/crawl', (request) => {
    const account = authenticate(request, 'crawl', 'crawl')
    // Before the body is judged, as in the real server: a limit that was left out counts as the default.
    const given = (request.body as { limit?: unknown } | undefined)?.limit
    accounts.require(account, given === undefined ? defaultCrawlLimit : Math.max(1, Number(given) || 1))
    claimIdempotencyKey(request)
    const body = crawlRequest.parse(request.body)
    refuseCrawl(body)
    const crawl = startCrawl({
      request: body,
      account,
      clock: house.clock,
      settings,
      onPage: () => spend(account),
      onEnd: () => house.changed(),
    })
    crawls.add(crawl)
    return { success: true, id: crawl.id, url: `${base()}/crawl/${crawl.id}` }
  })

  /** A key is spent by its first request, even one whose body is then refused. What is no UUID counts as used. */
  const claimIdempotencyKey = (request: FastifyRequest) => {
    const key = request.headers['x-idempotency-key']
    if (key === undefined) return
    if (typeof key !== 'string' || !uuid.safeParse(key).success || usedKeys.has(key.toLowerCase()))
      throw refuse(409, 'Idempotency key already used')
    usedKeys.add(key.toLowerCase())
  }

  app.get('/v2/crawl/active', (request) => ({
    success: true,
    crawls: crawls.active(authenticate(request, 'status', 'crawl')).map(activeCrawl),
  }))

  app.get<{ Params: { id: string }; Querystring: Record<string, unknown> }>('/v2/crawl/:id', (request) => {
    const crawl = crawls.find(authenticate(request, 'status', 'crawl'), request.params.id)
    const { chunkSize, omitSuccess } = settings()
    return crawlAnswer(crawl, { now: house.clock.now(), chunkSize, omitSuccess, base: base(), query: request.query })
  })

  app.delete<{ Params: { id: string } }>('/v2/crawl/:id', (request) => {
    const crawl = crawls.find(authenticate(request, 'status', 'crawl'), request.params.id)
    if (crawl.status === 'completed' || crawl.status === 'failed')
      throw new FirecrawlError(409, { error: 'Crawl is already completed' })
    crawl.cancel()
    return { status: 'cancelled' }
  })

  app.get<{ Params: { id: string } }>('/v2/crawl/:id/errors', (request) =>
    crawlErrorsAnswer(crawls.find(authenticate(request, 'status', 'crawl'), request.params.id)),
  )
}

function addParsers(app: FastifyInstance): void {
  // Some clients send a JSON content type with a DELETE that has no body.
  app.removeContentTypeParser('application/json')
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, text, done) => {
    if (text === '') return done(null, undefined)
    try {
      done(null, JSON.parse(String(text)))
    } catch {
      done(refuse(400, 'Bad request, malformed JSON', { code: 'BAD_REQUEST_INVALID_JSON' }))
    }
  })
  app.setErrorHandler((error, _request, reply) => {
    const answer = judge(error)
    return reply.code(answer.status).headers(answer.headers).send(answer.body)
  })
}

function judge(error: unknown): FirecrawlError {
  if (error instanceof FirecrawlError) return error
  if (error instanceof z.ZodError) return fromZodError(error)
  if (error instanceof PageError)
    return refuse(error.code.endsWith('_TIMEOUT') ? 408 : 500, error.message, { code: error.code })
  const status = (error as { statusCode?: unknown }).statusCode
  if (status === 413) return refuse(413, 'Payload Too Large')
  if (typeof status === 'number' && status < 500) return refuse(400, 'Bad Request', { code: 'BAD_REQUEST' })
  return refuse(500, 'An unexpected error occurred on the server.', { code: 'UNKNOWN_ERROR' })
}
