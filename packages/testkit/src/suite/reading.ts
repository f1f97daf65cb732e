/** What reading means for each kind: to the end, each thing once, and never nothing where there is something. */
import {
  type CrawlEvent,
  type DataSourceContext,
  type DriveEntry,
  isDataSourceError,
  type OnlineDocumentSource,
  type OnlineDriveSource,
  type PageEntry,
  type WebsiteCrawlSource,
} from '@wellhead/datasource-node'
import { expect } from 'vitest'
import type { Stand, SuiteFacts } from './stand.ts'

/** More pages of a listing than any stand-in has: a listing that does not end. */
const ENDLESS = 1_000
/** Pages that are read at most, in search of one with text. */
const MOST_READ = 20

export async function readDocuments(source: OnlineDocumentSource, ctx: DataSourceContext, facts: SuiteFacts) {
  const pages: PageEntry[] = []
  const listings = await toTheEnd(async (cursor) => {
    const listing = await source.listPages(ctx, cursor === undefined ? {} : { cursor })
    pages.push(...listing.pages)
    return listing.nextCursor
  })
  found(
    pages.map(({ id }) => id),
    facts,
  )
  if (facts.paged !== false) expect(listings, 'pages of the listing').toBeGreaterThan(1)
  // A page may be empty for good reason (a row without text), but not every one all over the listing.
  for (const page of sample(pages)) {
    const read = await source.readPage(ctx, { id: page.id, type: page.type }).catch(unlessOfOnePage)
    if (!read) continue
    expect(read.id).toBe(page.id)
    if ((await textOf(read.content)).trim() !== '') return
  }
  expect.fail('None of the pages that were read has text')
}

/** What may be wrong with one page while the next is well. */
function unlessOfOnePage(error: unknown): undefined {
  const ofOne = ['not_found', 'content_unavailable', 'missing_scope']
  if (!isDataSourceError(error) || !ofOne.includes(error.code)) throw error
}

/** Some of them, evenly spread, the first and the last among them. */
function sample<Value>(all: readonly Value[]): readonly Value[] {
  const step = Math.max(1, (all.length - 1) / (MOST_READ - 1))
  const count = Math.min(all.length, MOST_READ)
  return Array.from({ length: count }, (_, index) => all[Math.round(index * step)]!)
}

async function textOf(content: string | AsyncIterable<string>): Promise<string> {
  if (typeof content === 'string') return content
  let text = ''
  for await (const piece of content) text += piece
  return text
}

export async function readDrive(source: OnlineDriveSource, ctx: DataSourceContext, facts: SuiteFacts) {
  const files: DriveEntry[] = []
  const folders: (string | undefined)[] = [undefined]
  let listings = 0
  for (let folder = folders.pop(); ; folder = folders.pop()) {
    const where = folder === undefined ? {} : { folder }
    listings += await toTheEnd(async (cursor) => {
      const listing = await source.listFolder(ctx, { ...where, ...(cursor === undefined ? {} : { cursor }) })
      for (const entry of listing.entries) {
        if (entry.type === 'folder') folders.push(entry.id)
        else files.push(entry)
      }
      return listing.nextCursor
    })
    if (folders.length === 0) break
  }
  found(
    files.map(({ id }) => id),
    facts,
  )
  if (facts.paged !== false) expect(listings, 'pages of the listings').toBeGreaterThan(1)
  const { body, entry } = await source.download(ctx, { id: files[0]!.id })
  expect(entry.id).toBe(files[0]!.id)
  let bytes = 0
  for await (const chunk of body) bytes += chunk.byteLength
  expect(bytes, 'bytes of the first file').toBeGreaterThan(0)
}

export async function readSite(source: WebsiteCrawlSource, ctx: DataSourceContext, facts: SuiteFacts, stand: Stand) {
  const parameters = source.parameters.parse(stand.parameters ?? {})
  const events: CrawlEvent[] = []
  for await (const event of source.crawl(ctx, { parameters })) events.push(event)
  const pages = events.filter((event) => event.type === 'page')
  found(
    pages.map(({ url }) => url),
    facts,
  )
  for (const { markdown } of pages) expect(markdown.trim()).not.toBe('')
  expect(
    events.some(({ type }) => type === 'progress'),
    'whether progress was told',
  ).toBe(true)

  const checkpoint = events.findLast((event) => event.type === 'checkpoint')?.checkpoint
  if (!checkpoint) return
  expect(JSON.parse(JSON.stringify(checkpoint)), 'the checkpoint, as JSON').toEqual(checkpoint)
  // After a crash right before its end: nothing is told twice.
  for await (const event of source.crawl(ctx, { parameters, checkpoint })) expect(event.type).not.toBe('page')
}

/** Follows a cursor until there is none; the number of pages. */
async function toTheEnd(list: (cursor: string | undefined) => Promise<string | null>): Promise<number> {
  const seen = new Set<string>()
  let cursor: string | undefined
  for (let pages = 1; pages < ENDLESS; pages++) {
    const next = await list(cursor)
    if (next === null) return pages
    expect(seen, 'cursors that came before').not.toContain(next)
    seen.add(next)
    cursor = next
  }
  return expect.fail('The listing does not end')
}

function found(ids: readonly string[], { atLeast = 1 }: SuiteFacts): void {
  expect(ids.length, 'how many were found').toBeGreaterThanOrEqual(atLeast)
  expect(new Set(ids).size, 'how many different ones were found').toBe(ids.length)
}
