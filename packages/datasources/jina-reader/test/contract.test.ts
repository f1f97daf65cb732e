import { startSandbox } from '@wellhead/sandbox'
import { describeDataSource } from '@wellhead/testkit'
import { jinaReader } from '../src/index.ts'
import { documentedErrors } from './documented-errors.ts'

describeDataSource(jinaReader, {
  async start() {
    const sandbox = await startSandbox({ only: ['jina-reader'] })
    return {
      endpoints: sandbox.endpoints['jina-reader'] ?? {},
      apiKey: sandbox.apiKeys['jina-reader'] ?? '',
      parameters: { url: sandbox.siteUrl, limit: 6 },
      close: () => sandbox.close(),
    }
  },
  atLeast: 5,
  errors: documentedErrors,
})
