import type { FastifyInstance } from 'fastify'
import { patchFiles } from '../drive/control.ts'
import type { Fault } from '../faults.ts'
import { createClients } from '../oauth/clients.ts'
import type { Consents } from '../oauth/consents.ts'
import { createGrants, type GrantsSnapshot } from '../oauth/grants.ts'
import type { FaultAnswer, House, OAuthClient, Provider } from '../provider.ts'
import { createAccess } from './access.ts'
import { createAccounts } from './accounts.ts'
import { addAuthorizeRoutes } from './authorize.ts'
import { addDownloadRoutes } from './downloads.ts'
import { GraphError, graphErrorBody, usual } from './graph-errors.ts'
import { addGraphRoutes } from './graph-routes.ts'
import { LoginError, loginErrorBody } from './login-errors.ts'
import { createSeals } from './seals.ts'
import { defaultSettings, type OneDriveSettings, patchSettings, readPatch } from './settings.ts'
import { addTokenRoute } from './token-route.ts'
import { newToken } from './tokens.ts'

interface Snapshot {
  readonly grants: GrantsSnapshot
  readonly clients: readonly OAuthClient[]
  readonly settings: OneDriveSettings
}

/** OneDrive by Microsoft Graph and the Microsoft identity platform, with a work account and a personal one. */
export function createOneDrive(house: House): Provider {
  let settings = defaultSettings
  let accounts = createAccounts(house.clock.now)
  let epoch = 0
  const client: OAuthClient = {
    clientId: '5b6f0a4e-7c11-4d0e-9d3a-0f6b1c2d3e4f',
    clientSecret: 'sbx8Q~OneDrive.sandbox_secret-0000000000',
    redirectUris: house.redirectUris,
  }
  const clients = createClients(client)
  const kindOf = (accountId: string) => accounts.find(({ id }) => id === accountId)?.kind ?? 'work'
  const grants = createGrants(house.clock, {
    token: (kind, accountId) => newToken(kind, kindOf(accountId)),
    // Between 60 and 90 minutes, 75 on average.
    // https://learn.microsoft.com/entra/identity-platform/configurable-token-lifetimes#access-tokens
    accessSeconds: () => settings.accessTokenSeconds ?? 3600 + Math.floor(Math.random() * 1801),
    refreshSeconds: () => settings.refreshTokenSeconds,
    onRefresh: 'adds',
  })
  const parts = { house, clients, grants, seals: createSeals(), settings: () => settings, accounts: () => accounts }
  const access = createAccess({ ...parts, clock: house.clock })
  let consents: Consents | undefined

  return {
    id: 'onedrive',
    name: 'OneDrive',
    client,
    ownNotFound: true,
    endpoints: (origin) => ({
      api: `${origin}/onedrive/v1.0`,
      authorize: `${origin}/onedrive/common/oauth2/v2.0/authorize`,
      token: `${origin}/onedrive/common/oauth2/v2.0/token`,
    }),
    routes(app: FastifyInstance) {
      app.removeAllContentTypeParsers()
      app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body))
      app.setErrorHandler((error, request, reply) => {
        if (!(error instanceof GraphError)) throw error
        const body = graphErrorBody(error, access.kindOf(request), house.clock.now())
        return reply.code(error.status).headers(error.headers).send(body)
      })
      app.setNotFoundHandler((_request, reply) => reply.code(404).type('text/html').send('<h1>404 Not Found</h1>'))
      consents = addAuthorizeRoutes(app, parts)
      addTokenRoute(app, parts)
      addGraphRoutes(app, { ...parts, access, epoch: () => epoch })
    },
    downloadRoutes: (app) => addDownloadRoutes(app, parts),
    registerClient: (added) => clients.register(added),
    // Access tokens that were issued live to their end; it shows at the next refresh.
    revokeGrant(accountHint = '') {
      const hint = accountHint.toLowerCase()
      const known = accounts.filter(({ id, name, email }) =>
        [id, name, email].some((each) => each.toLowerCase().includes(hint)),
      )
      grants.endRefreshWhere(({ accountId }) => known.some(({ id }) => id === accountId))
    },
    control(given) {
      const patch = readPatch(given)
      settings = patchSettings(settings, patch)
      if (patch.files) patchFiles(accounts[0]!.tree, patch.files)
      if (patch.expireCursors) epoch++
      return settings
    },
    faultAnswer: (fault, path) => {
      const seconds = Number(fault.retryAfter)
      const isThrottled = fault.status === 429 && path.startsWith('/v1.0/') && seconds > 0
      if (isThrottled && settings.pauseAfter429) access.pause(seconds)
      return faultAnswer(fault, path, house)
    },
    reset() {
      settings = defaultSettings
      accounts = createAccounts(house.clock.now)
      epoch++
      clients.clear()
      grants.clear()
      access.clear()
      consents?.clear()
    },
    snapshot: (): Snapshot => ({ grants: grants.snapshot(), clients: clients.registered(), settings }),
    restore(saved) {
      const snapshot = saved as Snapshot
      settings = { ...defaultSettings, ...snapshot.settings }
      for (const each of snapshot.clients) clients.register(each)
      grants.restore(snapshot.grants)
    },
  }
}

/** An injected status in the words of whichever endpoint it hits. */
function faultAnswer(fault: Fault, path: string, { origin, clock }: House): FaultAnswer {
  const status = fault.status ?? 500
  if (path.includes('/oauth2/')) {
    const code =
      status === 401 ? 'invalid_client' : status === 503 || status === 429 ? 'temporarily_unavailable' : 'server_error'
    const error = new LoginError(
      status,
      fault.code ?? (status < 500 && status !== 401 && status !== 429 ? 'invalid_request' : code),
      90033,
      'A transient error has occurred. Please try again.',
    )
    return { status, body: loginErrorBody(error, clock.now()) }
  }
  const [code, message] = usual[status] ?? ['generalException', 'General exception while processing']
  const error = new GraphError(status, fault.code ?? code, message)
  return {
    status,
    body: graphErrorBody(error, 'work', clock.now()),
    ...(status === 410 ? { headers: { location: `${origin()}/onedrive/v1.0/me/drive/root/delta` } } : {}),
  }
}
