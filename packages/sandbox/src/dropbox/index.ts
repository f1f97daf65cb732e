import { randomBytes } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import { patchFiles } from '../drive/control.ts'
import { createClients } from '../oauth/clients.ts'
import type { Consents } from '../oauth/consents.ts'
import { createGrants, type GrantsSnapshot } from '../oauth/grants.ts'
import type { House, OAuthClient, Provider } from '../provider.ts'
import { createAccess } from './access.ts'
import { createAccounts, fullAccount } from './accounts.ts'
import { echoArg } from './arguments.ts'
import { addAuthorizeRoutes } from './authorize.ts'
import { createContentHashes } from './content-hash.ts'
import { addContentRoutes } from './content-routes.ts'
import { DropboxError, faultAnswer, requestId, sendError } from './errors.ts'
import { addFileRoutes } from './file-routes.ts'
import { addOAuthRoutes } from './oauth-routes.ts'
import type { DropboxParts } from './parts.ts'
import { addRpc, noArgument, rpcArgument } from './rpc.ts'
import { type DropboxSettings, defaultSettings, parsePatch } from './settings.ts'

interface Snapshot {
  readonly grants: GrantsSnapshot
  readonly clients: readonly OAuthClient[]
  readonly settings: DropboxSettings
}

/** Dropbox's OAuth and the reading part of its API, with two accounts: Ada's team has a team space, Bo is alone. */
export function createDropbox(house: House): Provider {
  let settings = defaultSettings
  let accounts = createAccounts(house.clock.now)
  let consents: Consents | undefined
  const client = { clientId: 'sandboxdropbox1', clientSecret: 'sandboxsecret01', redirectUris: house.redirectUris }
  const clients = createClients(client)
  const grants = createGrants(house.clock, {
    token(kind) {
      const random = randomBytes(48).toString('base64url')
      return kind === 'access' ? `sl.u.${random}` : random.slice(0, kind === 'code' ? 43 : 64)
    },
    accessSeconds: () => settings.accessTokenSeconds,
    refreshSeconds: () => null,
    onRefresh: 'keeps',
  })
  const access = createAccess({ clock: house.clock, grants, accounts: () => accounts, settings: () => settings })
  const parts: DropboxParts = {
    house,
    clients,
    grants,
    accounts: () => accounts,
    access,
    settings: () => settings,
    hash: createContentHashes(),
  }

  /** Of either host. Bodies are judged by each route. */
  function prepare(app: FastifyInstance): void {
    const nameOf = (url: string) => url.replace(/\?.*$/s, '').replace(/^\/dropbox\/(2\/)?/, '')
    app.removeAllContentTypeParsers()
    app.addContentTypeParser('*', { parseAs: 'string', bodyLimit: 1024 * 1024 }, (_request, body, done) =>
      done(null, body),
    )
    app.addHook('onSend', async (_request, reply) => void reply.header('x-dropbox-request-id', requestId()))
    app.setErrorHandler((error, request, reply) => sendError(error, reply, nameOf(request.url)))
    app.setNotFoundHandler((request, reply) =>
      sendError(new DropboxError(404, `Unknown API function: "${nameOf(request.url)}"`), reply, ''),
    )
  }

  return {
    id: 'dropbox',
    name: 'Dropbox',
    client,
    ownNotFound: true,
    endpoints: (origin, downloadOrigin) => ({
      api: `${origin}/dropbox/2`,
      content: `${downloadOrigin}/dropbox/2`,
      authorize: `${origin}/dropbox/oauth2/authorize`,
      token: `${origin}/dropbox/oauth2/token`,
      revoke: `${origin}/dropbox/2/auth/token/revoke`,
    }),
    routes(app) {
      prepare(app)
      consents = addAuthorizeRoutes(app, parts)
      addOAuthRoutes(app, parts)
      addRpc(app, 'users/get_current_account', (request, name) => {
        const { account } = access.of(request, name, 'account_info.read')
        noArgument(request, name)
        return fullAccount(account, settings)
      })
      addRpc(app, 'check/user', (request, name) => {
        access.of(request, name, 'account_info.read')
        return { result: rpcArgument(request, name, echoArg).query }
      })
      addFileRoutes(app, parts)
    },
    downloadRoutes(app) {
      prepare(app)
      addContentRoutes(app, parts)
    },
    registerClient: (added) => clients.register(added),
    revokeGrant(accountHint = '') {
      const hint = accountHint.toLowerCase()
      const hinted = accounts.filter(({ id, uid, sample }) =>
        [id, uid, sample.name, sample.email].some((known) => known.toLowerCase().includes(hint)),
      )
      grants.revokeWhere(({ accountId }) => hinted.some(({ id }) => id === accountId))
    },
    control(patch) {
      const { settings: patched, files } = parsePatch(settings, patch)
      if (files) patchFiles(accounts[0]!.tree, files)
      settings = patched
      return settings
    },
    faultAnswer,
    reset() {
      settings = defaultSettings
      accounts = createAccounts(house.clock.now)
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
