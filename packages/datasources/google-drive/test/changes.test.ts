import type { DataSourceContext, DriveChanges, DriveEntry } from '@wellhead/datasource-node'
import type { Sandbox } from '@wellhead/sandbox'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { googleDrive } from '../src/index.ts'
import { connect, contextOf, entryNamed, listAll, startDrive } from './connect.ts'
import { envelope, expiredPageToken } from './documented-errors.ts'
import { type Answer, type Asked, file, startScriptedDrive } from './scripted-drive.ts'

const incumbentMemory = 'whole files in memory; no mtime, etag, path in listings; no incremental sync'

/** Follows a cursor to the end of what there is now. */
async function follow(ctx: DataSourceContext, cursor?: string) {
  const changed: DriveEntry[] = []
  const deleted: string[] = []
  let pages = 0
  for (let at = cursor; ; pages++) {
    const page: DriveChanges = await googleDrive.changes(ctx, at === undefined ? {} : { cursor: at })
    changed.push(...page.changed)
    deleted.push(...page.deleted.map(({ id, path }) => id ?? path))
    at = page.nextCursor
    if (!page.hasMore) return { changed, deleted, cursor: at, pages: pages + 1 }
  }
}

describe('against the sandbox', () => {
  let sandbox: Sandbox
  beforeAll(async () => {
    sandbox = await startDrive(3)
  })
  afterAll(() => sandbox?.close())
  beforeEach(() => sandbox.control.reset())
  const files = (patch: object) => sandbox.control.settings('google-drive', { files: patch })

  it(`${incumbentMemory}: what was made, written, moved and thrown away, and nothing else`, async () => {
    const { ctx } = await connect(sandbox)
    const start = await follow(ctx)
    expect(start).toMatchObject({ changed: [], deleted: [], pages: 1 })
    expect(await follow(ctx, start.cursor)).toMatchObject({ changed: [], deleted: [] })
    const [hours, menu, recipes] = await Promise.all(
      ['Opening hours.txt', 'Menü – Frühling.txt', 'Recipes'].map((name) => entryNamed(ctx, name)),
    )
    files({ write: { path: '/New.txt', text: 'new' } })
    files({ move: { path: '/Opening hours.txt', to: '/Reports/Hours.txt' } })
    files({ trash: { path: '/Menü – Frühling.txt' } })
    files({ remove: { path: '/Recipes' } })
    files({ write: { path: '/New.txt', text: 'newer' } })
    const news = await follow(ctx, start.cursor)
    expect(news.pages).toBeGreaterThan(2)
    expect(news.changed.map(({ name, size }) => [name, size])).toEqual([
      ['Hours.txt', 31],
      ['New.txt', 5],
    ])
    expect(news.changed[0]).toMatchObject({ id: hours!.id, parentId: (await entryNamed(ctx, 'Reports')).id })
    expect(news.changed[1]).toEqual(await entryNamed(ctx, 'New.txt'))
    expect(news.deleted).toEqual([menu!.id, recipes!.id])
    expect(await follow(ctx, news.cursor)).toMatchObject({ changed: [], deleted: [] })
  })

  it(`${incumbentMemory}: what happens in a shared drive, which the log of the user does not tell`, async () => {
    const { ctx } = await connect(sandbox)
    const { cursor } = await follow(ctx)
    const team = await entryNamed(ctx, 'Bakery team')
    const plan = await entryNamed(ctx, 'Shift plan.csv', team.id)
    const change = (sharedDriveFiles: object) => sandbox.control.settings('google-drive', { sharedDriveFiles })
    change({ write: { path: '/Rota.txt', text: 'Ada' } })
    change({ trash: { path: '/Shift plan.csv' } })
    files({ write: { path: '/Mine.txt', text: '' } })
    const news = await follow(ctx, cursor)
    expect(news.changed.map(({ name, parentId }) => [name, parentId === team.id])).toEqual([
      ['Mine.txt', false],
      ['Rota.txt', true],
    ])
    expect(news.deleted).toEqual([plan.id])
  })

  it('a drive that went and came back is told of, and followed again', async () => {
    const { ctx } = await connect(sandbox)
    const { cursor } = await follow(ctx)
    const team = await entryNamed(ctx, 'Bakery team')
    sandbox.control.settings('google-drive', { sharedDrive: false })
    const left = await follow(ctx, cursor)
    expect(left).toMatchObject({ changed: [], deleted: [team.id] })
    sandbox.control.settings('google-drive', { sharedDrive: true })
    const joined = await follow(ctx, left.cursor)
    expect(joined).toMatchObject({ changed: [team], deleted: [] })
    sandbox.control.settings('google-drive', { sharedDriveFiles: { write: { path: '/Rota.txt', text: '' } } })
    expect((await follow(ctx, joined.cursor)).changed.map(({ name }) => name)).toEqual(['Rota.txt'])
  })

  it('begins before what happens while the drive is listed', async () => {
    const { ctx } = await connect(sandbox)
    const { cursor } = await follow(ctx)
    await listAll(ctx)
    files({ write: { path: '/Meanwhile.txt', text: '' } })
    expect((await follow(ctx, cursor)).changed.map(({ name }) => name)).toEqual(['Meanwhile.txt'])
  })
})

describe('against a server that is not well-behaved', () => {
  const scripted = (answer: (asked: Asked) => Answer, drives: readonly string[] = []) =>
    startScriptedDrive((asked) => {
      if (asked.path === '/drives') return { body: { drives: drives.map((id) => ({ id, name: id })) } }
      if (asked.path === '/changes/startPageToken') return { body: { startPageToken: `s${asked.query.driveId ?? ''}` } }
      return answer(asked)
    })
  const told = (changes: readonly object[], more: object = { newStartPageToken: 'n' }): Answer => ({
    body: { changes, ...more },
  })
  const ofFile = (id: string, more: object = {}) => ({ changeType: 'file', fileId: id, file: file(id), ...more })

  it('asks for everything, of each drive in turn', async () => {
    await using server = await scripted(() => told([]), ['0a', '0b'])
    const ctx = contextOf(server)
    const { cursor } = await follow(ctx)
    await follow(ctx, cursor)
    const asked = server.asked.filter(({ path }) => path === '/changes').map(({ query }) => query)
    expect(asked.map(({ driveId, pageToken }) => [driveId, pageToken])).toEqual([
      [undefined, 's'],
      ['0a', 's0a'],
      ['0b', 's0b'],
    ])
    expect(asked[0]).toMatchObject({
      pageSize: '1000',
      includeRemoved: 'true',
      includeItemsFromAllDrives: 'true',
      supportsAllDrives: 'true',
    })
  })

  it('takes the last word on an item, and what only left a log for what it is', async () => {
    await using server = await scripted(() =>
      told([
        ofFile('1a'),
        ofFile('1b', { file: null, removed: true }),
        ofFile('1a', { file: undefined, removed: true }),
        ofFile('1b'),
        ofFile('1moved', { removed: true }),
        ofFile('1trashed', { file: file('1trashed', { trashed: true }) }),
        { changeType: 'file', fileId: '1bare' },
        { changeType: 'drive', driveId: '0d', drive: { id: '0d', name: 'D' } },
        { changeType: 'drive', driveId: '0d', removed: true },
        { changeType: 'something new' },
      ]),
    )
    const { changed, deleted } = await googleDrive.changes(contextOf(server), { cursor: '0:=t' })
    expect(changed.map(({ id }) => id)).toEqual(['1b', '1moved'])
    expect(deleted).toEqual(['0d', '1a', '1trashed', '1bare'].map((id) => ({ id, path: null })))
  })

  it('goes on over an empty page, and saves where each log is', async () => {
    await using server = await scripted(({ query }) =>
      query.pageToken === 's'
        ? told([], { nextPageToken: 'a=b,c' })
        : told([ofFile('1a')], { newStartPageToken: 'end' }),
    )
    const ctx = contextOf(server)
    const first = await googleDrive.changes(ctx, { cursor: (await follow(ctx)).cursor })
    expect(first).toMatchObject({ changed: [], hasMore: true })
    const second = await googleDrive.changes(ctx, { cursor: first.nextCursor })
    expect(second).toMatchObject({ changed: [{ id: '1a' }], hasMore: false, nextCursor: '0:=end' })
    expect(server.asked.at(-1)?.query.pageToken).toBe('a=b,c')
  })

  it('drops a drive that it may not see any more, with all that was in it, and goes on with the others', async () => {
    const gone: Answer = { status: 404, body: envelope(404, 'notFound', { location: 'driveId' }) }
    await using server = await scripted(({ query }) => (query.driveId === '0a' ? gone : told([])), ['0a', '0b'])
    const ctx = contextOf(server)
    const news = await follow(ctx, (await follow(ctx)).cursor)
    expect(news).toMatchObject({ changed: [], deleted: ['0a'], cursor: '0:=n,0b=n' })
    const alone = await follow(ctx, '1:=s,0a=s')
    expect(alone).toMatchObject({ deleted: ['0a'], cursor: '0:=s' })
    // Of the user's own log there is no such thing.
    await using none = await scripted(() => gone)
    await expect(follow(contextOf(none), '0:=s')).rejects.toMatchObject({ code: 'not_found' })
  })

  it('does not stumble over a drive that comes and goes at once', async () => {
    await using server = await startScriptedDrive(({ path, query }) => {
      if (path === '/drives') return { body: { drives: [{ id: '0a' }] } }
      if (query.driveId) return { status: 404, body: envelope(404, 'notFound') }
      if (path === '/changes/startPageToken') return { body: { startPageToken: 's' } }
      return told([{ changeType: 'drive', driveId: '0b', drive: { id: '0b' } }])
    })
    const ctx = contextOf(server)
    const { cursor } = await follow(ctx)
    expect(cursor).toBe('0:=s')
    expect(await follow(ctx, cursor)).toMatchObject({ changed: [{ id: '0b', name: 'Shared drive' }], cursor: '0:=n' })
  })

  it.each<[string, Answer, string]>([
    ['no token', told([], {}), 'invalid_response'],
    ['the token that was used', told([], { nextPageToken: 's' }), 'invalid_response'],
    ['no list', { body: { newStartPageToken: 'n' } }, 'invalid_response'],
    ['HTML', { body: '<html>' }, 'invalid_response'],
    ['nothing', {}, 'invalid_response'],
    ['a cut answer', { ...told([]), breakAfter: 9 }, 'provider_unavailable'],
    ['a refusal of the token', expiredPageToken, 'cursor_expired'],
    ['a server error', { status: 500, body: '' }, 'provider_unavailable'],
  ])('%s is an error, never "nothing changed"', async (_, answer, code) => {
    await using server = await scripted(() => answer)
    await expect(googleDrive.changes(contextOf(server), { cursor: '0:=s' })).rejects.toMatchObject({ code })
  })

  it.each([
    [{ status: 500 }, 'provider_unavailable'],
    [{ body: {} }, 'invalid_response'],
    [{ body: { startPageToken: '' } }, 'invalid_response'],
  ])('a start that is answered by %j is an error', async (answer, code) => {
    await using server = await startScriptedDrive(() => answer)
    await expect(googleDrive.changes(contextOf(server), {})).rejects.toMatchObject({ code })
  })

  it.each([
    '',
    'x',
    '0:',
    '0:=',
    ':=s',
    '1:=s',
    '-1:=s',
    '00:=s',
    '0:0a=s',
    '0:=s,=t',
    '0:=s,0a=t,0a=u',
    '0:=s,0a',
    '0:=s,../about=t',
    '0:=%',
    '0:=s&driveId=x',
    'https://evil.test/changes',
  ])('refuses the cursor %j, and asks for nothing', async (cursor) => {
    await using server = await scripted(() => told([]))
    await expect(googleDrive.changes(contextOf(server), { cursor })).rejects.toMatchObject({ code: 'invalid_request' })
    expect(server.asked).toEqual([])
  })
})
