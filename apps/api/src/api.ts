import cookie from '@fastify/cookie'
import Fastify, { type FastifyInstance, LogController } from 'fastify'
import { nanoid } from 'nanoid'
import { createCallers } from './caller.ts'
import { registerConsole } from './console.ts'
import { createLogin, type Login } from './login/login.ts'
import { registerMetrics } from './metrics.ts'
import { registerNotFound } from './not-found.ts'
import { createOpenApi } from './openapi.ts'
import { type ApiOptions, rateLimitsOf } from './options.ts'
import { registerPages } from './pages/pages.ts'
import { errorForLog, problemOfError, sendProblem } from './problems.ts'
import { createRateLimiter } from './rate-limit.ts'
import { createRegister } from './register.ts'
import { registerAudit } from './routes/audit.ts'
import { registerAuthorizations } from './routes/authorizations.ts'
import { registerConnections } from './routes/connections.ts'
import { registerDataSources } from './routes/data-sources.ts'
import { registerDocuments } from './routes/documents.ts'
import { registerEvents } from './routes/events.ts'
import { registerHealth } from './routes/health.ts'
import { registerPeople } from './routes/people.ts'
import { registerPipelines } from './routes/pipelines.ts'
import { registerRuns } from './routes/runs.ts'
import { registerTokens } from './routes/tokens.ts'
import { headersForPrograms, securityHeaders } from './security-headers.ts'
import { createOpenStreams } from './sse.ts'
import { registerTracing } from './tracing.ts'

export interface Api {
  readonly app: FastifyInstance
  readonly login: Login
  /** Resolves with the address that it listens on. Default: any free port of 127.0.0.1. */
  listen(address?: { port?: number; host?: string }): Promise<string>
  /** Ends open streams, then waits for the answers in hand. The engine is its owner's to close. */
  close(): Promise<void>
}

/** The HTTP API, its pages and login. Validates, hands work to the engine and streams; it never calls a provider. */
export async function createApi(options: ApiOptions): Promise<Api> {
  const { engine, log } = options
  const publicUrl = checkedUrl(options.publicUrl)
  if (options.secret.length < 32) throw new Error('The secret that signs sessions needs at least 32 characters.')

  const app = Fastify({
    loggerInstance: log,
    // Its own lines have the whole URL: ours leave out what may be secret.
    logController: new LogController({ disableRequestLogging: true }),
    trustProxy: options.trustProxy ?? false,
    bodyLimit: 1_048_576,
    genReqId: () => nanoid(16),
    // Ids, invite keys and one-time tokens; longer is nothing of ours.
    routerOptions: { maxParamLength: 200 },
    // A path that cannot be decoded.
    frameworkErrors: (error, request, reply) => {
      sendProblem(request, reply, problemOfError(error), publicUrl)
    },
  }) as unknown as FastifyInstance
  // Only JSON, and forms on the pages: a plain text body is how another site would send one without asking first.
  app.removeContentTypeParser('text/plain')
  app.decorateRequest('caller', null)

  registerSecurityHeaders(app, publicUrl)
  registerLog(app)
  registerTracing(app)
  registerHostRedirect(app, publicUrl)
  registerNotFound(app, { publicUrl, hasConsole: options.page !== undefined })
  app.setErrorHandler((error, request, reply) => {
    const problem = problemOfError(error)
    if (problem.code === 'internal_error' || problem.code === 'database_unavailable')
      request.log.error({ error: errorForLog(error) }, 'a request failed')
    return sendProblem(request, reply, problem, publicUrl)
  })

  await app.register(cookie)
  const limiter = await createRateLimiter(app, rateLimitsOf(options.rateLimits))
  const streams = createOpenStreams({ heartbeatMs: options.heartbeatMs ?? 15_000 })
  app.addHook('preClose', async () => streams.close())

  const rooms = await createLogin({ engine, publicUrl, secret: options.secret, log })
  const callers = createCallers({ engine, sessions: rooms.sessions, publicUrl })
  const register = createRegister({ app, callers, limiter })
  const context = {
    register,
    engine,
    rooms,
    limiter,
    streams,
    publicUrl,
    sandbox: options.sandbox ?? false,
    settleMs: options.settleMs ?? 5_000,
  }
  registerDataSources(context)
  registerConnections(context)
  registerAuthorizations(context)
  registerPipelines(context)
  registerRuns(context)
  registerDocuments(context)
  registerEvents(context)
  registerAudit(context)
  registerTokens(context)
  registerPeople(context)
  registerHealth(context)
  registerMetrics(app, engine)

  const openApi = createOpenApi(publicUrl)
  app.get('/openapi.json', async (_request, reply) => reply.type('application/json; charset=utf-8').send(openApi))

  await registerPages(app, { engine, rooms, limiter, streams, publicUrl })
  await registerConsole(app, options.page)
  await app.ready()

  return {
    app,
    login: rooms.login,
    listen: ({ port = 0, host = '127.0.0.1' } = {}) => app.listen({ port, host }),
    close: () => closeWithConnections(app),
  }
}

/** A stream that ends during the close leaves a kept-alive connection, which would be waited for until its timeout. */
async function closeWithConnections(app: FastifyInstance): Promise<void> {
  const timer = setInterval(() => app.server.closeIdleConnections(), 50)
  try {
    await app.close()
  } finally {
    clearInterval(timer)
  }
}

/** @throws Error unless it is an absolute http(s) URL without a path: providers and browsers come back to it */
function checkedUrl(publicUrl: string): string {
  const url = URL.parse(publicUrl)
  if (!url || !/^https?:$/.test(url.protocol) || url.pathname !== '/' || url.search || url.hash || url.username)
    throw new Error(
      `The public URL must be absolute and without a path, such as https://wellhead.example.org: ${publicUrl}`,
    )
  return url.origin
}

function registerSecurityHeaders(app: FastifyInstance, publicUrl: string): void {
  const headers = securityHeaders(publicUrl)
  app.addHook('onRequest', (request, reply, done) => {
    // Not of Basic, which a proxy in front has a browser send with the pages too.
    reply.headers(/^Bearer /i.test(request.headers.authorization ?? '') ? headersForPrograms : headers)
    done()
  })
}

/** One line a request. Never a query (an OAuth callback's holds a code), and a secret in a path gives way to its pattern. */
function registerLog(app: FastifyInstance): void {
  app.addHook('onResponse', async (request, reply) => {
    const [path] = request.url.split('?', 1)
    request.log.info(
      {
        request: request.id,
        method: request.method,
        path: request.routeOptions.config.secretPath ? request.routeOptions.url : path,
        status: reply.statusCode,
        ms: Math.round(reply.elapsedTime),
      },
      'request',
    )
  })
}

/** `127.0.0.1` is another site than `localhost`: its cookies would be missing when the provider sends the browser back. */
function registerHostRedirect(app: FastifyInstance, publicUrl: string): void {
  const { protocol, hostname } = new URL(publicUrl)
  if (protocol !== 'http:' || hostname !== 'localhost') return
  const machine = /^\/(v1\/|healthz|readyz|metrics|openapi\.json)/
  app.addHook('onRequest', async (request, reply) => {
    if (request.hostname !== '127.0.0.1' && request.hostname !== '[::1]') return
    if ((request.method !== 'GET' && request.method !== 'HEAD') || machine.test(request.url)) return
    return reply.redirect(`${publicUrl}${request.url}`, 307)
  })
}
