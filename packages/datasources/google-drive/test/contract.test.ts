import { startSandbox } from '@wellhead/sandbox'
import { describeDataSource, sandboxStand } from '@wellhead/testkit'
import googleDrive from '../src/index.ts'
import { errors, expiredPageToken } from './documented-errors.ts'

const redirectUri = 'http://localhost:3400/oauth/callback/google-drive'

describeDataSource(googleDrive, {
  async start() {
    const sandbox = await startSandbox({ only: ['google-drive'], pageSize: 7, redirectUris: [redirectUri] })
    return sandboxStand(sandbox, 'google-drive', redirectUri)
  },
  atLeast: 80,
  missingId: '1NoSuchFileHasThisId0000000000000',
  empty: { folder: 'Empty folder' },
  missingScope: { status: 403, code: 'insufficientPermissions' },
  expiredCursor: expiredPageToken,
  largeFile: 'Open day.mp4',
  errors,
})
