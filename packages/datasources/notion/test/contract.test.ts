import { startSandbox } from '@wellhead/sandbox'
import { describeDataSource } from '@wellhead/testkit'
import { walkConsent } from '@wellhead/testkit/oauth-server'
import notion from '../src/index.ts'

const redirectUri = 'http://localhost:3400/oauth/callback/notion'

describeDataSource(notion, {
  async start() {
    const sandbox = await startSandbox({ only: ['notion'], pageSize: 7, redirectUris: [redirectUri] })
    const { clientId = '', clientSecret = '' } = sandbox.oauthClients.notion ?? {}
    return {
      endpoints: sandbox.endpoints.notion ?? {},
      apiKey: sandbox.apiKeys.notion ?? '',
      oauth: {
        clientId,
        clientSecret,
        redirectUri,
        consent: walkConsent,
        expireAccess: () => sandbox.control.advance(366 * 86_400),
      },
      close: () => sandbox.close(),
    }
  },
  atLeast: 10,
  missingId: '00000000-0000-4000-8000-00000000dead',
})
