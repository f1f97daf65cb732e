import { startSandbox } from '@wellhead/sandbox'
import { describeDataSource, sandboxStand } from '@wellhead/testkit'
import dropbox from '../src/index.ts'

const redirectUri = 'http://localhost:3400/oauth/callback/dropbox'

describeDataSource(dropbox, {
  async start() {
    const sandbox = await startSandbox({ only: ['dropbox'], pageSize: 1, redirectUris: [redirectUri] })
    // New files go to the home of an account, which is not the top here.
    const { files: _, ...stand } = sandboxStand(sandbox, 'dropbox', redirectUri)
    return stand
  },
  atLeast: 70,
  missingId: 'id:AAAAAAAAAAAAAAAAAAAAAA',
  empty: { folder: 'Empty folder' },
  missingScope: { status: 401, code: 'missing_scope' },
  expiredCursor: { status: 409, code: 'reset' },
  notCovered: ['changes', 'large file'],
})
