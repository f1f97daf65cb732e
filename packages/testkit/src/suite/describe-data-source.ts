import type { AuthSpec, DataSource } from '@wellhead/datasource-node'
import { describe } from 'vitest'
import { itSaysWhatIsLeftOut } from './cases.ts'
import { describeCredential } from './describe-auth.ts'
import { describeCancellation } from './describe-cancellation.ts'
import { describeChanges } from './describe-changes.ts'
import { describeCrawl } from './describe-crawl.ts'
import { describeCursors } from './describe-cursors.ts'
import { describeDocuments } from './describe-documents.ts'
import { describeDrive } from './describe-drive.ts'
import { describeErrors, describeFacts } from './describe-facts.ts'
import { describeGrant } from './describe-oauth.ts'
import { describeStreaming } from './describe-streaming.ts'
import { describeTrouble } from './describe-trouble.ts'
import type { SuiteFacts } from './facts.ts'
import { openScope } from './scope.ts'
import { describeWhereTheCredentialGoes } from './where-the-credential-goes.ts'

/**
 * The contract as a suite of vitest: what the host and the engine rely on, asked of one data source against a stand-in of its provider. Call it at
 * the top of a test file. What the stand or the facts cannot show fails with a word on what is lacking, or is left out by name in `notCovered`.
 */
export function describeDataSource(source: DataSource, facts: SuiteFacts): void {
  describe(`${source.id} keeps the contract`, () => {
    describeFacts(source)
    describeErrors(source, facts.errors ?? [])
    for (const auth of source.auth) describeConnection(source, auth, facts)
  })
}

function describeConnection(source: DataSource, auth: AuthSpec, facts: SuiteFacts): void {
  describe(`by ${auth.method}`, () => {
    const scope = openScope(source, auth, facts)
    itSaysWhatIsLeftOut(scope)
    describeCredential(scope)
    if (auth.method === 'oauth2') describeGrant({ ...scope, auth })
    describe(source.kind, () => {
      if (source.kind === 'online_document') describeDocuments({ ...scope, source })
      if (source.kind === 'online_drive') describeDrive({ ...scope, source })
      if (source.kind === 'website_crawl') describeCrawl({ ...scope, source })
      describeCursors(scope)
      if (source.kind === 'online_drive') describeStreaming({ ...scope, source })
      if (source.kind === 'online_drive') describeChanges({ ...scope, source })
      describeTrouble(scope)
      describeCancellation(scope)
    })
    describeWhereTheCredentialGoes(scope)
  })
}
