import { startSandbox } from '@wellhead/sandbox'
import { describeDataSource } from '@wellhead/testkit'
import { firecrawl } from './connect.ts'

describeDataSource(firecrawl, {
  async start() {
    const sandbox = await startSandbox({ only: ['firecrawl'] })
    return {
      endpoints: sandbox.endpoints.firecrawl ?? {},
      apiKey: sandbox.apiKeys.firecrawl ?? '',
      parameters: { url: sandbox.siteUrl, limit: 5 },
      close: () => sandbox.close(),
    }
  },
  atLeast: 3,
})
