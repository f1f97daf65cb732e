import { startSandbox } from '@wellhead/sandbox'
import { describeDataSource, sandboxStand } from '@wellhead/testkit'
import onedrive from '../src/index.ts'
import { errors } from './error-facts.ts'

const redirectUri = 'http://localhost:3400/oauth/callback/onedrive'

describeDataSource(onedrive, {
  async start() {
    const sandbox = await startSandbox({ only: ['onedrive'], pageSize: 7, redirectUris: [redirectUri] })
    return sandboxStand(sandbox, 'onedrive', redirectUri)
  },
  atLeast: 75,
  missingId: '01BYE5RZAAAAAAAAAAAAAAAAAAAAAAAAAA',
  empty: { folder: 'Empty folder' },
  missingScope: { status: 403, code: 'accessDenied' },
  expiredCursor: { status: 410, code: 'resyncRequired' },
  largeFile: 'Open day.mp4',
  errors,
})
