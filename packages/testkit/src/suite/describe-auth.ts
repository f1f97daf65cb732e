/** What holds for a credential, whatever it is. */
import { describe, expect, it } from 'vitest'
import { itCovers } from './cases.ts'
import { type OperationName, operationNames } from './operations.ts'
import type { Scope } from './scope.ts'
import { tryWith } from './trial.ts'

export function describeCredential(scope: Scope): void {
  const { source, connection, facts } = scope

  it('connects, and says whose the credential is, the same each time', async () => {
    const { tokenInfo, secrets } = connection()
    const account = await source.identify(connection().context(), tokenInfo)
    for (const text of [account.accountId, account.grantKey, account.name]) expect(text.trim()).not.toBe('')
    expect(await source.identify(connection().context(), tokenInfo)).toEqual(account)
    for (const secret of secrets) expect(JSON.stringify(account)).not.toContain(secret)
  })

  describe.each(operationNames(source))('%s', (name) => {
    it('takes a wrong credential for unauthorized, not for nothing', async () => {
      const { operation } = await scope.trial(name)
      const ctx = connection().context({ credential: 'wrong-credential' })
      await expect(operation(ctx)).rejects.toMatchObject({ code: 'unauthorized' })
    })
  })

  itCovers(
    scope,
    'missing scope',
    'says that it was not granted what it needs, and asks for no new grant',
    async () => {
      for (const name of operationNames(source).filter((one) => one !== 'identify')) {
        const trial = await scope.trial(name)
        const refreshes = connection().refreshes.length
        const fault = { kind: 'status', ...facts.missingScope } as const
        expect((await tryWith(trial, { at: 0, fault })).error, name).toMatchObject({ code: 'missing_scope' })
        expect(connection().refreshes.length, 'refreshes, which give no new scope').toBe(refreshes)
      }
    },
  )
}

/** The operation that lists: what a run does first, and what takes several requests. */
export const listingOf = ({ source }: Scope): OperationName => (source.kind === 'website_crawl' ? 'crawl' : 'list')
