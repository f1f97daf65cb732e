/** What runs give: every operation, to the end, and exactly what there is. */
import { randomBytes } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Connection, Operation } from '../src/index.ts'
import { connect, ended, refusal, run } from './beginnings.ts'
import { answer, type DriveProvider, drive, startDrive } from './drive.ts'
import { type House, openHouse } from './house.ts'
import { type NotesProvider, notes, startNotes } from './notes.ts'
import { type SiteProvider, site, startSite } from './site.ts'

let house: House
let notesProvider: NotesProvider
let driveProvider: DriveProvider
let siteProvider: SiteProvider
const made: Record<string, Connection> = {}

beforeAll(async () => {
  notesProvider = await startNotes(7)
  driveProvider = await startDrive()
  siteProvider = await startSite()
  const sources = { notes, drive, site }
  house = await openHouse({
    builtin: Object.fromEntries(Object.entries(sources).map(([id, source]) => [id, async () => ({ default: source })])),
    overrides: {
      notes: { endpoints: { api: notesProvider.origin } },
      drive: { endpoints: { api: driveProvider.origin } },
      site: { endpoints: { api: siteProvider.origin } },
    },
  })
  await house.work()
  const keys = { notes: notesProvider.key, drive: driveProvider.key, site: siteProvider.key }
  for (const [dataSource, apiKey] of Object.entries(keys))
    made[dataSource] = await connect(house, house.owner, { dataSource, apiKey })
})
afterEach(() => {
  for (const provider of [notesProvider, driveProvider, siteProvider]) provider.intercept = undefined
  driveProvider.files.clear()
  driveProvider.changes.length = 0
})
afterAll(async () => {
  await house?.[Symbol.asyncDispose]()
  await notesProvider?.close()
  await driveProvider?.close()
  await siteProvider?.close()
})

const go = (dataSource: string, operation: Operation, parameters = {}, cursor?: string | null) =>
  run(house, house.owner, { dataSource, operation, parameters, ...(cursor ? { cursor } : {}) })
const found = async (id: string) =>
  (await house.engine.runs.documents(house.owner, id, { limit: 500 })).map(
    ({ kind, externalId }) => `${kind} ${externalId}`,
  )
const file = (text: string) => ({ pieces: [Buffer.from(text)] })
const entries = (...ids: (string | number)[]) => ids.map((id) => `page_entry ${id}`)

describe('a listing', () => {
  it('is paged to its end', async () => {
    const listed = await go('notes', 'list_pages')
    expect(listed).toMatchObject({ status: 'completed', nextCursor: null, documentCount: 7 })
    expect(listed.progress).toEqual({ completed: 7, total: 7 })
    expect(await found(listed.id)).toEqual(entries(1, 2, 3, 4, 5, 6, 7))
  })

  it('stops after a limit and goes on from there, to the end, in other runs', async () => {
    const pages: string[][] = []
    let cursor: string | null = null
    do {
      const listed = await go('notes', 'list_pages', { limit: 1 }, cursor)
      pages.push(await found(listed.id))
      cursor = listed.nextCursor
    } while (cursor !== null)
    expect(pages).toEqual([entries(1, 2, 3), entries(4, 5, 6), entries(7)])
  })

  it('that is empty is no error', async () => {
    const listed = await go('drive', 'list_folder')
    expect(listed).toMatchObject({ status: 'completed', documentCount: 0, error: null, nextCursor: null })
  })

  it('of a folder gives entries without content', async () => {
    for (const id of ['a', 'b', 'c']) driveProvider.files.set(id, file(id))
    const listed = await go('drive', 'list_folder')
    const documents = await house.engine.runs.documents(house.owner, listed.id, {})
    expect(documents.map(({ externalId, hasContent }) => [externalId, hasContent])).toEqual([
      ['a', false],
      ['b', false],
      ['c', false],
    ])
    expect(await refusal(house.engine.documents.content(house.owner, documents[0]?.id as string))).toBe(
      'document_not_found',
    )
    const after = await house.engine.runs.documents(house.owner, listed.id, { after: 1, limit: 1 })
    expect(after.map(({ sequence }) => sequence)).toEqual([2])
  })

  it('with an entry that cannot be read keeps the rest, and says so', async () => {
    for (const id of ['a', 'b', 'c']) driveProvider.files.set(id, { ...file(id), garbled: id === 'b' })
    const listed = await go('drive', 'list_folder')
    expect(await found(listed.id)).toEqual(['drive_entry a', 'drive_entry c'])
    expect(listed).toMatchObject({ status: 'completed', warnings: ['An entry of the folder could not be read.'] })
  })

  it('that breaks off in the middle is no shorter listing', async () => {
    notesProvider.intercept = (request, response) => {
      if (request.url !== '/notes?from=3') return false
      answer(response, 404, {})
      return true
    }
    const listed = await go('notes', 'list_pages')
    expect(listed).toMatchObject({ status: 'failed', error: { code: 'not_found' }, nextCursor: null })
  })
})

describe('a cursor', () => {
  it('says nothing, and is good for its connection and operation alone', async () => {
    const { nextCursor } = await go('notes', 'list_pages', { limit: 1 })
    const cursor = nextCursor as string
    const other = await connect(house, house.owner, { dataSource: 'notes', apiKey: notesProvider.key })
    const { runs } = house.engine
    const start = (cursor: string, connectionId = made.notes?.id as string, operation: Operation = 'list_pages') =>
      runs.create(house.owner, {
        dataSource: 'notes',
        connectionId,
        operation,
        cursor,
        parameters: operation === 'read_pages' ? { pages: [{ id: '1' }] } : {},
      })
    expect(await refusal(start(cursor, other.id))).toBe('invalid_cursor')
    expect(await refusal(start(cursor, undefined, 'read_pages'))).toBe('invalid_cursor')
    const bytes = Buffer.from(cursor.split('.')[1] as string, 'base64url')
    bytes[bytes.length - 1] = (bytes.at(-1) as number) ^ 1
    const [keyId, sealed] = cursor.split('.') as [string, string]
    for (const forged of [
      `${keyId}.${bytes.toString('base64url')}`,
      '3',
      '',
      '.',
      `${keyId}.`,
      `.${sealed}`,
      `x.${sealed}`,
    ])
      expect(await refusal(start(forged)), forged).toBe('invalid_cursor')
    const good = await start(cursor)
    await ended(house, house.owner, good.id)
    expect(await found(good.id)).toEqual(entries(4, 5, 6, 7))
  })
})

describe('changes', () => {
  it('are told to their end, deletions included, and go on from the cursor', async () => {
    driveProvider.changes.push({ changed: ['a'], deleted: [] }, { changed: ['b'], deleted: ['a'] })
    const first = await go('drive', 'changes')
    expect(await found(first.id)).toEqual(['drive_entry a', 'drive_entry b', 'deleted a'])
    expect(first.nextCursor).not.toBeNull()
    const unchanged = await go('drive', 'changes', {}, first.nextCursor)
    expect(unchanged).toMatchObject({ status: 'completed', documentCount: 0, error: null })
    driveProvider.changes.push({ changed: ['c'], deleted: [] })
    const later = await go('drive', 'changes', {}, unchanged.nextCursor)
    expect(await found(later.id)).toEqual(['drive_entry c'])
  })
})

describe('reading', () => {
  it('reports the items that cannot be had and keeps the rest', async () => {
    driveProvider.files.set('a', file('first'))
    driveProvider.files.set('c', file('third'))
    const downloaded = await go('drive', 'download', { ids: ['a', 'b', 'c'] })
    expect(downloaded).toMatchObject({ status: 'completed', progress: { completed: 3, total: 3 }, documentCount: 3 })
    expect(await found(downloaded.id)).toEqual(['file a', 'failed b', 'file c'])
  })

  it('a drive node that yields no file succeeds with null: here that is the error of its first item', async () => {
    const downloaded = await go('drive', 'download', { ids: ['b', 'd'] })
    expect(downloaded).toMatchObject({ status: 'failed', error: { code: 'not_found' } })
    expect(await found(downloaded.id)).toEqual(['failed b', 'failed d'])
  })
})

describe('a crawl', () => {
  const crawl = () => go('site', 'crawl', { url: 'https://example.test' })

  it('gives pages and what could not be had', async () => {
    siteProvider.fresh = {
      pages: [
        { url: 'https://e.test/1', markdown: '# 1' },
        { url: 'https://e.test/2', failed: 'blocked' },
      ],
      done: true,
    }
    const crawled = await crawl()
    expect(crawled).toMatchObject({ status: 'completed', documentCount: 2 })
    expect(await found(crawled.id)).toEqual(['page https://e.test/1', 'failed https://e.test/2'])
  })

  it('that found no page, or none that could be had, is an error', async () => {
    siteProvider.fresh = { pages: [], done: true }
    expect(await crawl()).toMatchObject({ status: 'failed', error: { code: 'content_unavailable' } })
    siteProvider.fresh = { pages: [{ url: 'https://e.test/1', failed: 'blocked' }], done: true }
    expect(await crawl()).toMatchObject({ status: 'failed', error: { code: 'content_unavailable' }, documentCount: 1 })
  })

  it('keeps pages whose addresses are longer than an index takes, apart', async () => {
    const long = `https://e.test/${randomBytes(4000).toString('hex')}`
    siteProvider.fresh = {
      pages: [`${long}a`, `${long}b`, `${long}a`].map((url) => ({ url, markdown: url.at(-1) as string })),
      done: true,
    }
    const crawled = await crawl()
    expect(crawled).toMatchObject({ status: 'completed', documentCount: 2 })
    const documents = await house.engine.runs.documents(house.owner, crawled.id, {})
    expect(documents.map(({ url, text }) => [url, text])).toEqual([
      [`${long}a`, 'a'],
      [`${long}b`, 'b'],
    ])
  })
})

describe('what a run is asked', () => {
  it('is checked before anything is stored', async () => {
    const { runs } = house.engine
    const start = (dataSource: string, operation: Operation, parameters: Record<string, unknown> = {}) =>
      refusal(runs.create(house.owner, { dataSource, operation, parameters }))
    const before = (await runs.list(house.owner, { limit: 200 })).items.length
    expect(await start('none', 'list_pages')).toBe('data_source_not_found')
    expect(await start('notes', 'crawl', { url: 'https://e.test' })).toBe('operation_not_supported')
    expect(await start('site', 'crawl', { url: 'no url' })).toBe('invalid_parameters')
    expect(await start('site', 'crawl', { url: 'https://e.test', more: 1 })).toBe('invalid_parameters')
    expect(await start('drive', 'download', { ids: [] })).toBe('invalid_parameters')
    expect(await start('notes', 'list_pages', { limit: 0 })).toBe('invalid_parameters')
    const wrong = { dataSource: 'drive', operation: 'list_folder', connectionId: made.notes?.id as string } as const
    expect(await refusal(runs.create(house.owner, wrong))).toBe('connection_not_found')
    expect((await runs.list(house.owner, { limit: 200 })).items.length).toBe(before)
  })

  it('crawl nodes trust content sent back by the browser: here content comes from the source alone', async () => {
    const { runs } = house.engine
    const told = { url: 'https://e.test', content: '# Words of the caller', pages: [{ markdown: '# More words' }] }
    expect(await refusal(runs.create(house.owner, { dataSource: 'site', operation: 'crawl', parameters: told }))).toBe(
      'invalid_parameters',
    )
    siteProvider.fresh = { pages: [{ url: 'https://e.test/1', markdown: '# Words of the site' }], done: true }
    const crawled = await go('site', 'crawl', { url: 'https://e.test' })
    const documents = await house.engine.runs.documents(house.owner, crawled.id, {})
    expect(documents.map(({ text }) => text)).toEqual(['# Words of the site'])
  })
})
