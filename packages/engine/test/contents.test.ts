/** Content: whole or not at all, streamed in and out, within its cap, and gone when it has to be. */
import { createHash } from 'node:crypto'
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { eq } from '../src/db/query.ts'
import { createFolderBlobs } from '../src/documents/blobs.ts'
import { type Connection, type Document, schema } from '../src/index.ts'
import { keepHouse } from '../src/jobs/housekeeping.ts'
import { defaultTimings } from '../src/timings.ts'
import { connect, refusal, run } from './beginnings.ts'
import { answer, type DriveProvider, drive, startDrive } from './drive.ts'
import { type House, openHouse, until } from './house.ts'
import { type NotesProvider, notes, startNotes } from './notes.ts'

const MB = 1_000_000
const CAP = 120 * MB

let house: House
let driveProvider: DriveProvider
let notesProvider: NotesProvider
let files: Connection

beforeAll(async () => {
  driveProvider = await startDrive()
  notesProvider = await startNotes()
  house = await openHouse({
    builtin: { drive: async () => ({ default: drive }), notes: async () => ({ default: notes }) },
    overrides: {
      drive: { endpoints: { api: driveProvider.origin } },
      notes: { endpoints: { api: notesProvider.origin } },
    },
  })
  await house.work(await house.another({ maxDocumentBytes: CAP }))
  files = await connect(house, house.owner, { dataSource: 'drive', apiKey: driveProvider.key })
  await connect(house, house.owner, { dataSource: 'notes', apiKey: notesProvider.key })
})
afterEach(() => {
  notesProvider.intercept = undefined
})
afterAll(async () => {
  await house?.[Symbol.asyncDispose]()
  await driveProvider?.close()
  await notesProvider?.close()
})

const download = (...ids: string[]) =>
  run(house, house.owner, { dataSource: 'drive', connectionId: files.id, operation: 'download', parameters: { ids } })
const documentsOf = (id: string) => house.engine.runs.documents(house.owner, id, {})

/** Reads one note with this text through a run of its own. */
async function readNote(text: string): Promise<Document> {
  notesProvider.intercept = (request, response) => {
    if (request.url !== '/notes/1') return false
    answer(response, 200, { id: '1', text })
    return true
  }
  const parameters = { pages: [{ id: '1' }] }
  const finished = await run(house, house.owner, { dataSource: 'notes', operation: 'read_pages', parameters })
  expect(finished).toMatchObject({ status: 'completed', error: null })
  return (await documentsOf(finished.id))[0] as Document
}

async function contentOf(id: string, range?: { start: number; end: number }): Promise<Buffer> {
  const { body } = await house.engine.documents.content(house.owner, id, range)
  return Buffer.from(await new Response(body).arrayBuffer())
}

/** Every file below the blob folder, partial ones too. */
const blobs = async () =>
  (await readdir(house.blobDir, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => entry.name)
    .sort()

const clean = () =>
  keepHouse({
    db: house.engine.db,
    blobs: createFolderBlobs(house.blobDir),
    timings: { ...defaultTimings },
    log: { debug() {}, info() {}, warn() {}, error() {} },
  })

function* pieces(count: number, size = 64 * 1024): Iterable<Uint8Array> {
  const piece = Buffer.alloc(size, 'wellhead ')
  for (let index = 0; index < count; index++) yield piece
}

describe('text', () => {
  it('of up to a megabyte sits in its row, and is served by range', async () => {
    const text = `äöü ${'x'.repeat(MB - 7)}`
    const document = await readNote(text)
    expect(document).toMatchObject({ text, size: MB, hasContent: true })
    expect((await contentOf(document.id)).toString()).toBe(text)
    expect((await contentOf(document.id, { start: 2, end: 5 })).toString()).toBe('öü')
    expect(await blobs()).toEqual([])
  })

  it('of more goes through the blob folder, and is served by range', async () => {
    const text = `äöü ${'x'.repeat(MB - 6)}`
    const document = await readNote(text)
    expect(document).toMatchObject({ text: null, size: MB + 1, hasContent: true })
    expect((await contentOf(document.id)).toString()).toBe(text)
    expect((await contentOf(document.id, { start: 2, end: 5 })).toString()).toBe('öü')
    expect((await contentOf(document.id, { start: MB, end: MB })).toString()).toBe('x')
  })

  it('keeps what the database can hold of it, and loses no document over the rest', async () => {
    const document = await readNote('a\u0000b \ud83d c \u{1f600}')
    expect(document).toMatchObject({ text: 'ab \ufffd c \u{1f600}', size: Buffer.byteLength('ab \ufffd c \u{1f600}') })
  })

  it('of nothing is a whole document', async () => {
    const document = await readNote('')
    expect(document).toMatchObject({ text: '', size: 0, hasContent: true })
    expect((await contentOf(document.id)).byteLength).toBe(0)
  })
})

describe('a file', () => {
  it('of 100 MB is streamed, in and out, and not held in memory', async () => {
    const count = 1600
    const size = count * 64 * 1024
    driveProvider.files.set('large', { pieces: pieces(count), size })
    globalThis.gc?.()
    const before = process.memoryUsage.rss()
    let most = before
    const timer = setInterval(() => {
      most = Math.max(most, process.memoryUsage.rss())
    }, 10)
    const finished = await download('large')
    expect(finished).toMatchObject({ status: 'completed', error: null })
    const [document] = await documentsOf(finished.id)
    expect(document).toMatchObject({ size, text: null, mimeType: 'application/octet-stream' })
    const hash = createHash('sha256')
    let read = 0
    const { body } = await house.engine.documents.content(house.owner, document?.id as string)
    for await (const chunk of body) {
      hash.update(chunk)
      read += chunk.byteLength
    }
    clearInterval(timer)
    const expected = createHash('sha256')
    for (const piece of pieces(count)) expected.update(piece)
    expect(read).toBe(size)
    expect(hash.digest('hex')).toBe(expected.digest('hex'))
    // Provider, engine and reader are all in this process, and what is dead waits to be collected: any of them would hold 105.
    expect((most - before) / MB).toBeLessThan(100)
    const end = await contentOf(document?.id as string, { start: size - 4, end: size - 1 })
    expect(end).toEqual(Buffer.alloc(64 * 1024, 'wellhead ').subarray(-4))
  })

  it('above the cap is reported as such, the rest is kept, and nothing of it stays', async () => {
    driveProvider.files.set('small', { pieces: [Buffer.from('small')] })
    driveProvider.files.set('huge', { pieces: pieces(2000) })
    const before = await blobs()
    const finished = await download('huge', 'small')
    expect(finished).toMatchObject({ status: 'completed', documentCount: 2 })
    const [huge, small] = await documentsOf(finished.id)
    expect(huge).toMatchObject({
      kind: 'failed',
      metadata: { error: { code: 'content_unavailable' } },
      hasContent: false,
    })
    expect(small).toMatchObject({ kind: 'file', size: 5 })
    expect((await blobs()).length).toBe(before.length + 1)
  })

  it.each([
    ['ends before its announced length', { contentLength: 100, breaks: true }],
    ['breaks off without a length', { breaks: true }],
    ['has fewer bytes than its entry says', { size: 100 }],
    ['has more bytes than its entry says', { size: 3 }],
  ])('that %s is never taken for the whole', async (_, more) => {
    const before = await blobs()
    let sent = 0
    const body = Buffer.from('0123456789')
    const half = {
      [Symbol.iterator]: function* () {
        sent++
        yield body
      },
    }
    driveProvider.files.set('half', { pieces: half, ...more })
    const { id } = await house.engine.runs.create(house.owner, {
      dataSource: 'drive',
      connectionId: files.id,
      operation: 'download',
      parameters: { ids: ['half'] },
    })
    // A broken connection is tried again; a size that is wrong is the file's own fault.
    await until(async () => sent >= ('breaks' in more ? 2 : 1), 'it was sent')
    if ('breaks' in more) driveProvider.files.set('half', { pieces: [body] })
    const { value } = await house.engine.runs.settled(house.owner, id, 15_000)
    const documents = await documentsOf(id)
    if ('breaks' in more) {
      expect(documents).toMatchObject([{ kind: 'file', size: 10 }])
      expect(await contentOf(documents[0]?.id as string)).toEqual(body)
    } else {
      expect(value).toMatchObject({ status: 'failed', error: { code: 'invalid_response' } })
      expect(documents).toMatchObject([{ kind: 'failed', hasContent: false }])
      expect(await blobs()).toEqual(before)
    }
    expect((await blobs()).filter((name) => name.endsWith('.partial'))).toEqual([])
  })
})

describe('erasure', () => {
  it('follows a run that is kept no longer', async () => {
    driveProvider.files.set('old', { pieces: [Buffer.from('old')] })
    const finished = await download('old')
    const [document] = await documentsOf(finished.id)
    expect(await blobs()).toContain(document?.id)
    await clean()
    expect(await blobs()).toContain(document?.id)
    const longAgo = new Date(Date.now() - defaultTimings.retentionMs - 1_000)
    await house.engine.db.update(schema.runs).set({ finishedAt: longAgo }).where(eq(schema.runs.id, finished.id))
    await clean()
    expect(await refusal(house.engine.runs.get(house.owner, finished.id))).toBe('run_not_found')
    expect(await refusal(house.engine.documents.content(house.owner, document?.id as string))).toBe(
      'document_not_found',
    )
    expect(await blobs()).not.toContain(document?.id)
    expect(await house.engine.db.select().from(schema.blobErasures)).toEqual([])
  })

  it('follows a connection, and leaves the content of others alone', async () => {
    const other = await connect(house, house.owner, { dataSource: 'drive', apiKey: driveProvider.key })
    driveProvider.files.set('one', { pieces: [Buffer.from('one')] })
    const kept = await download('one')
    const gone = await run(house, house.owner, {
      dataSource: 'drive',
      connectionId: other.id,
      operation: 'download',
      parameters: { ids: ['one'] },
    })
    const [[keptDocument], [goneDocument]] = await Promise.all([documentsOf(kept.id), documentsOf(gone.id)])
    await house.engine.connections.delete(house.owner, other.id)
    await until(
      async () => (await refusal(house.engine.connections.get(house.owner, other.id))) === 'connection_not_found',
      'the connection is erased',
    )
    await clean()
    expect(await blobs()).toContain(keptDocument?.id)
    expect(await blobs()).not.toContain(goneDocument?.id)
  })

  it('follows a worker that died in the middle of a download, and no sooner', async () => {
    driveProvider.files.set('stuck', {
      pieces: pieces(3),
      // More than ever comes: the provider goes silent.
      contentLength: 10 * MB,
      stalls: true,
    })
    const before = await blobs()
    const { id } = await house.engine.runs.create(house.owner, {
      dataSource: 'drive',
      connectionId: files.id,
      operation: 'download',
      parameters: { ids: ['stuck'] },
    })
    const partial = await until(
      async () => (await blobs()).find((name) => name.endsWith('.partial')),
      'the download is being written',
    )
    await clean()
    expect(await blobs()).toContain(partial)
    const blobKey = partial.replace('.partial', '')
    const [meant] = await house.engine.db.select().from(schema.blobErasures)
    expect(meant).toMatchObject({ blobKey })
    // A cancel ends it cleanly, in the middle.
    await house.engine.runs.cancel(house.owner, id)
    const { value } = await house.engine.runs.settled(house.owner, id, 15_000)
    expect(value).toMatchObject({ status: 'cancelled', documentCount: 0 })
    await until(async () => (await blobs()).length === before.length, 'nothing of it is left')
    await until(async () => (await house.engine.db.select().from(schema.blobErasures)).length === 0, 'nothing is meant')
    // A death does not: what it left is there until its time.
    const left = join(house.blobDir, blobKey.slice(-2))
    await mkdir(left, { recursive: true })
    await writeFile(join(left, `${blobKey}.partial`), 'left behind')
    await house.engine.db.insert(schema.blobErasures).values({ blobKey, createdAt: new Date(Date.now() - 1_000) })
    await clean()
    expect(await blobs()).toEqual(before)
  })
})
