import { randomBytes } from 'node:crypto'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { House, OAuthClient, Provider } from '../provider.ts'
import { developersPage } from './page.ts'

/** Where a person gets what the real provider gives on its own pages: a key, an OAuth client, and for a crawler a site to read. */
export interface DeveloperPages {
  readonly keys?: string
  readonly registration?: string
  readonly site?: string
}

export function developerPages(provider: Provider, house: House): DeveloperPages {
  const page = `${house.origin()}/developers/${provider.id}`
  return {
    ...(provider.apiKey === undefined ? {} : { keys: `${page}#keys` }),
    ...(provider.registerClient === undefined ? {} : { registration: `${page}#clients` }),
    ...(provider.crawls ? { site: house.siteUrl() } : {}),
  }
}

/** Each provider's page for developers. Outside its prefix: neither logged as a call to it nor faulted. */
export function addDeveloperRoutes(
  app: FastifyInstance,
  { house, providers }: { house: House; providers: ReadonlyMap<string, Provider> },
): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, body, done) =>
    done(null, body),
  )
  // Only a page of this very server may send its form.
  app.addHook('onRequest', async (request, reply) => {
    const from = request.headers.origin
    if (request.method === 'POST' && from !== `http://${request.headers.host}`)
      return answer(reply.code(403), 'This form is sent from its own page only.')
  })

  app.get('/:provider', (request, reply) => {
    const provider = named(request)
    return provider ? show(reply, provider) : answer(reply.code(404), 'There is no such page.')
  })
  app.post('/:provider', async (request, reply) => {
    const provider = named(request)
    if (!provider?.registerClient) return answer(reply.code(404), 'There is no such page.')
    const redirectUri = new URLSearchParams(String(request.body ?? '')).get('redirect_uri')?.trim() ?? ''
    if (!isRedirectUri(redirectUri))
      return show(reply.code(400), provider, {
        entered: redirectUri,
        error: 'Enter the whole redirect URI, beginning with http:// or https:// and without a #.',
      })
    const client = newClient(redirectUri)
    provider.registerClient(client)
    house.changed()
    await house.durable()
    return show(reply, provider, { client })
  })

  const named = (request: FastifyRequest) => providers.get((request.params as { provider: string }).provider)
  const show = (reply: FastifyReply, provider: Provider, form: Parameters<typeof developersPage>[2] = {}) =>
    reply.headers(headers).send(developersPage(provider, provider.crawls ? house.siteUrl() : undefined, form))
}

const headers = {
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  'content-security-policy':
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'",
}

const answer = (reply: FastifyReply, sentence: string) => reply.type('text/plain; charset=utf-8').send(`${sentence}\n`)

const newClient = (redirectUri: string): OAuthClient => ({
  clientId: `sandbox-client-${randomBytes(8).toString('hex')}`,
  clientSecret: `sandbox-secret-${randomBytes(16).toString('hex')}`,
  redirectUris: [redirectUri],
})

/** RFC 6749, section 3.1.2: absolute, without a fragment. */
function isRedirectUri(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol) && !text.includes('#')
}
