import { expect, it } from 'vitest'
import { leaksOf } from './connection.ts'
import { startForeignHost } from './foreign-host.ts'
import { operationNames } from './operations.ts'
import type { Scope } from './scope.ts'

/** Comes last: it looks at all that the tests before it have sent, with their redirects, refreshes and broken connections. */
export function describeWhereTheCredentialGoes({ source, auth, connection, trial }: Scope): void {
  it('sends the credential to its own hosts, in its header, and nowhere else', async () => {
    await using foreign = await startForeignHost()
    await (await connection().context().fetch(foreign.url)).text()
    expect(foreign.seen).toHaveLength(1)
    for (const secret of connection().secrets) expect(foreign.seen.join()).not.toContain(secret)
    for (const name of operationNames(source)) await (await trial(name)).operation(connection().context())
    expect(leaksOf(connection(), auth)).toEqual([])
  })
}
