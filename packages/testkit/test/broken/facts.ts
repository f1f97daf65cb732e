import { describeDataSource, oauthStand, type SuiteFacts } from '../../src/index.ts'
import { startOAuthServer } from '../../src/oauth-server/index.ts'
import { type Broken, factsOf } from './broken.ts'
import { servers } from './document-sources.ts'
import { startDriveStand } from './drive-stand.ts'
import { startSiteStand } from './site-stand.ts'

const clients = [
  { clientId: 'c', clientSecret: 's +%', redirectUris: ['http://localhost/callback'], auth: 'basic' as const },
]
const refusals = { missingScope: { status: 403 }, expiredCursor: { status: 410 } }

export const documentFacts = (id: string): SuiteFacts => ({
  start: async () =>
    oauthStand(await startOAuthServer({ scopes: ['read'], apiScope: 'read', clients, ...servers[id] })),
  atLeast: 25,
  missingId: 'none',
  empty: { query: 'no item has this title' },
  ...refusals,
})

export const driveFacts = (): SuiteFacts => ({
  start: startDriveStand,
  atLeast: 6,
  missingId: 'none',
  empty: { folder: 'Nothing' },
  largeFile: 'large.bin',
  ...refusals,
})

export const siteFacts = (): SuiteFacts => ({ start: startSiteStand, atLeast: 4, ...refusals })

export function describeBroken(broken: readonly Broken[], facts: (id: string) => SuiteFacts): void {
  for (const one of broken) describeDataSource(one.source, { ...facts(one.source.id), ...factsOf(one) })
}
