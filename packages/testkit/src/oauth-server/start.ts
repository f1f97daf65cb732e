import { randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type AuthorizationServer, createAuthorizationServer, type MachineRequest } from './authorization-server.ts'
import { readClientProof } from './client-authentication.ts'
import { createClock } from './clock.ts'
import { createControl, type OAuthServerControl } from './control.ts'
import { createFaults } from './faults.ts'
import { authorize, decide, sendToBrowser } from './http/authorize-endpoint.ts'
import { controlOverHttp } from './http/control-endpoint.ts'
import { answerWith, type HttpExchange, send } from './http/exchange.ts'
import { readFields, readText } from './http/read-body.ts'
import { createRequestLog, type SeenRequest } from './request-log.ts'
import { createRequestRate } from './request-rate.ts'
import { createResourceApi } from './resource-api.ts'
import { type Client, type OAuthServerOptions, optionsSchema, settingsSchema } from './settings.ts'

/** Where a running server is, and with which client it is used. */
export interface OAuthServerAddress {
  /** `http://127.0.0.1:PORT`. */
  readonly origin: string
  readonly issuer: string
  /** As a data source names them: `api`, `authorize`, `token`, `revoke`, `introspect`. */
  readonly endpoints: {
    readonly api: string
    readonly authorize: string
    readonly token: string
    readonly revoke: string
    readonly introspect: string
  }
  /** The first client. */
  readonly client: Client
}

export interface OAuthServer extends OAuthServerAddress, OAuthServerControl, AsyncDisposable {
  close(): Promise<void>
}

/**
 * Starts a strict authorization server (RFC 6749, 7636, 7009, 7662, 8414, 9207) with a small API behind its tokens, on 127.0.0.1. Its clock can
 * be advanced, its faults be queued, and what it counted be asked for.
 *
 * @throws ZodError when the options are not valid
 */
export async function startOAuthServer(options: OAuthServerOptions = {}): Promise<OAuthServer> {
  const { port, issuer: configuredIssuer, clients, accounts, items, ...given } = optionsSchema.parse(options)
  let settings = settingsSchema.parse(given)
  const current = () => settings
  const clock = createClock()
  const faults = createFaults(clock.now)
  const log = createRequestLog()
  const rate = createRequestRate({ now: clock.now, mostPerSecond: () => settings.tokenRequestsPerSecond })
  let origin = ''
  const issuer = () => configuredIssuer ?? origin
  const server = createAuthorizationServer({
    now: clock.now,
    newToken: (prefix) => `${prefix}_${randomBytes(32).toString('base64url')}`,
    settings: current,
    issuer,
    clients,
  })
  const api = createResourceApi({ now: clock.now, settings: current, grants: () => server.grants, items })
  const control = createControl({
    clock,
    server,
    faults,
    log,
    accounts,
    firstClientId: clients[0]!.clientId,
    settings: current,
    change(next) {
      settings = next
    },
  })
  const closing = new AbortController()
  const authorizeParts = { server, accounts, settings: current }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const method = request.method ?? ''
    const url = new URL(request.url ?? '/', origin)
    const { pathname: path } = url
    if (path.startsWith('/_control/')) return controlOverHttp(control, path.slice(10), request, response)

    const seen: SeenRequest = { at: clock.now(), method, path, status: null }
    const exchange: HttpExchange = { request, response, closing: closing.signal, seen, released: faults.released }
    const isApi = path.startsWith('/api/')
    const kind = path.slice('/oauth/'.length)
    if (method === 'POST' && (kind === 'token' || kind === 'revoke' || kind === 'introspect') && !isApi)
      return clientEndpoint(exchange, kind, url)
    log.add(seen)
    if (method === 'GET' && isApi) {
      const { authorization } = request.headers
      const ask = () => api.answer({ path: path.slice('/api'.length), query: url.searchParams, authorization })
      return answerWith(exchange, faults.take({ endpoint: 'api', request: `${method} ${path}` }), ask)
    }
    if (method === 'GET' && path === '/oauth/authorize') {
      const clientId = url.searchParams.get('client_id') ?? undefined
      const fault = faults.take({ endpoint: 'authorize', request: `${method} ${path}`, clientId })
      if (fault) return answerWith(exchange, fault, () => ({ status: 200, body: {} }))
      return sendToBrowser(exchange, authorize(authorizeParts, url.searchParams))
    }
    if (method === 'POST' && path === '/oauth/decide')
      return sendToBrowser(exchange, decide(authorizeParts, new URLSearchParams(await readText(request))))
    if (method === 'GET' && path === '/.well-known/oauth-authorization-server')
      return send(exchange, { status: 200, body: metadata() })
    return send(exchange, { status: 404, body: { error: 'not_found' } })
  }

  async function clientEndpoint(exchange: HttpExchange, kind: 'token' | 'revoke' | 'introspect', url: URL) {
    const { request } = exchange
    const body = await readFields(request, settings.tokenRequestFormat)
    const fields = 'fields' in body ? body.fields : {}
    const { authorization } = request.headers
    const proof = readClientProof(authorization, fields)
    const clientId = 'clientId' in proof ? proof.clientId : undefined
    const grantType = fields.grant_type
    const grantId = kind === 'token' ? server.arrived(fields)?.id : undefined
    const seen = log.add({ ...exchange.seen, grantType, clientId, grantId })
    const work = (): ReturnType<AuthorizationServer['token']> => {
      if ('problem' in body) return invalidRequest(body.problem)
      // RFC 6749, sections 2.3.1 and 3.2: nothing of a token request belongs into its URL, where logs would keep it.
      if (url.search !== '') return invalidRequest('The URL must have no query.')
      const asked: MachineRequest = { authorization, fields }
      return server[kind](asked)
    }
    if (kind === 'token' && !rate.take()) return send({ ...exchange, seen }, tooManyRequests)
    const subject = { endpoint: kind, request: `POST ${url.pathname}`, grantType, clientId, grantId }
    await answerWith({ ...exchange, seen }, faults.take(subject), work)
  }

  /** RFC 8414. */
  const metadata = () => ({
    issuer: issuer(),
    authorization_endpoint: `${origin}/oauth/authorize`,
    token_endpoint: `${origin}/oauth/token`,
    revocation_endpoint: `${origin}/oauth/revoke`,
    introspection_endpoint: `${origin}/oauth/introspect`,
    response_types_supported: ['code'],
    grant_types_supported: ['authorization_code', 'refresh_token'],
    token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
    code_challenge_methods_supported: settings.pkce === 'off' ? [] : ['S256'],
    scopes_supported: settings.scopes,
    authorization_response_iss_parameter_supported: settings.iss,
  })

  const http = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => {
      if (response.headersSent) return void response.destroy()
      const status = error instanceof RangeError ? 413 : 500
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ error: String(error) }))
    })
  })
  await new Promise<void>((resolve, reject) => {
    http.once('error', reject)
    http.listen(port, '127.0.0.1', resolve)
  })
  origin = `http://127.0.0.1:${(http.address() as AddressInfo).port}`

  async function close(): Promise<void> {
    closing.abort()
    http.closeAllConnections()
    await new Promise<void>((resolve) => http.close(() => resolve()))
  }
  return {
    ...control,
    origin,
    issuer: issuer(),
    endpoints: {
      api: `${origin}/api`,
      authorize: `${origin}/oauth/authorize`,
      token: `${origin}/oauth/token`,
      revoke: `${origin}/oauth/revoke`,
      introspect: `${origin}/oauth/introspect`,
    },
    client: clients[0]!,
    close,
    [Symbol.asyncDispose]: close,
  }
}

const tooManyRequests = {
  status: 429,
  body: { error: 'slow_down', error_description: 'Too many token requests.' },
  headers: { 'retry-after': '1' },
}

const invalidRequest = (description: string) => ({
  status: 400,
  body: { error: 'invalid_request', error_description: description },
})
