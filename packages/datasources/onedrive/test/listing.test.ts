import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { onedrive } from '../src/index.ts'
import { type Connected, connect, find, listAll, openOneDrive } from './connect.ts'
import { account, file, startScriptedGraph } from './scripted-graph.ts'

describe('at work', () => {
  let work: Connected
  beforeAll(async () => {
    work = await openOneDrive('Ada', 9)
  })
  afterAll(() => work?.close())
  beforeEach(() => {
    work.sandbox.control.clearFaults()
    work.sandbox.control.settings('onedrive', { noDrive: false, remoteForbidden: false, pauseAfter429: false })
  })

  it('the top is the own files, in pages, with the other drives before them as folders', async () => {
    const first = await onedrive.listFolder(work.ctx, {})
    expect(first.entries[0]).toMatchObject({ name: 'Bakery team', type: 'folder', parentId: null })
    // The notebook is one of the first nine.
    expect(first.entries).toHaveLength(1 + 9 - 1)
    const { entries, pages } = await listAll(work.ctx)
    expect(pages).toBe(2)
    const names = entries.map(({ name }) => name)
    expect(names.filter((name) => name === 'Bakery team')).toHaveLength(1)
    expect(names).toEqual(expect.arrayContaining(['Reports', 'Menü – Frühling.txt', '日本語のメモ.txt', 'Empty.txt']))
    expect(new Set(entries.map(({ id }) => id)).size).toBe(entries.length)
  })

  it('whole files in memory; no mtime, etag, path in listings; no incremental sync: here an entry has all that OneDrive says of it', async () => {
    const [top, q1] = [await find(work.ctx, 'Reports/2026'), await find(work.ctx, 'Reports/2026/Q1.csv')]
    expect(q1).toEqual({
      id: expect.stringMatching(/^01BYE5RZ[A-Z2-7]{26}$/),
      name: 'Q1.csv',
      type: 'file',
      parentId: top.id,
      path: '/Reports/2026/Q1.csv',
      mimeType: 'text/csv',
      size: 34,
      modifiedAt: expect.stringMatching(/^2026-02-\d\dT\d\d:\d\d:\d\dZ$/),
      revision: expect.stringMatching(/^"c:/),
      url: expect.stringMatching(/^https:/),
    })
    // At work a folder has no cTag.
    expect(top).toMatchObject({ type: 'folder', size: null, mimeType: null, revision: expect.stringMatching(/^"\{/) })
    const deep = 'Reports/2026/Drafts/Very deep/Note to self.txt'
    for (const path of ['Menü – Frühling.txt', deep]) expect((await find(work.ctx, path)).path).toBe(`/${path}`)
  })

  it('a folder of another drive is listed by its id, with ids that open the rest', async () => {
    const photos = await find(work.ctx, 'Bakery team/Photos')
    expect(photos.id).toMatch(/^b![\w-]+\/01BYE5RZ/)
    const { entries } = await listAll(work.ctx, photos.id)
    expect(entries.map(({ name }) => name)).toEqual(['Counter.svg', 'Oven.svg'])
    expect(entries[0]!.parentId).toBe(photos.id)
    expect(photos.parentId).toBe((await find(work.ctx, 'Bakery team')).id)
  })

  it('a shortcut says where it leads, and is listed as what it leads to', async () => {
    const shortcut = await find(work.ctx, 'From Bo')
    expect(shortcut).toMatchObject({ type: 'folder', revision: null, targetId: expect.stringMatching(/^b![\w-]+\/01/) })
    const { entries } = await listAll(work.ctx, shortcut.id)
    expect(entries).toEqual((await listAll(work.ctx, shortcut.targetId!)).entries)
    expect(entries.map(({ name }) => name)).toEqual(['Harbour map.txt'])
    expect(entries[0]!.id).toMatch(/^b!/)
    expect(await find(work.ctx, 'Supplier terms.txt')).toMatchObject({ type: 'file', size: 32, mimeType: 'text/plain' })
  })

  it('a notebook is neither file nor folder, and is not listed', async () => {
    const names = (await listAll(work.ctx)).entries.map(({ name }) => name)
    expect(names).not.toContain('Bakery notebook')
    expect(names).toContain('Wedding cakes.docx')
  })

  it('a file is no folder, and what is not there is no empty folder', async () => {
    const { id } = await find(work.ctx, 'Welcome.md')
    await expect(onedrive.listFolder(work.ctx, { folder: id })).rejects.toMatchObject({ code: 'invalid_request' })
    for (const folder of ['01BYE5RZAAAA', 'b!nowhere/01BYE5RZAAAA'])
      await expect(onedrive.listFolder(work.ctx, { folder })).rejects.toMatchObject({ code: 'not_found' })
    const empty = await find(work.ctx, 'Empty folder')
    expect(await onedrive.listFolder(work.ctx, { folder: empty.id })).toEqual({
      entries: [],
      nextCursor: null,
      warnings: [],
    })
  })

  it.each(['a/b/c', '../me', '..', 'b!x/..', '01A?$expand=x', '01A#x', '', '/01A', '01A/', '01A%2F..', '01A\\..', 'ü'])(
    '%j is no id, and is not asked for',
    async (folder) => {
      const before = work.sandbox.control.requests('onedrive').length
      await expect(onedrive.listFolder(work.ctx, { folder })).rejects.toMatchObject({ code: 'invalid_request' })
      await expect(onedrive.download(work.ctx, { id: folder })).rejects.toMatchObject({ code: 'invalid_request' })
      expect(work.sandbox.control.requests('onedrive')).toHaveLength(before)
    },
  )

  it('what others share may be out of reach: that one says so, and the listing stands', async () => {
    work.sandbox.control.settings('onedrive', { remoteForbidden: true })
    const shortcut = await find(work.ctx, 'From Bo')
    const listing = onedrive.listFolder(work.ctx, { folder: shortcut.id })
    await expect(listing).rejects.toMatchObject({ code: 'missing_scope', message: expect.stringContaining('shortcut') })
  })

  it('a drive that cannot be read is listed all the same', async () => {
    work.sandbox.control.fault({ provider: 'onedrive', match: '/items/root', kind: 'status', status: 403 })
    const { entries } = await onedrive.listFolder(work.ctx, {})
    expect(entries[0]).toMatchObject({ name: 'Bakery team', id: expect.stringMatching(/^b![\w-]+\/root$/) })
    expect((await listAll(work.ctx, entries[0]!.id)).entries.map(({ name }) => name)).toEqual([
      'Photos',
      'Shift plan.csv',
    ])
  })

  it('a token of a page that is good no more says so', async () => {
    const { nextCursor } = await onedrive.listFolder(work.ctx, {})
    work.sandbox.control.settings('onedrive', { expireCursors: true })
    await expect(onedrive.listFolder(work.ctx, { cursor: nextCursor! })).rejects.toMatchObject({
      code: 'cursor_expired',
    })
  })

  it('after a 429 nobody of the connection asks before the time is over', async () => {
    work.sandbox.control.settings('onedrive', { pauseAfter429: true })
    work.sandbox.control.fault({
      provider: 'onedrive',
      match: 'children',
      kind: 'status',
      status: 429,
      retryAfter: '1',
    })
    const before = work.sandbox.control.requests('onedrive').length
    const ctx = work.context({ retry: { tries: 3, baseMs: 1 } })
    const begun = performance.now()
    await onedrive.listFolder(ctx, {})
    const later = Array.from({ length: 6 }, () => onedrive.identify(ctx, {}))
    await Promise.all(later)
    expect(performance.now() - begun).toBeGreaterThan(990)
    const statuses = work.sandbox.control
      .requests('onedrive')
      .slice(before)
      .map(({ status }) => status)
    expect(statuses.filter((status) => status === 429)).toHaveLength(1)
  })

  it('an account without a OneDrive is told so, and is no empty listing', async () => {
    work.sandbox.control.settings('onedrive', { noDrive: true })
    const none = { code: 'not_found', message: 'This account has no OneDrive.' }
    await expect(onedrive.listFolder(work.ctx, {})).rejects.toMatchObject(none)
    await expect(onedrive.changes(work.ctx, {})).rejects.toMatchObject(none)
    expect((await onedrive.identify(work.ctx, {})).name).toBe('ada@acme.test')
  })
})

describe('in person', () => {
  let own: Connected
  beforeAll(async () => {
    own = await openOneDrive('Bo', 1)
  })
  afterAll(() => own?.close())

  it('ids have an exclamation mark, and there is no other drive', async () => {
    const { entries, pages } = await listAll(own.ctx)
    expect(entries.map(({ name }) => name)).toEqual(['Notes.txt', 'Nothing here'])
    expect(pages).toBe(2)
    for (const { id } of entries) expect(id).toMatch(/^[0-9A-F]{16}!\d+$/)
    expect((await listAll(own.ctx, entries[1]!.id)).entries).toEqual([])
  })

  it('codes of errors are known in any case', async () => {
    await expect(onedrive.download(own.ctx, { id: '01A!7' })).rejects.toMatchObject({ code: 'not_found' })
    const { cursor } = { cursor: (await onedrive.changes(own.ctx, {})).nextCursor }
    own.sandbox.control.settings('onedrive', { expireCursors: true })
    await expect(onedrive.changes(own.ctx, { cursor })).rejects.toMatchObject({ code: 'cursor_expired' })
    own.sandbox.control.settings('onedrive', { noDrive: true })
    await expect(onedrive.listFolder(own.ctx, {})).rejects.toMatchObject({ message: 'This account has no OneDrive.' })
  })

  it('an account without mail is known by its name at sign-in', async () => {
    const account = await onedrive.identify(own.ctx, { client_id: 'client-1' })
    expect(account).toMatchObject({ name: 'bo@example.test', avatarUrl: null })
    expect(account.grantKey).toBe(`${account.accountId}:client-1`)
  })
})

describe('an account', () => {
  it.each([
    [{ mail: 'ada@acme.test', userPrincipalName: 'ada#ext@other.test', displayName: 'Ada' }, 'ada@acme.test'],
    [{ mail: null, userPrincipalName: 'ada#ext@other.test', displayName: 'Ada' }, 'ada#ext@other.test'],
    [{ mail: '', displayName: 'Ada' }, 'Ada'],
    [{}, 'OneDrive'],
  ])('%j is called %s', async (me, name) => {
    await using graph = await startScriptedGraph(() => ({ body: { id: 'A', ...me } }))
    const account = await onedrive.identify(connect(graph.origin), {})
    expect(account).toEqual({ accountId: 'A', grantKey: 'A', name, avatarUrl: null })
  })

  it('without an id is an answer that cannot be read', async () => {
    await using graph = await startScriptedGraph(() => ({ body: { id: '', displayName: 'Ada' } }))
    await expect(onedrive.identify(connect(graph.origin), {})).rejects.toMatchObject({ code: 'invalid_response' })
  })
})

describe('a strange answer', () => {
  it('one bad item does not break the listing, and what is unknown is left open', async () => {
    const odd = [
      null,
      'text',
      { name: 'no id' },
      { id: 'A', file: {}, size: '5', name: 7, parentReference: { path: '/drive/root:/50%' } },
      { id: 'B', folder: {}, name: 'B', parentReference: null, lastModifiedDateTime: 0 },
      { id: 'C', name: 'album', bundle: { childCount: 1 }, folder: {} },
      { id: 'G', name: 'notes', package: { type: 'oneNote' }, folder: {} },
      { id: 'D', name: 'nowhere', folder: {}, remoteItem: { folder: {} } },
      { id: 'E', deleted: {}, name: 'gone', file: {} },
      {
        id: 'F',
        name: 'notes',
        remoteItem: { id: 'X', package: { type: 'oneNote' }, parentReference: { driveId: 'b!x' } },
      },
    ]
    await using graph = await startScriptedGraph(account(() => ({ body: { value: odd } })))
    const { entries, warnings } = await onedrive.listFolder(connect(graph.origin), {})
    expect(entries.map(({ id, type }) => [id, type])).toEqual([
      ['A', 'file'],
      ['B', 'folder'],
      ['D', 'folder'],
    ])
    expect(entries[0]).toMatchObject({
      name: 'A',
      size: null,
      path: '/50%/A',
      mimeType: null,
      revision: null,
      url: null,
    })
    expect(entries[1]).toMatchObject({ parentId: null, path: null, modifiedAt: null })
    expect(entries[2]).not.toHaveProperty('targetId')
    expect(warnings).toEqual([expect.stringMatching(/^3 of what OneDrive lists/)])
  })

  it('a short or empty page with a link goes on', async () => {
    const top = account(({ path }, origin) =>
      path.includes('skiptoken=2')
        ? { body: { value: [file('LAST')] } }
        : { body: { value: [], '@odata.nextLink': `${origin}/me/drive/root/children?$skiptoken=2` } },
    )
    await using graph = await startScriptedGraph(top)
    const first = await onedrive.listFolder(connect(graph.origin), {})
    expect(first.entries).toEqual([])
    const second = await onedrive.listFolder(connect(graph.origin), { cursor: first.nextCursor! })
    expect(second).toMatchObject({ entries: [{ id: 'LAST' }], nextCursor: null })
  })

  it.each([
    ['a list that is none', { value: {} }],
    ['no list', {}],
    ['a list of nothing that can be read', { value: [null, { name: 'no id' }, { id: '' }] }],
    ['a page of a proxy', '<html>Sign in to the network</html>'],
    ['cut JSON', '{"value":[{"id":"A"'],
    ['nothing', ''],
  ])('%s is an error and no empty folder', async (_, body) => {
    await using graph = await startScriptedGraph(account(() => ({ body })))
    await expect(onedrive.listFolder(connect(graph.origin), {})).rejects.toMatchObject({ code: 'invalid_response' })
  })

  it('a link to the page itself would never end', async () => {
    const loop = account(({ path }, origin) => ({
      body: { value: [file('A')], '@odata.nextLink': `${origin}${path.split('?')[0]}?$skiptoken=1` },
    }))
    await using graph = await startScriptedGraph(loop)
    const ctx = connect(graph.origin)
    const { nextCursor } = await onedrive.listFolder(ctx, {})
    await expect(onedrive.listFolder(ctx, { cursor: nextCursor! })).rejects.toMatchObject({ code: 'invalid_response' })
  })

  it('a list of drives that leads to itself ends by name', async () => {
    await using graph = await startScriptedGraph(({ path }, origin) => {
      if (path.startsWith('/me/drive?')) return { body: { id: 'b!own' } }
      return path.startsWith('/me/drives')
        ? { body: { value: [], '@odata.nextLink': `${origin}/me/drives?$skiptoken=1` } }
        : { body: { value: [] } }
    })
    await expect(onedrive.listFolder(connect(graph.origin), {})).rejects.toMatchObject({ code: 'invalid_response' })
  })

  it('shortcuts that lead round in a ring end by name', async () => {
    const ring = {
      id: 'A',
      name: 'A',
      folder: {},
      remoteItem: { id: 'A', folder: {}, parentReference: { driveId: 'b!x' } },
    }
    await using graph = await startScriptedGraph(() => ({ body: ring }))
    const listing = onedrive.listFolder(connect(graph.origin), { folder: 'A' })
    await expect(listing).rejects.toMatchObject({ code: 'content_unavailable' })
    expect(graph.asked.length).toBeLessThan(10)
  })

  it('calls say whose they are', async () => {
    await using graph = await startScriptedGraph(account(() => ({ body: { value: [] } })))
    await onedrive.listFolder(connect(graph.origin), {})
    for (const { headers } of graph.asked) expect(headers['user-agent']).toBe('NONISV|Wellhead|Wellhead/0.1')
  })
})
