/** Listings and changes by the page: what is written of them, in which order, and what of it holds. */
import type { DriveChanges, DriveDeletion, DriveEntry } from '@wellhead/datasource-node'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { eq, sql } from '../src/db/query.ts'
import { LeaseLost } from '../src/documents/insert.ts'
import { type NewEntry, openDocumentWriter } from '../src/documents/writer.ts'
import { type Document, type Operation, type Run, schema } from '../src/index.ts'
import { connect, run } from './beginnings.ts'
import { type DriveProvider, drive, startDrive } from './drive.ts'
import { type House, openHouse } from './house.ts'

let house: House
let provider: DriveProvider
/** What the drive tells, page by page. */
let folder: DriveEntry[][] = []
let changes: Pick<DriveChanges, 'changed' | 'deleted'>[] = []

beforeAll(async () => {
  provider = await startDrive()
  const source = {
    ...drive,
    id: 'told',
    async listFolder(_: unknown, { cursor }: { cursor?: string }) {
      const at = Number(cursor ?? 0)
      return { entries: folder[at] ?? [], nextCursor: at + 1 < folder.length ? String(at + 1) : null }
    },
    async changes(_: unknown, { cursor }: { cursor?: string }) {
      const at = Number(cursor ?? 0)
      const page = changes[at] ?? { changed: [], deleted: [] }
      return { ...page, nextCursor: String(at + 1), hasMore: at + 1 < changes.length }
    },
  }
  house = await openHouse({
    builtin: { told: async () => ({ default: source }) },
    overrides: { told: { endpoints: { api: provider.origin } } },
  })
  await house.work()
  await connect(house, house.owner, { dataSource: 'told', apiKey: provider.key })
})
afterEach(() => {
  folder = []
  changes = []
})
afterAll(async () => {
  await house?.[Symbol.asyncDispose]()
  await provider?.close()
})

const file = (id: string, revision = '1', more: Partial<DriveEntry> = {}): DriveEntry => ({
  id,
  name: id,
  type: 'file',
  parentId: null,
  path: `/${id}`,
  mimeType: null,
  size: 1,
  modifiedAt: null,
  revision,
  url: null,
  ...more,
})
const gone = (id: string): DriveDeletion => ({ id, path: null })

async function go(operation: Operation): Promise<Run & { documents: readonly Document[] }> {
  const done = await run(house, house.owner, { dataSource: 'told', operation, parameters: {} })
  expect(done).toMatchObject({ status: 'completed', error: null })
  return { ...done, documents: await house.engine.runs.documents(house.owner, done.id, { limit: 10_000 }) }
}
const told = ({ documents }: { documents: readonly Document[] }) =>
  documents.map(({ sequence, kind, externalId, metadata }) =>
    [sequence, kind, externalId, metadata.revision].filter((part) => part !== undefined).join(' '),
  )

describe('a listing', () => {
  it('is written by the page: one transaction each, sequences without a gap', async () => {
    folder = [0, 1, 2].map((page) => Array.from({ length: 4_500 }, (_, index) => file(`${page}-${index}`)))
    const listed = await go('list_folder')
    expect(listed.documentCount).toBe(13_500)
    const [rows] = await house.engine.db.execute<{ transactions: string; count: string; last: number }>(
      sql`select count(distinct xmin::text) as transactions, count(*) as count, max(sequence) as last from documents where run_id = ${listed.id}`,
    )
    expect(rows).toMatchObject({ transactions: '3', count: '13500', last: 13_500 })
    expect(listed.documents.slice(4_499, 4_501).map(({ externalId }) => externalId)).toEqual(['0-4499', '1-0'])
  })

  it('that tells of an item twice has it once, as it was first told, and leaves no gap', async () => {
    folder = [[file('a'), file('b'), file('a', '2')], [file('b', '2'), file('c')], [file('a', '3')], [file('d')]]
    const listed = await go('list_folder')
    expect(told(listed)).toEqual(['1 drive_entry a 1', '2 drive_entry b 1', '3 drive_entry c 1', '4 drive_entry d 1'])
    expect(listed.documentCount).toBe(4)
  })

  it('says where a shortcut leads, and nothing of it for the rest', async () => {
    folder = [[file('a', '1', { targetId: 'target' }), file('b', '1', { targetId: null }), file('c')]]
    const { documents } = await go('list_folder')
    expect(documents.map(({ metadata }) => metadata.target_id)).toEqual(['target', undefined, undefined])
    expect(documents[2]?.metadata).not.toHaveProperty('target_id')
  })
})

describe('changes', () => {
  it('that tell of an item again hold as they were told last', async () => {
    changes = [
      { changed: [file('a', '1'), file('b', '1')], deleted: [] },
      { changed: [file('a', '2', { name: 'renamed', path: '/renamed' })], deleted: [] },
      { changed: [file('c', '1')], deleted: [] },
    ]
    const told3 = await go('changes')
    expect(told(told3)).toEqual(['2 drive_entry b 1', '3 drive_entry a 2', '4 drive_entry c 1'])
    expect(told3.documentCount).toBe(3)
    expect(told3.documents[1]).toMatchObject({ title: 'renamed', metadata: { path: '/renamed' } })
  })

  it('leave an entry and its deletion both: the highest sequence says which holds', async () => {
    changes = [
      { changed: [file('a', '1'), file('b', '1')], deleted: [] },
      { changed: [], deleted: [gone('a')] },
      { changed: [file('b', '2')], deleted: [] },
      { changed: [], deleted: [gone('b')] },
      // Restored.
      { changed: [file('a', '1')], deleted: [gone('b')] },
    ]
    expect(told(await go('changes'))).toEqual(['3 deleted a', '4 drive_entry b 2', '6 drive_entry a 1', '7 deleted b'])
  })

  it('name what is gone by its id, or else by its path, and both in the metadata', async () => {
    changes = [{ changed: [], deleted: [gone('a'), { id: 'b', path: '/b' }, { id: null, path: '/c' }] }]
    const { documents } = await go('changes')
    expect(documents.map(({ externalId, title, metadata }) => [externalId, title, metadata])).toEqual([
      ['a', 'a', { id: 'a', path: null }],
      ['b', '/b', { id: 'b', path: '/b' }],
      ['/c', '/c', { id: null, path: '/c' }],
    ])
  })
})

describe('a page of entries', () => {
  const entry = (externalId: string): NewEntry => ({
    kind: 'drive_entry',
    externalId,
    title: externalId,
    url: null,
    mimeType: null,
    metadata: {},
  })

  async function held(leaseHolder: string) {
    folder = [[file('a')]]
    const { id } = await go('list_folder')
    await house.engine.db.update(schema.runs).set({ leaseHolder }).where(eq(schema.runs.id, id))
    const [row] = await house.engine.db.select().from(schema.runs).where(eq(schema.runs.id, id))
    return row as typeof schema.runs.$inferSelect
  }
  const open = (row: typeof schema.runs.$inferSelect) => {
    const blobs = { write: async () => 0, read: () => new ReadableStream(), erase: async () => {} }
    return openDocumentWriter({ db: house.engine.db, blobs, maxBytes: 1_000 }, row)
  }

  it('is written by the holder of the lease alone', async () => {
    const row = await held('mine')
    const writer = await open(row)
    await writer.writeAll([entry('b')], 'last')
    await house.engine.db.update(schema.runs).set({ leaseHolder: 'theirs' }).where(eq(schema.runs.id, row.id))
    await expect(writer.writeAll([entry('c')], 'last')).rejects.toThrow(LeaseLost)
    await expect(writer.write(entry('d'))).rejects.toThrow(LeaseLost)
    expect(writer.count()).toBe(2)
    const documents = await house.engine.runs.documents(house.owner, row.id, {})
    expect(documents.map(({ externalId }) => externalId)).toEqual(['a', 'b'])
  })

  it('goes on from the sequences of a worker that counted documents alone', async () => {
    const row = await held('mine')
    await house.engine.db.update(schema.runs).set({ lastSequence: 0 }).where(eq(schema.runs.id, row.id))
    const writer = await open(row)
    await writer.writeAll([], 'first')
    await writer.writeAll([entry('b')], 'first')
    const documents = await house.engine.runs.documents(house.owner, row.id, {})
    expect(documents.map(({ sequence }) => sequence)).toEqual([1, 2])
  })
})
