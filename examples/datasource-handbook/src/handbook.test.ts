import { describeDataSource, oauthStand } from '@wellhead/testkit'
import { startOAuthServer } from '@wellhead/testkit/oauth-server'
import handbook from './index.ts'

const scopes = ['handbook.read']

describeDataSource(handbook, {
  start: async () => oauthStand(await startOAuthServer({ scopes, apiScope: 'handbook.read', expiresIn: 300 })),
  atLeast: 25,
  missingId: 'no-such-page',
  empty: { query: 'no page has this title' },
  missingScope: { status: 403, code: 'insufficient_scope' },
  expiredCursor: { status: 410, code: 'cursor_expired' },
  errors: [{ status: 400, body: { error: 'invalid_cursor' }, code: 'cursor_expired' }],
})
