/** What reading means for each kind: to the end, each thing once, and never nothing where there is something. */
import type { CrawlEvent, OnlineDocumentSource, OnlineDriveSource, WebsiteCrawlSource } from '@wellhead/datasource-node'
import { describe, expect, it } from 'vitest'
import { itCovers } from './cases.ts'
import { expectNothingRuns } from './describe-cancellation.ts'
import type { SuiteFacts } from './facts.ts'
import { allEntries, allPages, expectOnce, walkDrive } from './listing.ts'
import { findFile, findPage, readFile } from './operations.ts'
import type { Scope } from './scope.ts'

export function describeDocuments(scope: Scope<OnlineDocumentSource>): void {
  const { source, facts, connection } = scope
  describe('online_document', () => {
    it('lists to the end, each page once, and reads', async () => {
      const { entries, pages } = await allPages(source, connection().context())
      expectFound(
        entries.map(({ id }) => id),
        facts,
      )
      if (facts.paged !== false) expect(pages, 'pages of the listing').toBeGreaterThan(1)
      await findPage(source, connection().context())
    })

    itCovers(scope, 'missing item', 'says that a page is not there', async () => {
      const read = source.readPage(connection().context(), { id: facts.missingId! })
      await expect(read).rejects.toMatchObject({ code: 'not_found' })
    })

    itCovers(scope, 'empty listing', 'lists nothing as nothing', async () => {
      const query = facts.empty && 'query' in facts.empty ? facts.empty.query : expect.fail('`empty` needs a query')
      expect((await allPages(source, connection().context(), query)).entries).toEqual([])
    })
  })
}

export function describeDrive(scope: Scope<OnlineDriveSource>): void {
  const { source, facts, connection } = scope
  describe('online_drive', () => {
    it('lists every folder to its end, each entry once, and downloads', async () => {
      const { files, pages } = await walkDrive(source, connection().context())
      expect(new Set(files.map(({ id }) => id)).size, 'how many were found').toBeGreaterThanOrEqual(facts.atLeast ?? 1)
      if (facts.paged !== false) expect(pages, 'most pages of a listing').toBeGreaterThan(1)
      const entry = await findFile(source, connection().context())
      const download = await source.download(connection().context(), { id: entry.id })
      expect([entry.id, entry.targetId]).toContain(download.entry.id)
      expect(download.mimeType).toMatch(/^\w[\w.+-]*\/\w[\w.+-]*/)
      const { result, missing } = await readFile(download)
      expect(result, 'the bytes of the file, and its size in the listing').toMatchObject({ bytes: entry.size })
      expect(missing, 'whether the size of the download is another').toBe(0)
    })

    itCovers(scope, 'missing item', 'says that a file is not there, and a folder', async () => {
      const ctx = connection().context()
      const id = facts.missingId!
      await expect(source.download(ctx, { id })).rejects.toMatchObject({ code: 'not_found' })
      await expect(allEntries(source, ctx, id)).rejects.toMatchObject({ code: 'not_found' })
    })

    itCovers(scope, 'empty listing', 'lists an empty folder as empty', async () => {
      const name = facts.empty && 'folder' in facts.empty ? facts.empty.folder : expect.fail('`empty` needs a folder')
      const { folders } = await walkDrive(source, connection().context())
      const folder = folders.find((one) => one.name === name) ?? expect.fail(`There is no folder "${name}"`)
      expect((await allEntries(source, connection().context(), folder.id)).entries).toEqual([])
    })
  })
}

export function describeCrawl(scope: Scope<WebsiteCrawlSource>): void {
  const { source, facts, stand, connection } = scope
  const parameters = () => source.parameters.parse(stand().parameters ?? {})
  describe('website_crawl', () => {
    it('crawls to the end, each page once, and goes on from its checkpoint', async () => {
      const events: CrawlEvent[] = []
      for await (const event of source.crawl(connection().context(), { parameters: parameters() })) events.push(event)
      const pages = events.filter((event) => event.type === 'page')
      expectFound(
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
      const again = source.crawl(connection().context(), { parameters: parameters(), checkpoint })
      for await (const event of again) expect(event.type).not.toBe('page')
    })

    it('ends when nobody listens any more, and leaves nothing running', async () => {
      for await (const _event of source.crawl(connection().context(), { parameters: parameters() })) break
      await expectNothingRuns({ connection: connection() })
    })
  })
}

function expectFound(ids: readonly string[], { atLeast = 1 }: SuiteFacts): void {
  expect(ids.length, 'how many were found').toBeGreaterThanOrEqual(atLeast)
  expectOnce(ids)
}
