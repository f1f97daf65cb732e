/** Documents: listed to the end, each once, and read; never nothing where there is something. */
import type { OnlineDocumentSource } from '@wellhead/datasource-node'
import { expect, it } from 'vitest'
import { itCovers } from './cases.ts'
import { allPages, expectFound } from './listing.ts'
import { findPages } from './operations.ts'
import type { Scope } from './scope.ts'

export function describeDocuments(scope: Scope<OnlineDocumentSource>): void {
  const { source, facts, connection } = scope
  it('lists to the end, each page once, and reads', async () => {
    const { entries, pages } = await allPages(source, connection().context())
    expectFound(
      entries.map(({ id }) => id),
      facts,
    )
    if (facts.paged !== false) expect(pages, 'pages of the listing').toBeGreaterThan(1)
    await findPages(source, connection().context())
  })

  itCovers(scope, 'missing item', 'says that a page is not there', async () => {
    const read = source.readPage(connection().context(), { id: facts.missingId! })
    await expect(read).rejects.toMatchObject({ code: 'not_found' })
  })

  itCovers(scope, 'empty listing', 'lists nothing as nothing', async () => {
    const query = facts.empty && 'query' in facts.empty ? facts.empty.query : expect.fail('`empty` needs a query')
    expect((await allPages(source, connection().context(), query)).entries).toEqual([])
  })
}
