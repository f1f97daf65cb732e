import { startSandbox } from '@wellhead/sandbox'
import { describeDataSource, sandboxStand } from '@wellhead/testkit'
import { jinaReader } from '../src/index.ts'
import { documentedErrors } from './documented-errors.ts'

describeDataSource(jinaReader, {
  async start() {
    const sandbox = await startSandbox({ only: ['jina-reader'] })
    return { ...sandboxStand(sandbox, 'jina-reader'), parameters: { url: sandbox.siteUrl, limit: 6 } }
  },
  atLeast: 5,
  errors: documentedErrors,
  missingScope: { status: 403, code: 'OperationNotAllowedError' },
})
