import { startSandbox } from '@wellhead/sandbox'
import { describeDataSource, sandboxStand } from '@wellhead/testkit'
import { firecrawl } from './connect.ts'

describeDataSource(firecrawl, {
  async start() {
    const sandbox = await startSandbox({ only: ['firecrawl'] })
    return { ...sandboxStand(sandbox, 'firecrawl'), parameters: { url: sandbox.siteUrl, limit: 5 } }
  },
  atLeast: 3,
  missingScope: { status: 403 },
})
