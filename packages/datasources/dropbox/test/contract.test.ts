import { startSandbox } from '@wellhead/sandbox'
import { describeDataSource, sandboxStand } from '@wellhead/testkit'
import dropbox from '../src/index.ts'

const redirectUri = 'http://localhost:3400/oauth/callback/dropbox'

describeDataSource(dropbox, {
  async start() {
    const sandbox = await startSandbox({ only: ['dropbox'], pageSize: 7, redirectUris: [redirectUri] })
    sandbox.control.settings('dropbox', { teamRootNamespaceId: null })
    return sandboxStand(sandbox, 'dropbox', redirectUri)
  },
  atLeast: 70,
  missingId: 'id:AAAAAAAAAAAAAAAAAAAAAA',
  empty: { folder: 'Empty folder' },
  missingScope: { status: 401, code: 'missing_scope' },
  expiredCursor: { status: 409, code: 'reset' },
  largeFile: 'Open day.mp4',
})
