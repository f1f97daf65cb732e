import type { DriveEntry } from '@wellhead/datasource-node'
import type { Sandbox } from '@wellhead/sandbox'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { googleDrive } from '../src/index.ts'
import { connect, contextOf, entryNamed, listAll, startDrive } from './connect.ts'
import { expiredPageToken } from './documented-errors.ts'
import { type Answer, type Asked, file, files, folder, folderType, startScriptedDrive } from './scripted-drive.ts'

const incumbentErrors =
  'Google Drive errors become an empty list; no shared drives, no shared-with-me, no shortcuts; ids go unescaped into queries'
const incumbentMetadata = 'whole files in memory; no mtime, etag, path in listings; no incremental sync'
const incumbentParents = 'several parents inaccessible break the whole listing'

const namesOf = (entries: readonly DriveEntry[]) => entries.map(({ name }) => name)

describe('against the sandbox', () => {
  let sandbox: Sandbox
  beforeAll(async () => {
    sandbox = await startDrive(9)
  })
  afterAll(() => sandbox?.close())
  beforeEach(() => sandbox.control.reset())

  it(`${incumbentErrors}: the top has all of them`, async () => {
    const { ctx } = await connect(sandbox)
    const { entries, pages } = await listAll(ctx)
    expect(pages).toBeGreaterThan(1)
    expect(namesOf(entries).slice(0, 3)).toEqual(['Shared with me', 'Bakery team', 'Empty folder'])
    expect(namesOf(entries)).toEqual(expect.arrayContaining(['Welcome.md', '日本語のメモ.txt', 'Shortcut to Reports']))
    expect(namesOf((await listAll(ctx, 'shared-with-me')).entries)).toEqual(['From Bo', 'Supplier terms.txt'])
    const team = await entryNamed(ctx, 'Bakery team')
    const inTeam = (await listAll(ctx, team.id)).entries
    expect(namesOf(inTeam)).toEqual(['Photos', 'Shift plan.csv'])
    expect(inTeam[0]).toMatchObject({ type: 'folder', parentId: team.id })
    expect(namesOf((await listAll(ctx, inTeam[0]!.id)).entries)).toEqual(['Counter.svg', 'Oven.svg'])
    const bo = await entryNamed(ctx, 'From Bo', 'shared-with-me')
    expect(bo).toMatchObject({ type: 'folder', parentId: 'shared-with-me' })
    expect(namesOf((await listAll(ctx, bo.id)).entries)).toEqual(['Harbour map.txt'])
  })

  it(`${incumbentErrors}: a shortcut lists what its folder lists`, async () => {
    const { ctx } = await connect(sandbox)
    const [reports, shortcut] = [await entryNamed(ctx, 'Reports'), await entryNamed(ctx, 'Shortcut to Reports')]
    expect(shortcut).toMatchObject({ type: 'folder', targetId: reports.id, mimeType: folderType, size: null })
    expect((await listAll(ctx, shortcut.id)).entries).toEqual((await listAll(ctx, reports.id)).entries)
    expect(await entryNamed(ctx, 'Shortcut to Welcome')).toMatchObject({ type: 'file', mimeType: 'text/markdown' })
    // What it led to is in the trash: it is listed, and says so when it is opened.
    expect(await entryNamed(ctx, 'Shortcut to nothing')).toMatchObject({ type: 'file', revision: null })
  })

  it(`${incumbentMetadata}: all that is known of a file, in the listing`, async () => {
    const { ctx } = await connect(sandbox)
    const entry = await entryNamed(ctx, 'Price list.csv')
    expect(entry).toEqual({
      id: expect.stringMatching(/^1[\w-]{32}$/),
      name: 'Price list.csv',
      type: 'file',
      parentId: expect.stringMatching(/^1[\w-]{32}$/),
      path: null,
      mimeType: 'text/csv',
      size: 44,
      modifiedAt: expect.stringMatching(/^2026-02-\d\dT\d\d:\d\d:00\.000Z$/),
      revision: expect.stringMatching(/^[0-9a-f]{32}$/),
      url: `https://drive.google.com/file/d/${entry.id}/view?usp=drivesdk`,
    })
    // A native document has a size at Google, which is not that of what is read.
    expect(await entryNamed(ctx, 'Budget')).toMatchObject({
      type: 'file',
      mimeType: 'application/vnd.google-apps.spreadsheet',
      size: null,
      revision: expect.stringMatching(/^2026-/),
    })
    expect(await entryNamed(ctx, 'Reports')).toMatchObject({ type: 'folder', size: null, revision: null })
    expect(await entryNamed(ctx, 'Empty.txt')).toMatchObject({ size: 0 })
  })

  it('tells two files of one name apart, and leaves the trash out', async () => {
    const { ctx } = await connect(sandbox)
    const { entries } = await listAll(ctx)
    const twins = entries.filter(({ name }) => name === 'Welcome.md')
    expect(new Set(twins.map(({ id }) => id)).size).toBe(2)
    expect(namesOf(entries)).not.toContain('Old price list.txt')
    expect(namesOf(entries)).toContain('It\'s a "quoted" name \\ with signs & 50%.txt')
  })

  it('goes on over empty pages, for nothing but the token says that there is more', async () => {
    const { ctx } = await connect(sandbox)
    const { id } = await entryNamed(ctx, 'Recipes')
    const usual = await listAll(ctx, id)
    expect(usual.entries).toHaveLength(60)
    sandbox.control.settings('google-drive', { emptyPages: true })
    const thin = await listAll(ctx, id)
    expect(thin.entries).toEqual(usual.entries)
    expect(thin.pages).toBe(2 * usual.pages)
  })

  it('of what is no folder, or is not there, is an error', async () => {
    const { ctx } = await connect(sandbox)
    const list = (id: string) => googleDrive.listFolder(ctx, { folder: id })
    for (const name of ['Welcome.md', 'Team plan', 'Shortcut to Welcome'])
      await expect(list((await entryNamed(ctx, name)).id)).rejects.toMatchObject({ code: 'invalid_request' })
    await expect(list('1NotThere')).rejects.toMatchObject({ code: 'not_found' })
    await expect(list((await entryNamed(ctx, 'Shortcut to nothing')).id)).rejects.toMatchObject({ code: 'not_found' })
    for (const id of ['..', '../about', 'a b', "x' or 'y"])
      await expect(list(id)).rejects.toMatchObject({ code: 'invalid_request' })
    const { id } = await entryNamed(ctx, 'Reports')
    sandbox.control.settings('google-drive', { files: { trash: { path: '/Reports' } } })
    await expect(list(id)).rejects.toMatchObject({ code: 'not_found' })
    sandbox.control.settings('google-drive', { sharedDrive: false })
    expect(namesOf((await listAll(ctx)).entries)).not.toContain('Bakery team')
  })

  it('has a cursor that is of one folder, and dies', async () => {
    const { ctx } = await connect(sandbox)
    const { id } = await entryNamed(ctx, 'Recipes')
    const { nextCursor } = await googleDrive.listFolder(ctx, { folder: id })
    const cursor = nextCursor ?? ''
    await expect(googleDrive.listFolder(ctx, { cursor })).rejects.toMatchObject({ code: 'invalid_request' })
    sandbox.control.settings('google-drive', { pageTokenSeconds: 0 })
    await expect(googleDrive.listFolder(ctx, { folder: id, cursor })).rejects.toMatchObject({ code: 'cursor_expired' })
  })

  it('says that the account did not allow it', async () => {
    sandbox.control.settings('google-drive', {
      deniedScopes: ['https://www.googleapis.com/auth/drive.readonly'],
    })
    const { ctx } = await connect(sandbox)
    await expect(googleDrive.listFolder(ctx, {})).rejects.toMatchObject({ code: 'missing_scope' })
    await expect(googleDrive.identify(ctx, {})).rejects.toMatchObject({ code: 'missing_scope' })
  })
})

describe('against a server that is not well-behaved', () => {
  const top = (answer: (asked: Asked) => Answer) => (asked: Asked) =>
    asked.path === '/drives' ? { body: { drives: [] } } : answer(asked)

  it(`${incumbentErrors}: an id is escaped in the query, wherever it came from`, async () => {
    await using server = await startScriptedDrive(({ path }) =>
      path === '/files/1asked' ? { body: folder("it's\\ no id' or trashed = true or '") } : files([]),
    )
    expect((await listAll(contextOf(server), '1asked')).entries).toEqual([])
    expect(server.asked.at(-1)?.query.q).toBe(
      "'it\\'s\\\\ no id\\' or trashed = true or \\'' in parents and trashed = false",
    )
  })

  it(`${incumbentErrors}: a folder of a shared drive is asked for in that drive, a link's folder with its key`, async () => {
    await using server = await startScriptedDrive(({ path, query }) => {
      if (path === '/files/1inDrive') return { body: folder('1inDrive', { driveId: '0drive' }) }
      if (path === '/files/1short')
        return {
          body: {
            ...file('1short', { mimeType: 'application/vnd.google-apps.shortcut' }),
            shortcutDetails: { targetId: '1keyed', targetMimeType: folderType, targetResourceKey: '0-key' },
          },
        }
      if (path === '/files/1keyed') return { body: folder('1keyed') }
      return files([], query.pageToken ? {} : { nextPageToken: 'more' })
    })
    const ctx = contextOf(server)
    await googleDrive.listFolder(ctx, { folder: '1inDrive' })
    expect(server.asked.at(-1)?.query).toMatchObject({
      corpora: 'drive',
      driveId: '0drive',
      supportsAllDrives: 'true',
      includeItemsFromAllDrives: 'true',
      pageSize: '1000',
    })
    const { nextCursor } = await googleDrive.listFolder(ctx, { folder: '1short' })
    const key = '1keyed/0-key'
    expect(server.asked.slice(-2).map(({ headers }) => headers['x-goog-drive-resource-keys'])).toEqual([key, key])
    expect(server.asked.at(-1)?.query).not.toHaveProperty('corpora')
    // The next page needs no metadata again, and is asked with the same.
    await googleDrive.listFolder(ctx, { folder: '1short', cursor: nextCursor ?? '' })
    expect(server.asked.at(-1)).toMatchObject({
      path: '/files',
      query: { pageToken: 'more', q: "'1keyed' in parents and trashed = false" },
      headers: { 'x-goog-drive-resource-keys': key },
    })
  })

  it(`${incumbentParents}: an item with odd or no parents is listed like the rest`, async () => {
    await using server = await startScriptedDrive(
      top(() =>
        files([
          file('1none'),
          file('1two', { parents: ['1a', '1b'] }),
          file('1odd', { parents: 'none', size: 7, md5Checksum: null, webViewLink: 'javascript:alert(1)', name: null }),
          file('1shared', { ownedByMe: false, parents: [] }),
          { id: '1bare' },
          file('1short', { mimeType: 'application/vnd.google-apps.shortcut', shortcutDetails: 'gone' }),
        ]),
      ),
    )
    const { entries } = await listAll(contextOf(server))
    expect(entries.slice(1).map(({ id, parentId }) => [id, parentId])).toEqual([
      ['1none', null],
      ['1two', '1a'],
      ['1odd', null],
      ['1shared', 'shared-with-me'],
      ['1bare', null],
      ['1short', null],
    ])
    expect(entries[3]).toMatchObject({ name: 'Untitled', size: null, revision: null, url: null })
    expect(entries.at(-1)).toMatchObject({ type: 'file', targetId: null })
  })

  it('goes through many shared drives before My Drive', async () => {
    await using server = await startScriptedDrive(({ path, query }) => {
      if (path !== '/drives') return files([file('1mine')])
      const page = Number(query.pageToken ?? '1')
      const more = page < 3 ? { nextPageToken: String(page + 1) } : {}
      return { body: { drives: page === 2 ? [] : [{ id: `0d${page}`, name: `Drive ${page}` }], ...more } }
    })
    const { entries, pages } = await listAll(contextOf(server))
    expect(entries.map(({ id, type }) => [id, type])).toEqual([
      ['shared-with-me', 'folder'],
      ['0d1', 'folder'],
      ['0d3', 'folder'],
      ['1mine', 'file'],
    ])
    expect(pages).toBe(3)
  })

  it.each<[string, Answer, string]>([
    ['HTML with status 200', { body: '<html>Sign in</html>' }, 'invalid_response'],
    ['an empty body', {}, 'invalid_response'],
    ['no list', { body: { kind: 'drive#fileList' } }, 'invalid_response'],
    ['an item without an id', { body: { files: [{ name: 'x' }], drives: [{ name: 'x' }] } }, 'invalid_response'],
    ['JSON that breaks off', { body: { files: [], drives: [] }, breakAfter: 12 }, 'provider_unavailable'],
    ['a server error', { status: 500, body: 'x' }, 'provider_unavailable'],
    ['an edge that blocks', { status: 403, body: '<html>' }, 'provider_unavailable'],
    ['a wrong token', { status: 401, body: {} }, 'unauthorized'],
    ['an expired page token', expiredPageToken, 'cursor_expired'],
  ])(`${incumbentErrors}: %s is an error`, async (_, answer, code) => {
    await using server = await startScriptedDrive(top(() => answer))
    await expect(googleDrive.listFolder(contextOf(server), {})).rejects.toMatchObject({ code })
    await using drives = await startScriptedDrive(({ path }) => (path === '/drives' ? answer : files([])))
    await expect(googleDrive.listFolder(contextOf(drives), {})).rejects.toMatchObject({ code })
  })

  it(`${incumbentErrors}: a list that Google could not complete is an error`, async () => {
    await using server = await startScriptedDrive(top(() => files([file('1')], { incompleteSearch: true })))
    await expect(listAll(contextOf(server))).rejects.toMatchObject({ code: 'provider_unavailable' })
  })

  it('does not go round in a list that never ends', async () => {
    await using server = await startScriptedDrive(top(() => files([file('1')], { nextPageToken: 'again' })))
    const ctx = contextOf(server)
    await expect(listAll(ctx)).rejects.toMatchObject({ code: 'invalid_response' })
    expect(server.asked.filter(({ path }) => path === '/files')).toHaveLength(2)
    await using drives = await startScriptedDrive(() => ({ body: { drives: [], nextPageToken: 'again' } }))
    await expect(listAll(contextOf(drives))).rejects.toMatchObject({ code: 'invalid_response' })
    expect(drives.asked).toHaveLength(2)
  })

  const cursorOf = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const inFolder = { kind: 'folder', id: '1f' }
  it.each([
    ['nothing', ''],
    ['no base64url', '!!'],
    ['no JSON', 'eA'],
    ['a URL', 'https://evil.test/files?pageToken=x'],
    ['another folder', cursorOf({ of: '1g', in: inFolder, token: 't' })],
    ['no token', cursorOf({ of: '1f', in: inFolder })],
    ['an empty token', cursorOf({ of: '1f', in: inFolder, token: '' })],
    ['a path for an id', cursorOf({ of: '1f', in: { kind: 'folder', id: '../about' }, token: 't' })],
    ['a header for a key', cursorOf({ of: '1f', in: { ...inFolder, resourceKey: 'a\r\nx: y' }, token: 't' })],
    ['more than it should', cursorOf({ of: '1f', in: inFolder, token: 't', url: 'https://evil.test' })],
    ['an unknown kind', cursorOf({ of: '1f', in: { kind: 'everything' }, token: 't' })],
  ])('refuses a cursor of %s, and asks for nothing', async (_, cursor) => {
    await using server = await startScriptedDrive(() => files([]))
    const listed = googleDrive.listFolder(contextOf(server), { folder: '1f', cursor })
    await expect(listed).rejects.toMatchObject({ code: 'invalid_request' })
    expect(server.asked).toEqual([])
  })

  it('follows a redirect to another host without the credential', async () => {
    await using other = await startScriptedDrive(() => files([file('1')]))
    await using server = await startScriptedDrive(
      top(() => ({ status: 302, headers: { location: `${other.api}/elsewhere` } })),
    )
    expect((await listAll(contextOf(server))).entries.at(-1)?.id).toBe('1')
    expect(server.asked[0]?.headers.authorization).toBe('Bearer ya29.good')
    expect(other.asked).toHaveLength(1)
    expect(other.asked[0]?.headers).not.toHaveProperty('authorization')
  })
})
