import type { DataSourceContext, DriveEntry } from '@wellhead/datasource-node'
import { type Sandbox, startSandbox } from '@wellhead/sandbox'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { dropbox } from '../src/index.ts'
import { authorize, connect, redirectUri } from './connect.ts'
import { conflict, file, page, startScriptedDropbox } from './scripted-dropbox.ts'

async function listAll(ctx: DataSourceContext, folder?: string): Promise<DriveEntry[]> {
  const entries: DriveEntry[] = []
  let cursor: string | null = null
  do {
    const where = { ...(folder === undefined ? {} : { folder }), ...(cursor === null ? {} : { cursor }) }
    const listing = await dropbox.listFolder(ctx, where)
    entries.push(...listing.entries)
    cursor = listing.nextCursor
  } while (cursor !== null)
  return entries
}

describe('a listing of the sandbox', () => {
  let sandbox: Sandbox
  let ctx: DataSourceContext
  beforeAll(async () => {
    sandbox = await startSandbox({ only: ['dropbox'], pageSize: 7, redirectUris: [redirectUri] })
    sandbox.control.settings('dropbox', { teamRootNamespaceId: null })
    ctx = (await authorize(sandbox)).context()
  })
  afterAll(() => sandbox?.close())

  it('whole files in memory; no mtime, etag, path in listings; no incremental sync: full metadata', async () => {
    const entries = await listAll(ctx)
    expect(entries.find(({ name }) => name === 'Price list.csv')).toEqual({
      id: expect.stringMatching(/^id:/),
      name: 'Price list.csv',
      type: 'file',
      parentId: null,
      path: '/Price list.csv',
      mimeType: 'text/csv',
      size: 44,
      modifiedAt: expect.stringMatching(/^2026-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      revision: expect.stringMatching(/^[0-9a-f]+$/),
      url: null,
    })
    expect(entries.find(({ name }) => name === 'Reports')).toEqual({
      id: expect.stringMatching(/^id:/),
      name: 'Reports',
      type: 'folder',
      parentId: null,
      path: '/Reports',
      mimeType: null,
      size: null,
      modifiedAt: null,
      revision: null,
      url: null,
    })
    // No bytes of its own: what it is exported to is told by the download.
    expect(entries.find(({ name }) => name === 'Team plan.paper')).toMatchObject({
      type: 'file',
      size: null,
      mimeType: null,
    })
  })

  it('is the same by id and by path, in any case, and knows the parent', async () => {
    const reports = (await listAll(ctx)).find(({ name }) => name === 'Reports')!
    const byId = await listAll(ctx, reports.id)
    expect(byId).toMatchObject([{ name: '2026', parentId: reports.id, path: '/Reports/2026' }])
    for (const folder of ['/Reports', '/reports', '/Reports/', ` ${reports.id} `])
      expect(await listAll(ctx, folder)).toEqual(byId)
    const inside = await listAll(ctx, '/Reports/2026')
    for (const { parentId } of inside) expect(parentId).toBe(byId[0]!.id)
  })

  it('of the top is also called "" and "/"', async () => {
    const top = await listAll(ctx)
    expect(await listAll(ctx, '')).toEqual(top)
    expect(await listAll(ctx, '/')).toEqual(top)
  })

  it('takes many pages, each entry once', async () => {
    const entries = await listAll(ctx, '/Recipes')
    expect(new Set(entries.map(({ id }) => id)).size).toBe(60)
  })

  it('of a namespace works by its number', async () => {
    expect((await listAll(ctx, 'ns:3235641')).map(({ name }) => name)).toContain('Welcome.md')
    expect((await listAll(ctx, 'ns:3235641/Reports')).map(({ name }) => name)).toEqual(['2026'])
  })

  it.each([
    ['/nothing', 'not_found'],
    ['id:AAAAAAAAAAAAAAAAAAAAAA', 'not_found'],
    ['ns:99', 'not_found'],
    ['/Welcome.md', 'invalid_request'],
    ['Reports', 'invalid_request'],
    ['//Reports', 'invalid_request'],
    ['id:', 'invalid_request'],
    ['https://elsewhere.example/', 'invalid_request'],
  ])('of %s is the error %s, never empty', async (folder, code) => {
    await expect(dropbox.listFolder(ctx, { folder })).rejects.toMatchObject({ code })
  })

  it('of a file by its id is an error', async () => {
    const { id } = (await listAll(ctx)).find(({ name }) => name === 'Welcome.md')!
    await expect(dropbox.listFolder(ctx, { folder: id })).rejects.toMatchObject({ code: 'invalid_request' })
  })

  it('must start over once Dropbox has reset its cursor', async () => {
    const { nextCursor } = await dropbox.listFolder(ctx, {})
    sandbox.control.settings('dropbox', { resetCursors: true })
    await expect(dropbox.listFolder(ctx, { cursor: nextCursor! })).rejects.toMatchObject({ code: 'cursor_expired' })
    expect((await listAll(ctx)).length).toBeGreaterThan(7)
  })

  it('waits out a rate limit that comes as plain text', async () => {
    sandbox.control.fault({
      provider: 'dropbox',
      match: 'list_folder',
      kind: 'status',
      status: 429,
      retryAfter: '0',
      body: 'Your app is making too many requests.',
    })
    const patient = (await authorize(sandbox)).context({ retry: { baseMs: 1 } })
    expect((await listAll(patient)).length).toBeGreaterThan(7)
  })
})

describe('a listing of a scripted server', () => {
  it('asks as documented, and sends no path root where home and root are one', async () => {
    await using server = await startScriptedDropbox(({ name, argument }) => {
      if (name === 'files/list_folder') return page([file(1)], 'c1', true)
      if (name === 'files/list_folder/continue') return page([file(2)], `${argument.cursor}+`)
      return undefined
    })
    expect((await listAll(connect(server.endpoints))).map(({ id }) => id)).toEqual(['id:1', 'id:2'])
    const [account, first, second] = server.asked
    expect(server.asked).toHaveLength(3)
    expect([account?.name, account?.argument]).toEqual(['users/get_current_account', null])
    expect(first?.argument).toEqual({ path: '', limit: 1000 })
    expect(second?.argument).toEqual({ cursor: 'c1' })
    for (const { headers } of server.asked) {
      expect(headers['content-type']).toBe('application/json')
      expect(headers['dropbox-api-path-root']).toBeUndefined()
    }
  })

  it('goes on after short and empty pages', async () => {
    let pages = 0
    await using server = await startScriptedDropbox(({ name }) => {
      if (!name.startsWith('files/')) return undefined
      pages++
      return page(pages === 3 ? [file(1)] : [], `c${pages}`, pages < 4)
    })
    expect(await listAll(connect(server.endpoints))).toHaveLength(1)
    expect(pages).toBe(4)
  })

  it('that would never end is an error', async () => {
    await using server = await startScriptedDropbox(({ name }) =>
      name.startsWith('files/') ? page([], 'again', true) : undefined,
    )
    await expect(listAll(connect(server.endpoints))).rejects.toMatchObject({ code: 'invalid_response' })
  })

  it('leaves out what is deleted, and what cannot be read, and says so', async () => {
    await using server = await startScriptedDropbox(({ name }) =>
      name === 'files/list_folder'
        ? page([
            { '.tag': 'deleted', name: 'Old' },
            file(1, { path_display: undefined, rev: null, size: 'large', preview_url: 'https://www.dropbox.com/p/1' }),
            { '.tag': 'file', name: 'No id' },
            { '.tag': 'whiteboard', id: 'id:9', name: 'Of a kind to come' },
            'nonsense',
            file(2, {
              path_lower: null,
              path_display: null,
              preview_url: 'javascript:alert(1)',
              is_downloadable: null,
            }),
          ])
        : undefined,
    )
    const { entries, warnings } = await dropbox.listFolder(connect(server.endpoints), {})
    expect(entries).toMatchObject([
      { id: 'id:1', path: null, revision: null, size: null, url: 'https://www.dropbox.com/p/1' },
      { id: 'id:2', path: null, url: null },
    ])
    expect(warnings).toEqual(['Dropbox lists something that cannot be read here. It is left out.'])
  })

  it.each([
    ['HTML', { body: '<html>' }, 'invalid_response'],
    ['nothing', { body: '' }, 'invalid_response'],
    ['cut JSON', { body: '{"entries":[' }, 'invalid_response'],
    ['no entries', { body: { cursor: 'c', has_more: false } }, 'invalid_response'],
    ['no word on whether there is more', { body: { entries: [], cursor: 'c' } }, 'invalid_response'],
    ['no cursor', { body: { entries: [], has_more: true } }, 'invalid_response'],
    ['entries that are none', page(['nonsense', 7]), 'invalid_response'],
    ['entries without ids', page([file(1, { id: undefined })]), 'invalid_response'],
    ['half of an answer', { ...page([file(1)]), breakOff: true }, 'provider_unavailable'],
    ['a redirect to another host', { status: 302, headers: { location: 'http://192.0.2.1/' } }, 'invalid_request'],
  ])('that is answered with %s is an error, never an empty list', async (_, answer, code) => {
    await using server = await startScriptedDropbox(({ name }) => (name.startsWith('files/') ? answer : undefined))
    await expect(listAll(connect(server.endpoints))).rejects.toMatchObject({ code })
  })

  it('with nothing but kinds that are yet to come is empty', async () => {
    await using server = await startScriptedDropbox(({ name }) =>
      name.startsWith('files/') ? page([{ '.tag': 'whiteboard', id: 'id:9', name: 'x' }]) : undefined,
    )
    expect(await listAll(connect(server.endpoints))).toEqual([])
  })

  it('of a path whose metadata is a file is an error', async () => {
    await using server = await startScriptedDropbox(({ name }) =>
      name === 'files/get_metadata' ? { body: file(1) } : undefined,
    )
    const listed = dropbox.listFolder(connect(server.endpoints), { folder: '/File 1.txt' })
    await expect(listed).rejects.toMatchObject({ code: 'invalid_request' })
  })

  const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  it.each([
    ['no base64url', 'http://elsewhere.example/?x=1'],
    ['no JSON', 'abcd'],
    ['empty', ''],
    ['another kind', encoded({ kind: 'changes', cursor: 'c1' })],
    ['another folder', encoded({ kind: 'listing', folder: '/Reports', parentId: null, cursor: 'c1' })],
    ['a field too many', encoded({ kind: 'listing', folder: '', parentId: null, cursor: 'c1', host: 'x' })],
    ['no cursor inside', encoded({ kind: 'listing', folder: '', parentId: null })],
    ['a cursor with a line break', encoded({ kind: 'listing', folder: '', parentId: null, cursor: 'c\n1' })],
  ])('refuses a cursor that is %s, without asking anybody', async (_, cursor) => {
    await using server = await startScriptedDropbox(() => undefined)
    const listed = dropbox.listFolder(connect(server.endpoints), { cursor })
    await expect(listed).rejects.toMatchObject({ code: 'invalid_request' })
    expect(server.asked).toEqual([])
  })

  it('takes a cursor that Dropbox cannot read for one that has expired', async () => {
    await using server = await startScriptedDropbox(({ name }) =>
      name === 'files/list_folder/continue'
        ? {
            status: 400,
            body: 'Error in call to API function "files/list_folder/continue": Invalid "cursor" parameter',
          }
        : undefined,
    )
    const cursor = encoded({ kind: 'listing', folder: '', parentId: null, cursor: 'gone' })
    const listed = dropbox.listFolder(connect(server.endpoints), { cursor })
    await expect(listed).rejects.toMatchObject({ code: 'cursor_expired' })
  })

  it('of a folder that is restricted says so', async () => {
    await using server = await startScriptedDropbox(({ name }) =>
      name === 'files/list_folder' ? conflict('path', 'restricted_content') : undefined,
    )
    const listed = dropbox.listFolder(connect(server.endpoints), { folder: 'id:1' })
    await expect(listed).rejects.toMatchObject({ code: 'content_unavailable' })
  })
})
