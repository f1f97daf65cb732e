import { randomUUID } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import type { Fault } from '../faults.ts'
import type { FaultAnswer, House, OAuthClient, Provider } from '../provider.ts'
import { createAccess, internalKey, rateLimited } from './access.ts'
import { addApiRoutes } from './api-routes.ts'
import { addAuthorizeRoutes } from './authorize.ts'
import { createClients, defaultClient } from './clients.ts'
import { createWorkspaces } from './content/workspaces.ts'
import { codeByStatus, NotionError, notionErrorBody, OAuthError, oauthErrorBody, sendError } from './errors.ts'
import { addFileRoutes } from './file-routes.ts'
import { createGrants, type GrantsSnapshot } from './grants.ts'
import { addOAuthRoutes } from './oauth-routes.ts'
import { defaultSettings, type NotionSettings, patchSettings } from './settings.ts'

/** https://developers.notion.com/reference/request-limits: 500 KB */
const bodyLimit = 500 * 1024

interface Snapshot extends GrantsSnapshot {
  readonly clients: readonly OAuthClient[]
  readonly settings: NotionSettings
}

/** Notion's REST API and OAuth, with two small workspaces of sample data. */
export function createNotion(house: House): Provider {
  let settings = defaultSettings
  const workspaces = createWorkspaces()
  const workspaceOf = (personId: string) => workspaces.find(({ person }) => person.id === personId)
  const client = defaultClient(house.redirectUris)
  const clients = createClients(client)
  const grants = createGrants(house.clock, () => settings)
  const access = createAccess({
    clock: house.clock,
    grants,
    settings: () => settings,
    internal: workspaces[0],
    workspaceOf,
  })
  let consents: { clear(): void } | undefined

  return {
    id: 'notion',
    name: 'Notion',
    client,
    apiKey: internalKey,
    ownNotFound: true,
    endpoints: (origin) => ({
      api: `${origin}/notion`,
      authorize: `${origin}/notion/v1/oauth/authorize`,
      token: `${origin}/notion/v1/oauth/token`,
      revoke: `${origin}/notion/v1/oauth/revoke`,
      introspect: `${origin}/notion/v1/oauth/introspect`,
    }),
    routes(app: FastifyInstance) {
      // Bodies are judged by each route: Notion has its own sentences for what is not JSON.
      app.removeAllContentTypeParsers()
      app.addContentTypeParser('*', { parseAs: 'string', bodyLimit }, (_request, body, done) => done(null, body))
      app.setErrorHandler((error, _request, reply) => sendError(error, reply))
      app.setNotFoundHandler((_request, reply) =>
        sendError(new NotionError(400, 'invalid_request_url', 'Invalid request URL.'), reply),
      )
      consents = addAuthorizeRoutes(app, { house, clients, grants, workspaces })
      addOAuthRoutes(app, { house, clients, grants, workspaceOf })
      addApiRoutes(app, { house, access, settings: () => settings })
      addFileRoutes(app, house.clock)
    },
    registerClient: (added) => clients.register(added),
    revokeGrant(accountHint = '') {
      const hint = accountHint.toLowerCase()
      grants.removeWhere((grant) => {
        const workspace = workspaceOf(grant.personId)
        const { id, name, email } = workspace?.person ?? { id: '', name: '', email: '' }
        const known = [grant.botId, id, name, email, workspace?.id ?? '', workspace?.title ?? '']
        return known.some((each) => each.toLowerCase().includes(hint))
      })
    },
    control(patch) {
      settings = patchSettings(settings, patch)
      return settings
    },
    faultAnswer,
    reset() {
      settings = defaultSettings
      clients.clear()
      grants.clear()
      access.clear()
      consents?.clear()
    },
    snapshot: (): Snapshot => ({ ...grants.snapshot(), clients: clients.registered(), settings }),
    restore(saved) {
      const snapshot = saved as Snapshot
      settings = { ...defaultSettings, ...snapshot.settings }
      for (const each of snapshot.clients) clients.register(each)
      grants.restore(snapshot)
    },
  }
}

/** An injected status in Notion's own words. */
function faultAnswer(fault: Fault, path: string): FaultAnswer {
  const status = fault.status ?? 500
  const requestId = randomUUID()
  const [code, message] = codeByStatus[status] ?? ['internal_server_error', 'Unexpected error occurred.']
  if (path.startsWith('/v1/oauth/')) {
    const usual = status === 401 ? 'invalid_client' : status < 500 ? 'invalid_request' : 'server_error'
    return { status, body: oauthErrorBody(new OAuthError(status, fault.code ?? usual, message), requestId) }
  }
  const error =
    status === 429 && fault.code === undefined
      ? rateLimited(fault.retryAfter ?? '1')
      : new NotionError(status, fault.code ?? code, message)
  // Without a Retry-After of its own, an injected 429 has none.
  return { status, body: notionErrorBody(error, requestId) }
}
