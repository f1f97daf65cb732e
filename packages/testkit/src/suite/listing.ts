/** Reading what a data source lists to its end. */
import {
  type DataSourceContext,
  type DriveEntry,
  isDataSourceError,
  type OnlineDocumentSource,
  type OnlineDriveSource,
  type PageEntry,
} from '@wellhead/datasource-node'
import { expect } from 'vitest'
import type { SuiteFacts } from './facts.ts'

/** More pages of a listing than any stand-in has: a listing that does not end. */
const ENDLESS = 1_000

export interface Listed<Entry> {
  readonly entries: readonly Entry[]
  /** How many pages it took. */
  readonly pages: number
}

type Page<Entry> = { readonly entries: readonly Entry[]; readonly nextCursor: string | null }

/** Follows a cursor until there is none. */
async function toTheEnd<Entry>(list: (cursor?: { cursor: string }) => Promise<Page<Entry>>): Promise<Listed<Entry>> {
  const seen = new Set<string>()
  const entries: Entry[] = []
  let cursor: string | undefined
  for (let pages = 1; pages < ENDLESS; pages++) {
    const page = await list(cursor === undefined ? undefined : { cursor })
    entries.push(...page.entries)
    if (page.nextCursor === null) return { entries, pages }
    expect(seen, 'cursors that came before').not.toContain(page.nextCursor)
    seen.add(page.nextCursor)
    cursor = page.nextCursor
  }
  return expect.fail('The listing does not end')
}

export function allPages(source: OnlineDocumentSource, ctx: DataSourceContext, query?: string) {
  return toTheEnd<PageEntry>(async (cursor) => {
    const { pages, nextCursor } = await source.listPages(ctx, { ...cursor, ...(query === undefined ? {} : { query }) })
    return { entries: pages, nextCursor }
  })
}

export function allEntries(source: OnlineDriveSource, ctx: DataSourceContext, folder?: string) {
  const where = folder === undefined ? {} : { folder }
  return toTheEnd<DriveEntry>((cursor) => source.listFolder(ctx, { ...where, ...cursor }))
}

export interface Walk {
  readonly files: readonly DriveEntry[]
  readonly folders: readonly DriveEntry[]
  /** Most pages that one folder took. */
  readonly pages: number
}

/**
 * Every folder once, by the id of what it is: a shortcut may lead to where it stands, and what it leads to may be found by its own way too. Stops early when
 * `until` says so.
 */
export async function walkDrive(
  source: OnlineDriveSource,
  ctx: DataSourceContext,
  until: (file: DriveEntry) => boolean = () => false,
): Promise<Walk> {
  const files: DriveEntry[] = []
  const folders: DriveEntry[] = []
  const waiting: (string | undefined)[] = [undefined]
  const walked = new Set<string>()
  let pages = 0
  while (waiting.length > 0) {
    const listed = await allEntries(source, ctx, waiting.shift())
    pages = Math.max(pages, listed.pages)
    expectOnce(listed.entries.map(({ id }) => id))
    for (const entry of listed.entries) {
      if (entry.type === 'file') {
        files.push(entry)
        if (until(entry)) return { files, folders, pages }
        continue
      }
      folders.push(entry)
      const id = entry.targetId ?? entry.id
      if (!walked.has(id)) waiting.push(id)
      walked.add(id)
      expect(walked.size, 'folders of the drive, without an end').toBeLessThan(1_000)
    }
  }
  return { files, folders, pages }
}

export function expectOnce(ids: readonly string[]): void {
  expect(
    ids.filter((id, index) => ids.indexOf(id) !== index),
    'ids that were listed twice',
  ).toEqual([])
}

export function expectFound(ids: readonly string[], { atLeast = 1 }: SuiteFacts): void {
  expect(ids.length, 'how many were found').toBeGreaterThanOrEqual(atLeast)
  expectOnce(ids)
}

/** What may be wrong with one page or file while the next is well. */
export function unlessOfOne(error: unknown): undefined {
  const ofOne = ['not_found', 'content_unavailable', 'missing_scope']
  if (!isDataSourceError(error) || !ofOne.includes(error.code)) throw error
}
