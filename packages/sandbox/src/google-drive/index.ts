import { randomBytes } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import { patchFiles } from '../drive/control.ts'
import { createClients } from '../oauth/clients.ts'
import { createGrants, type GrantsSnapshot } from '../oauth/grants.ts'
import type { House, OAuthClient, Provider } from '../provider.ts'
import { createAccess } from './access.ts'
import { type Account, createAccounts } from './accounts.ts'
import { addApiRoutes } from './api-routes.ts'
import { addAuthorizeRoutes } from './authorize.ts'
import { addChangeRoutes } from './change-routes.ts'
import { defaultClient } from './clients.ts'
import { addDocsRoutes } from './docs-routes.ts'
import { createDrives } from './drives.ts'
import { faultAnswer, sendError } from './errors.ts'
import { createPageTokens } from './page-tokens.ts'
import { createPresenter } from './present.ts'
import { defaultSettings, type GoogleDriveSettings, patchSettings } from './settings.ts'
import { addTokenRoutes } from './token-routes.ts'

const bodyLimit = 64 * 1024

interface Snapshot {
  readonly grants: GrantsSnapshot
  readonly clients: readonly OAuthClient[]
  readonly settings: GoogleDriveSettings
}

/** Google's OAuth and the Drive API, version 3, with two sample accounts. */
export function createGoogleDrive(house: House): Provider {
  let settings = defaultSettings
  let accounts = createAccounts(house.clock)
  const accountOf = (id: string) => accounts.find((account) => account.id === id)
  const client = defaultClient(house.redirectUris)
  const clients = createClients(client)
  const grants = createGrants(house.clock, {
    token: (kind) => tokenForms[kind] + randomBytes(48).toString('base64url'),
    accessSeconds: () => settings.accessTokenSeconds,
    refreshSeconds: () => settings.refreshTokenIdleSeconds,
    refreshSecondsInAll: () => (settings.testing ? 7 * 86_400 : null),
    onRefresh: 'keeps',
    mostRefreshTokens: 100,
  })
  const access = createAccess({ clock: house.clock, grants, settings: () => settings, accountOf })
  const drives = createDrives(() => settings)
  const api = {
    house,
    access,
    drives,
    tokens: createPageTokens(house.clock, () => settings),
    present: createPresenter({
      docs: () => `${house.downloadOrigin()}/google-drive`,
      others: (account) => accounts.find((other) => other !== account) ?? account,
    }),
  }
  let consents: { clear(): void } | undefined

  function prepare(app: FastifyInstance): void {
    // Bodies are judged by each route.
    app.removeAllContentTypeParsers()
    app.addContentTypeParser('*', { parseAs: 'string', bodyLimit }, (_request, body, done) => done(null, body))
    app.setErrorHandler((error, _request, reply) => sendError(error, reply))
  }

  return {
    id: 'google-drive',
    name: 'Google Drive',
    client,
    endpoints: (origin, downloadOrigin) => ({
      api: `${origin}/google-drive/drive/v3`,
      authorize: `${origin}/google-drive/o/oauth2/v2/auth`,
      token: `${origin}/google-drive/token`,
      revoke: `${origin}/google-drive/revoke`,
      docs: `${downloadOrigin}/google-drive`,
    }),
    routes(app) {
      prepare(app)
      consents = addAuthorizeRoutes(app, { house, clients, grants, accounts: () => accounts, settings: () => settings })
      addTokenRoutes(app, { house, clients, grants, settings: () => settings })
      addApiRoutes(app, api)
      addChangeRoutes(app, api)
    },
    downloadRoutes(app) {
      prepare(app)
      addDocsRoutes(app, access)
    },
    registerClient: (added) => clients.register(added),
    revokeGrant(accountHint = '') {
      const hint = accountHint.toLowerCase()
      const matches = ({ id, person }: Account) =>
        [id, person.name, person.email].some((each) => each.toLowerCase().includes(hint))
      const ids = accounts.filter(matches).map(({ id }) => id)
      grants.revokeWhere(({ accountId }) => ids.includes(accountId))
    },
    control(patch) {
      const former = settings
      const { files, sharedDriveFiles, ...patched } = patchSettings(settings, patch)
      const { tree } = accounts[0]!
      if (files) patchFiles(tree, files)
      if (sharedDriveFiles) patchFiles(tree, sharedDriveFiles, 'team')
      settings = patched.settings
      const drive = tree.root('team')
      // Becoming a member, or none any more, stands in the user's log.
      if (drive && settings.sharedDrive !== former.sharedDrive) tree.move(drive.id, {})
      return settings
    },
    faultAnswer,
    reset() {
      settings = defaultSettings
      accounts = createAccounts(house.clock)
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

/** How Google's codes and tokens begin. */
const tokenForms = { code: '4/0A', access: 'ya29.a0', refresh: '1//0g' } as const
