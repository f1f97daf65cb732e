import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { House } from '../provider.ts'
import { fetchPage } from '../web-reader/fetch-page.ts'
import type { Account, Accounts } from './accounts.ts'
import { JinaError, sendError, toJinaError } from './errors.ts'
import type { PageCache } from './page-cache.ts'
import type { RateLimits } from './rate-limits.ts'
import { jsonAnswer, textAnswer } from './read-answer.ts'
import { type ReadOptions, readOptions, targetUrl } from './read-options.ts'
import { readPage } from './read-page.ts'
import type { Settings } from './settings.ts'

export interface ReaderParts {
  readonly house: House
  readonly accounts: Accounts
  readonly limits: RateLimits
  readonly cache: PageCache
  readonly settings: () => Settings
}

/** Seconds that a page may be old when the caller does not say. */
const defaultTolerance = 3600

/** https://r.jina.ai/docs */
export function addReaderRoutes(app: FastifyInstance, parts: ReaderParts): void {
  const { house, accounts, limits, cache, settings } = parts
  const closing = new AbortController()
  app.addHook('onClose', async () => closing.abort())
  app.setErrorHandler((error, request, reply) => {
    const known = toJinaError(error)
    const { retryAfterSeconds: seconds } = known
    const form = settings().retryAfter
    if (seconds !== undefined && form === 'seconds') reply.header('retry-after', String(seconds))
    if (seconds !== undefined && form === 'date')
      reply.header('retry-after', new Date(house.clock.now() + seconds * 1000).toUTCString())
    return sendError(reply, known, wantsJson(request))
  })

  async function read(request: FastifyRequest, reply: FastifyReply, target: string | undefined, body: object) {
    const account = admit(request)
    const options = readOptions(request.headers, body as Record<string, unknown>)
    const url = targetUrl(target ?? options.url)
    if (settings().blocked.some((start) => url.href.startsWith(start)))
      throw new JinaError('SecurityCompromiseError', `Access to ${url.hostname} is not allowed`)
    const page = readPage(await find(url, options), options)
    if (account) {
      accounts.charge(account, page.tokens)
      house.changed()
    }
    reply.header('x-usage-tokens', String(page.tokens))
    if (wantsJson(request)) return jsonAnswer(page, options)
    return reply.type('text/plain; charset=utf-8').send(textAnswer(page, options))
  }

  /** Who reads. A key is judged although none would do. */
  function admit(request: FastifyRequest): Account | undefined {
    const account = accounts.authenticate(request.headers.authorization)
    if (account) accounts.requireBalance(account)
    if (account) limits.take('key', account.userId)
    else limits.take('keyless', request.ip)
    return account
  }

  async function find(url: URL, options: ReadOptions) {
    if (options.html !== undefined)
      return { url: url.href, status: 200, type: 'text/html', contentType: 'text/html', text: options.html }
    const tolerance = options.noCache ? -1 : (options.cacheTolerance ?? defaultTolerance)
    const kept = cache.find(url.href, tolerance)
    if (kept) return kept
    const page = await fetchPage(url.href, {
      userAgent: options.userAgent ?? 'JinaReader',
      timeoutMs: options.timeout * 1000,
      signal: closing.signal,
    })
    if (!options.doNotTrack) cache.keep(url.href, page)
    return page
  }

  const index = (request: FastifyRequest, reply: FastifyReply) => {
    const account = accounts.authenticate(request.headers.authorization)
    const told = account && settings().tellsAccount ? account : undefined
    const data = {
      usage1: `${house.origin()}/jina-reader/YOUR_URL`,
      usage2: 'https://s.jina.ai/YOUR_SEARCH_QUERY',
      homepage: 'https://jina.ai/reader',
      ...(told ? { authenticatedAs: `${told.userId} (${told.name})`, balanceLeft: accounts.balance(told) } : {}),
    }
    if (wantsJson(request)) return { code: 200, status: 20000, data }
    const lines = Object.entries(data).map(([name, value]) => `[${name}] ${value}`)
    return reply.type('text/plain; charset=utf-8').send(`${lines.join('\n')}\n`)
  }

  app.get('/', index)
  app.post('/', (request, reply) => {
    const { body } = request
    if (typeof body !== 'object' || body === null || Array.isArray(body))
      throw new JinaError('ParamValidationError', 'The body must be a JSON object')
    return read(request, reply, undefined, body)
  })
  // The target stands verbatim after the slash, its query included.
  app.get('/*', (request, reply) => read(request, reply, request.url.slice('/jina-reader/'.length), {}))
}

/** JSON only where nothing else would do: who takes text too gets text. */
function wantsJson(request: FastifyRequest): boolean {
  const types = (request.headers.accept ?? '*/*').split(',').map((one) => one.split(';')[0]?.trim().toLowerCase())
  return (
    types.includes('application/json') && !types.some((type) => ['text/plain', 'text/*', '*/*'].includes(type ?? ''))
  )
}
