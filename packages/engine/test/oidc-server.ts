/** A real authorization server (oidc-provider, certified for OpenID Connect) on loopback, and a data source over it. */
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { DataSourceError, defineDataSource, oauth2, readJson } from '@wellhead/datasource-node'
import Provider, { type Adapter, type AdapterPayload, type JWK } from 'oidc-provider'
import { z } from 'zod'

export type ClientAuth = 'basic' | 'post'

export interface OidcServer extends AsyncDisposable {
  readonly issuer: string
  readonly clients: Readonly<Record<ClientAuth, { clientId: string; clientSecret: string }>>
  /** Seconds that access tokens live which are issued from now on. */
  accessTokenSeconds: number
  /** The grant types of the token requests that arrived, in order. */
  readonly tokenRequests: string[]
  /** Grants that ended: by a refresh token that was used twice, or by a revocation. */
  readonly revoked: string[]
  /** Errors of the token endpoint. */
  readonly refusals: string[]
  /** RFC 7662, asked as one of the clients. */
  isActive(client: ClientAuth, token: string): Promise<boolean>
  /** A refresh that is not the engine's. */
  refresh(client: ClientAuth, refreshToken: string): Promise<number>
}

export async function startOidcServer(redirectUri: (client: ClientAuth) => string): Promise<OidcServer> {
  const http = createServer()
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  const issuer = `http://127.0.0.1:${(http.address() as AddressInfo).port}`
  const clients = {
    basic: { clientId: 'by basic', clientSecret: 'se+cret/of 100%: basic' },
    post: { clientId: 'by-post', clientSecret: 'se+cret/of 100%: post' },
  }
  const ownTokens = async (_: unknown, client: { clientId: string }, token: { clientId?: string | undefined }) =>
    token.clientId === client.clientId
  const hour = 3_600
  // Everything that it would otherwise choose by itself and warn of on the console.
  const provider = new Provider(issuer, {
    adapter: memory(),
    clients: (['basic', 'post'] as const).map((auth) => ({
      client_id: clients[auth].clientId,
      client_secret: clients[auth].clientSecret,
      redirect_uris: [redirectUri(auth)],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code' as const],
      token_endpoint_auth_method: `client_secret_${auth}` as const,
    })),
    jwks: {
      keys: [{ ...generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' }) } as JWK],
    },
    cookies: { keys: [randomBytes(32).toString('hex')] },
    claims: { openid: ['sub', 'name'] },
    findAccount: async (_, accountId) => ({ accountId, claims: async () => ({ sub: accountId, name: 'Ada' }) }),
    features: {
      devInteractions: { enabled: false },
      revocation: { enabled: true, allowedPolicy: ownTokens },
      introspection: { enabled: true, allowedPolicy: ownTokens },
    },
    interactions: { url: (_, { uid }) => `/interaction/${uid}` },
    pkce: { required: () => true },
    rotateRefreshToken: true,
    renderError(ctx, { error, error_description }) {
      ctx.body = `${error}: ${error_description}`
    },
    ttl: {
      AccessToken: () => server.accessTokenSeconds,
      AuthorizationCode: 60,
      IdToken: hour,
      RefreshToken: 24 * hour,
      Interaction: hour,
      Session: hour,
      Grant: 24 * hour,
    },
  })

  /** Signs in as Ada and consents to all that is asked for, as soon as the page is opened. */
  async function interact(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { prompt, params, session, grantId } = await provider.interactionDetails(request, response)
    if (prompt.name === 'login')
      return provider.interactionFinished(request, response, { login: { accountId: 'acc-ada' } })
    const known = grantId === undefined ? undefined : await provider.Grant.find(grantId)
    const grant =
      known ?? new provider.Grant({ accountId: session?.accountId as string, clientId: params.client_id as string })
    grant.addOIDCScope(String(params.scope))
    await provider.interactionFinished(
      request,
      response,
      { consent: { grantId: await grant.save() } },
      { mergeWithLastSubmission: true },
    )
  }

  const tokenRequests: string[] = []
  const revoked: string[] = []
  const refusals: string[] = []
  provider.on('grant.revoked', (_, grantId) => void revoked.push(grantId))
  provider.on('grant.error', (_, error) => void refusals.push(`${error.message}: ${error.error_description}`))
  provider.on('server_error', (_, error) => void refusals.push(String(error.stack)))
  const answer = provider.callback()
  http.on('request', (request, response) => {
    if (request.url?.startsWith('/interaction/'))
      return void interact(request, response).catch((error) => response.writeHead(500).end(String(error)))
    if (request.method === 'POST' && request.url === '/token') {
      const chunks: Buffer[] = []
      request.on('data', (chunk: Buffer) => chunks.push(chunk))
      request.on('end', () => {
        tokenRequests.push(new URLSearchParams(Buffer.concat(chunks).toString()).get('grant_type') ?? '')
      })
    }
    void answer(request, response)
  })

  const post = (client: ClientAuth, path: string, fields: Record<string, string>) => {
    const { clientId, clientSecret } = clients[client]
    const encode = (text: string) => new URLSearchParams({ v: text }).toString().slice(2)
    const basic = Buffer.from(`${encode(clientId)}:${encode(clientSecret)}`).toString('base64')
    return fetch(`${issuer}${path}`, {
      method: 'POST',
      headers: client === 'basic' ? { authorization: `Basic ${basic}` } : {},
      body: new URLSearchParams(
        client === 'basic' ? fields : { ...fields, client_id: clientId, client_secret: clientSecret },
      ),
    })
  }
  const server: OidcServer = {
    issuer,
    clients,
    accessTokenSeconds: hour,
    tokenRequests,
    revoked,
    refusals,
    async isActive(client, token) {
      const answer = await post(client, '/token/introspection', { token })
      return ((await answer.json()) as { active: boolean }).active
    },
    refresh: async (client, refreshToken) =>
      (await post(client, '/token', { grant_type: 'refresh_token', refresh_token: refreshToken })).status,
    async [Symbol.asyncDispose]() {
      http.closeAllConnections()
      await new Promise((resolve) => http.close(resolve))
    },
  }
  return server
}

/** Where the provider keeps what it issued. */
function memory(): (name: string) => Adapter {
  const models = new Map<string, Map<string, AdapterPayload>>()
  return (name) => {
    const own = models.get(name) ?? new Map<string, AdapterPayload>()
    models.set(name, own)
    return {
      upsert: async (id, payload) => void own.set(id, payload),
      find: async (id) => own.get(id),
      findByUid: async (uid) => [...own.values()].find((payload) => payload.uid === uid),
      findByUserCode: async () => undefined,
      async consume(id) {
        const payload = own.get(id)
        if (payload) payload.consumed = Math.floor(Date.now() / 1000)
      },
      destroy: async (id) => void own.delete(id),
      async revokeByGrantId(grantId) {
        for (const [id, payload] of own) if (payload.grantId === grantId) own.delete(id)
      },
    }
  }
}

/** Walks the pages as a browser with its cookies does, up to the address of ours that they lead to, which is not called. */
export async function walk(authorizeUrl: string, callback: string): Promise<URL> {
  const cookies = new Map<string, string>()
  let url = new URL(authorizeUrl)
  for (let step = 0; step < 10; step++) {
    const response = await fetch(url, {
      redirect: 'manual',
      headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') },
    })
    for (const cookie of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? []
      if (value === '') cookies.delete(name)
      else cookies.set(name, value)
    }
    const location = response.headers.get('location')
    if (!location) throw new Error(`The server leads nowhere (HTTP ${response.status}): ${await response.text()}`)
    url = new URL(location, url)
    if (url.href.startsWith(callback)) return url
  }
  throw new Error('The server leads round and round.')
}

/** The data source over it. */
export function accountsSource(id: ClientAuth, issuer: string) {
  return defineDataSource({
    specVersion: 1,
    id,
    name: 'Accounts',
    description: 'A certified OpenID provider.',
    icon: '<svg xmlns="http://www.w3.org/2000/svg"/>',
    kind: 'online_document',
    documentationUrl: 'https://accounts.example/docs',
    endpoints: {
      api: issuer,
      authorize: `${issuer}/auth`,
      token: `${issuer}/token`,
      revoke: `${issuer}/token/revocation`,
      introspect: `${issuer}/token/introspection`,
    },
    auth: [
      oauth2({
        scopes: ['openid', 'offline_access'],
        consent: 'To know who you are.',
        registrationUrl: 'https://accounts.example/apps',
        clientAuth: id,
        // OpenID Connect Core, section 11: offline access is given with the consent prompt alone.
        authorizeParams: { prompt: 'consent' },
        issuer,
        issuerRequired: true,
        rotation: 'rotates',
        replay: { kind: 'kills' },
        revoke: { token: 'refresh_token', format: 'form', auth: 'client' },
        introspect: { format: 'form' },
      }),
    ],
    parameters: z.object({}),
    async identify(ctx) {
      const me = await ctx.fetch(`${ctx.endpoint('api')}/me`)
      const { sub, name } = await readJson(me, z.object({ sub: z.string(), name: z.string() }))
      return { accountId: sub, grantKey: sub, name, avatarUrl: null }
    },
    toError: ({ status }) =>
      new DataSourceError(status === 401 ? 'unauthorized' : 'provider_unavailable', `Status ${status}.`, { status }),
    listPages: async () => ({ pages: [], nextCursor: null }),
    async readPage() {
      throw new DataSourceError('not_found', 'There are no pages here.')
    },
  })
}
