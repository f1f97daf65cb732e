import { describeDataSource, oauthStand } from '@wellhead/testkit'
import { startOAuthServer } from '@wellhead/testkit/oauth-server'
import handbook from './index.ts'

const scopes = ['handbook.read']

describeDataSource(handbook, {
  start: async () => oauthStand(await startOAuthServer({ scopes, apiScope: 'handbook.read', expiresIn: 300 })),
  atLeast: 25,
  missingId: 'no-such-page',
  errors: [
    { status: 403, body: { error: 'insufficient_scope' }, code: 'missing_scope' },
    { status: 400, body: { error: 'invalid_cursor' }, code: 'cursor_expired' },
    { status: 410, body: { error: 'cursor_expired' }, code: 'cursor_expired' },
    { status: 404, body: { error: 'not_found' }, code: 'not_found' },
  ],
})
