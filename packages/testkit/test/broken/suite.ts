import { describeDataSource, oauthStand } from '../../src/index.ts'
import { startOAuthServer } from '../../src/oauth-server/index.ts'
import { sources } from './sources.ts'

const clients = [
  { clientId: 'c', clientSecret: 's +%', redirectUris: ['http://localhost/callback'], auth: 'basic' as const },
]
for (const source of sources)
  describeDataSource(source, {
    start: async () => oauthStand(await startOAuthServer({ scopes: ['read'], apiScope: 'read', clients })),
    atLeast: 25,
    missingId: 'none',
  })
