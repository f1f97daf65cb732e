import type { DataSourceContext } from '@wellhead/datasource-node'
import { type Sandbox, startSandbox } from '@wellhead/sandbox'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { dropbox } from '../src/index.ts'
import { authorize, connect, redirectUri } from './connect.ts'
import { file, page, startScriptedDropbox } from './scripted-dropbox.ts'

/** To the end: paths of what changed, paths of what is gone. */
async function follow(ctx: DataSourceContext, from: string) {
  const told: { changed: (string | null)[]; deleted: (string | null)[] } = { changed: [], deleted: [] }
  for (let cursor = from; ; ) {
    const { changed, deleted, nextCursor, hasMore } = await dropbox.changes(ctx, { cursor })
    told.changed.push(...changed.map(({ path }) => path))
    told.deleted.push(...deleted.map(({ path }) => path))
    cursor = nextCursor
    if (!hasMore) return { ...told, cursor }
  }
}

describe('changes of the sandbox', () => {
  let sandbox: Sandbox
  let ctx: DataSourceContext
  beforeAll(async () => {
    sandbox = await startSandbox({ only: ['dropbox'], pageSize: 4, redirectUris: [redirectUri] })
  })
  afterAll(() => sandbox?.close())
  beforeEach(async () => {
    sandbox.control.reset()
    sandbox.control.settings('dropbox', { teamRootNamespaceId: null })
    ctx = (await authorize(sandbox)).context()
  })
  const files = (patch: object) => sandbox.control.settings('dropbox', { files: patch })

  it('whole files in memory; no mtime, etag, path in listings; no incremental sync: what changed and what is gone, over several pages', async () => {
    const start = await dropbox.changes(ctx, {})
    expect(start).toEqual({ changed: [], deleted: [], nextCursor: expect.any(String), hasMore: false })
    files({ write: { path: '/Reports/New.md', text: 'New' } })
    files({ trash: { path: '/Welcome.md' } })
    files({ move: { path: '/Reports', to: '/Archive' } })
    const first = await follow(ctx, start.nextCursor)
    expect(first.deleted).toEqual(['/welcome.md', '/reports'])
    expect(first.changed).toEqual(
      expect.arrayContaining(['/Archive', '/Archive/2026/Drafts/Very deep/Note to self.txt']),
    )
    expect(first.changed).toContain('/Archive/New.md')
    expect(first.changed.filter((path) => path?.startsWith('/Reports'))).toEqual([])
    expect(await follow(ctx, first.cursor)).toMatchObject({ changed: [], deleted: [] })
  })

  it('tell what a file is now, and a rename as a deletion and a file', async () => {
    const { nextCursor: cursor } = await dropbox.changes(ctx, {})
    files({ write: { path: '/Welcome.md', text: 'Hello' } })
    files({ move: { path: '/Welcome.md', to: '/Hello.md' } })
    const { changed, deleted } = await dropbox.changes(ctx, { cursor })
    expect(changed).toMatchObject([
      { name: 'Hello.md', path: '/Hello.md', size: 5, parentId: null, mimeType: 'text/markdown' },
    ])
    expect(deleted).toEqual([{ id: null, path: '/welcome.md' }])
  })

  it('must start over once Dropbox has reset the cursor', async () => {
    const { nextCursor: cursor } = await dropbox.changes(ctx, {})
    sandbox.control.settings('dropbox', { resetCursors: true })
    await expect(dropbox.changes(ctx, { cursor })).rejects.toMatchObject({ code: 'cursor_expired' })
  })

  it('are not told by the cursor of a listing, which knows one folder alone', async () => {
    const { nextCursor } = await dropbox.listFolder(ctx, {})
    await expect(dropbox.changes(ctx, { cursor: nextCursor! })).rejects.toMatchObject({ code: 'invalid_request' })
    const { nextCursor: cursor } = await dropbox.changes(ctx, {})
    await expect(dropbox.listFolder(ctx, { cursor })).rejects.toMatchObject({ code: 'invalid_request' })
  })
})

describe('changes of a scripted server', () => {
  const deleted = (path: string | undefined) => ({
    '.tag': 'deleted',
    name: 'x',
    ...(path ? { path_lower: path, path_display: path } : {}),
  })
  const at = (number: number, path: string, more: object = {}) =>
    file(number, { path_lower: path.toLowerCase(), path_display: path, ...more })
  const folder = (number: number, path: string) => ({
    '.tag': 'folder',
    id: `id:${number}`,
    name: 'x',
    path_lower: path.toLowerCase(),
    path_display: path,
  })

  async function net(entries: unknown[]) {
    await using server = await startScriptedDropbox(({ name }) => {
      if (name.endsWith('get_latest_cursor')) return { body: { cursor: 'c1' } }
      return name.endsWith('continue') ? page(entries, 'c2') : undefined
    })
    const ctx = connect(server.endpoints)
    const { nextCursor: cursor } = await dropbox.changes(ctx, {})
    const told = await dropbox.changes(ctx, { cursor })
    return {
      changed: told.changed.map(({ id, path }) => `${id} ${path}`),
      deleted: told.deleted.map(({ path }) => path),
      asked: server.asked,
    }
  }

  it('begin with everything below the top', async () => {
    const { asked } = await net([])
    expect(asked.map(({ argument }) => argument)).toEqual([
      null,
      { path: '', recursive: true, include_deleted: true, limit: 1000 },
      { cursor: 'c1' },
    ])
  })

  it.each<[string, unknown[], string[], string[]]>([
    ['deleted and made anew is there', [deleted('/a'), at(1, '/A')], ['id:1 /A'], []],
    ['made and deleted is gone', [at(1, '/A'), deleted('/a')], [], ['/a']],
    ['told twice holds as it was told last', [at(1, '/A'), at(2, '/a')], ['id:2 /a'], []],
    ['in a folder that is deleted goes with it', [at(1, '/F/a'), at(2, '/Fa'), deleted('/f')], ['id:2 /Fa'], ['/f']],
    [
      'in a folder that is made anew comes after it',
      [deleted('/f'), folder(1, '/F'), at(2, '/F/a')],
      ['id:1 /F', 'id:2 /F/a'],
      [],
    ],
    ['in a folder that is told again stays', [at(2, '/F/a'), folder(1, '/F')], ['id:2 /F/a', 'id:1 /F'], []],
    ['under what became a file goes', [at(2, '/F/a'), at(1, '/F')], ['id:1 /F'], []],
    [
      'moved twice is where it is now',
      [deleted('/a'), at(1, '/B'), deleted('/b'), at(1, '/C')],
      ['id:1 /C'],
      ['/a', '/b'],
    ],
    ['moved before its old path is told as gone is there once', [at(1, '/A'), at(1, '/B')], ['id:1 /B'], []],
    ['not mounted anywhere is told by its id', [file(1, { path_lower: null, path_display: null })], ['id:1 null'], []],
    ['gone without a path cannot be told', [deleted(undefined)], [], []],
  ])('%s', async (_, entries, changed, gone) => {
    expect(await net(entries)).toMatchObject({ changed, deleted: gone })
  })

  it('that would never end, or cannot be read, are errors', async () => {
    const cursor = Buffer.from(JSON.stringify({ kind: 'changes', cursor: 'c1' })).toString('base64url')
    for (const answer of [page([], 'c1', true), { body: '<html>' }, { body: { entries: [] } }]) {
      await using server = await startScriptedDropbox(({ name }) => (name.endsWith('continue') ? answer : undefined))
      const told = dropbox.changes(connect(server.endpoints), { cursor })
      await expect(told).rejects.toMatchObject({ code: 'invalid_response' })
    }
    await using server = await startScriptedDropbox(({ name }) => (name.endsWith('cursor') ? { body: {} } : undefined))
    await expect(dropbox.changes(connect(server.endpoints), {})).rejects.toMatchObject({ code: 'invalid_response' })
  })
})
