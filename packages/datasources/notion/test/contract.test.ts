import { startSandbox } from '@wellhead/sandbox'
import { describeDataSource, sandboxStand } from '@wellhead/testkit'
import notion from '../src/index.ts'

const redirectUri = 'http://localhost:3400/oauth/callback/notion'
const refused = { object: 'error', status: 400, code: 'validation_error', message: 'start_cursor is not valid.' }

describeDataSource(notion, {
  async start() {
    const sandbox = await startSandbox({ only: ['notion'], pageSize: 7, redirectUris: [redirectUri] })
    return sandboxStand(sandbox, 'notion', redirectUri)
  },
  atLeast: 10,
  missingId: '00000000-0000-4000-8000-00000000dead',
  empty: { query: 'no page has this title' },
  missingScope: { status: 403, code: 'restricted_resource' },
  expiredCursor: { status: 400, body: refused },
})
