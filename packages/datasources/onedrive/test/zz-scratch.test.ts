import { startSandbox } from '@wellhead/sandbox'
import { describeDataSource, sandboxStand } from '@wellhead/testkit'
import onedrive from '../src/index.ts'
import { errors } from './error-facts.ts'

const redirectUri = 'http://localhost:3400/oauth/callback/onedrive'

const m_ = (s: any) => ({ ...s, download: (c: any, i: any) => s.download({ ...c, fetch: (u: any, n: any) => c.fetch(u, { ...n, resume: false }) }, i) })
describeDataSource(m_(onedrive), {
  async start() {
    const sandbox = await startSandbox({ only: ['onedrive'], pageSize: 7, redirectUris: [redirectUri] })
    const stand = sandboxStand(sandbox, 'onedrive', redirectUri)
    // An access token outlives the consent that it was given for; it shows when it is to be renewed.
    const revokeGrant = () => {
      sandbox.control.revokeGrant('onedrive')
      sandbox.control.advance(5401)
    }
    return { ...stand, oauth: { ...stand.oauth!, revokeGrant } }
  },
  atLeast: 75,
  missingId: '01BYE5RZAAAAAAAAAAAAAAAAAAAAAAAAAA',
  empty: { folder: 'Empty folder' },
  missingScope: { status: 403, code: 'accessDenied' },
  expiredCursor: { status: 410, code: 'resyncRequired' },
  largeFile: 'Open day.mp4',
  errors,
})
