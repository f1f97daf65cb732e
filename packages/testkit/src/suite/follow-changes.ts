import type {
  DataSourceContext,
  DriveChanges,
  DriveDeletion,
  DriveEntry,
  OnlineDriveSource,
} from '@wellhead/datasource-node'
import { expect } from 'vitest'

/** To the end of what there is now. */
export async function followChanges(source: OnlineDriveSource, ctx: DataSourceContext, start?: string) {
  const changed = new Map<string, DriveEntry>()
  const deleted: DriveDeletion[] = []
  let cursor = start
  for (let pages = 0; pages < 1_000; pages++) {
    const page: DriveChanges = await source.changes!(ctx, cursor === undefined ? {} : { cursor })
    // A later page may tell of the same item again, and then holds.
    for (const entry of page.changed) changed.set(entry.id, entry)
    deleted.push(...page.deleted)
    expect(page.nextCursor, 'where the next call goes on').toEqual(expect.any(String))
    cursor = page.nextCursor
    if (!page.hasMore) return { changed: [...changed.values()], deleted, cursor }
  }
  return expect.fail('The changes do not end')
}
