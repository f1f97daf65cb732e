/** A cursor that is of no use any more leads to a new start, never to an end. */
import { expect, it } from 'vitest'
import { itCovers } from './cases.ts'
import type { Scope } from './scope.ts'
import { tryWith } from './trial.ts'

export function describeCursors(scope: Scope): void {
  const { source, facts, connection } = scope
  if (source.kind === 'website_crawl') return

  it('refuses a cursor that is none', async () => {
    const cursor = 'not-a-cursor-of-this-listing'
    const ctx = connection().context()
    const listing =
      source.kind === 'online_drive' ? source.listFolder(ctx, { cursor }) : source.listPages(ctx, { cursor })
    const error = await listing.then(
      (page) => page,
      (thrown: unknown) => thrown,
    )
    expect(['cursor_expired', 'invalid_request']).toContain((error as { code?: unknown }).code)
  })

  if (facts.paged !== false)
    itCovers(scope, 'expired cursor', 'says that a cursor has expired, and lists again from the start', async () => {
      const trial = await scope.trial('list')
      const fault = { kind: 'status', ...facts.expiredCursor } as const
      const { error } = await tryWith(trial, { at: trial.requests - 1, fault })
      expect(error).toMatchObject({ code: 'cursor_expired' })
      expect(await trial.operation(connection().context())).toEqual(trial.done)
    })
}
