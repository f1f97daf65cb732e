import type { DriveChanges } from '@wellhead/datasource-node'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { onedrive } from '../src/index.ts'
import { type Connected, connect, find, openOneDrive } from './connect.ts'
import { file, startScriptedGraph } from './scripted-graph.ts'

let work: Connected
beforeAll(async () => {
  work = await openOneDrive('Ada', 2)
})
afterAll(() => work?.close())
const patch = (files: object) => work.sandbox.control.settings('onedrive', { files })
const write = (path: string, text: string) => patch({ write: { path, text } })

async function follow(cursor: string): Promise<DriveChanges[]> {
  const pages = [await onedrive.changes(work.ctx, { cursor })]
  while (pages.at(-1)!.hasMore) pages.push(await onedrive.changes(work.ctx, { cursor: pages.at(-1)!.nextCursor }))
  return pages
}

describe('whole files in memory; no mtime, etag, path in listings; no incremental sync: here changes', () => {
  it('begin with a cursor and nothing else', async () => {
    const start = await onedrive.changes(work.ctx, {})
    expect(start).toEqual({
      changed: [],
      deleted: [],
      nextCursor: expect.stringMatching(/^\/me\/drive\/root\/delta\?/),
      hasMore: false,
    })
    expect(await follow(start.nextCursor)).toMatchObject([{ changed: [], deleted: [], hasMore: false }])
  })

  it('tell what was made, written, moved and deleted, over pages, and nothing twice', async () => {
    const { nextCursor } = await onedrive.changes(work.ctx, {})
    write('/New.txt', 'new')
    patch({ folder: { path: '/Attic' } })
    patch({ move: { path: '/Opening hours.txt', to: '/Attic/Hours.txt' } })
    write('/Welcome.md', '# Changed')
    const gone = await find(work.ctx, 'Price list.csv')
    patch({ trash: { path: '/Price list.csv' } })
    const pages = await follow(nextCursor)
    expect(pages.length).toBeGreaterThan(1)
    expect(pages.flatMap(({ changed }) => changed.map(({ name }) => name))).toEqual([
      'New.txt',
      'Attic',
      'Hours.txt',
      'Welcome.md',
    ])
    expect(pages.flatMap(({ deleted }) => deleted)).toEqual([{ id: gone.id, path: null }])
    const changed = pages.flatMap((page) => page.changed)
    const attic = changed.find(({ name }) => name === 'Attic')!
    expect(changed.find(({ name }) => name === 'Hours.txt')).toMatchObject({
      parentId: attic.id,
      path: null,
      type: 'file',
    })
    expect(await follow(pages.at(-1)!.nextCursor)).toMatchObject([{ changed: [], deleted: [] }])
  })

  it('tell of an item as it was told last, and of one that came and went as gone', async () => {
    const { nextCursor } = await onedrive.changes(work.ctx, {})
    write('/Twice.txt', '1')
    write('/Twice.txt', 'second')
    const [page] = await follow(nextCursor)
    expect(page!.changed).toMatchObject([{ name: 'Twice.txt', size: 6 }])
    write('/Brief.txt', 'x')
    patch({ trash: { path: '/Brief.txt' } })
    const [brief] = await follow(page!.nextCursor)
    expect(brief!.changed).toEqual([])
    expect(brief!.deleted).toHaveLength(1)
  })

  it('tell of no other drive', async () => {
    const { nextCursor } = await onedrive.changes(work.ctx, {})
    expect(nextCursor).not.toContain('/drives/')
  })

  it('start over when OneDrive has forgotten the cursor', async () => {
    const { nextCursor } = await onedrive.changes(work.ctx, {})
    work.sandbox.control.settings('onedrive', { expireCursors: true })
    await expect(onedrive.changes(work.ctx, { cursor: nextCursor })).rejects.toMatchObject({ code: 'cursor_expired' })
    expect((await onedrive.changes(work.ctx, {})).hasMore).toBe(false)
  })
})

describe('a strange delta', () => {
  const delta = (body: object) => startScriptedGraph(() => ({ body }))

  it('leaves the root and what has no id out, and takes the last of each', async () => {
    await using graph = await startScriptedGraph((_asked, origin) => ({
      body: {
        value: [
          { id: 'ROOT', root: {}, folder: {}, name: 'root' },
          file('A', { name: 'old.txt' }),
          { id: 'B', deleted: {} },
          { name: 'nobody' },
          file('A', { name: 'new.txt' }),
          file('B'),
          file('C'),
          { id: 'C', deleted: { state: 'deleted' } },
          { id: 'N', name: 'notebook', package: {} },
        ],
        '@odata.deltaLink': `${origin}/drives/b!own/root/microsoft.graph.delta(token='1')?token=2`,
      },
    }))
    const page = await onedrive.changes(connect(graph.origin), { cursor: '/me/drive/root/delta?token=1' })
    expect(page.changed.map(({ id, name }) => [id, name])).toEqual([
      ['A', 'new.txt'],
      ['B', 'B.txt'],
    ])
    expect(page).toMatchObject({ deleted: [{ id: 'C', path: null }], hasMore: false, warnings: [expect.any(String)] })
    expect(page.nextCursor).toBe("/drives/b!own/root/microsoft.graph.delta(token='1')?token=2")
  })

  it('without a link, or with one that leads to itself, is an error', async () => {
    await using none = await delta({ value: [] })
    await expect(onedrive.changes(connect(none.origin), {})).rejects.toMatchObject({ code: 'invalid_response' })
    await using loop = await startScriptedGraph(({ path }, origin) => ({
      body: { value: [], '@odata.nextLink': origin + path },
    }))
    const changes = onedrive.changes(connect(loop.origin), { cursor: '/me/drive/root/delta?token=1' })
    await expect(changes).rejects.toMatchObject({ code: 'invalid_response' })
  })

  it('that is no list is no change', async () => {
    await using graph = await delta({ '@odata.deltaLink': 'x' })
    const changes = onedrive.changes(connect(graph.origin), { cursor: '/me/drive/root/delta?token=1' })
    await expect(changes).rejects.toMatchObject({ code: 'invalid_response' })
  })
})
