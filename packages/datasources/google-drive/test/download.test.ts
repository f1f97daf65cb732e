import { createHash } from 'node:crypto'
import type { Sandbox } from '@wellhead/sandbox'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { googleDrive } from '../src/index.ts'
import { connect, contextOf, entryNamed, startDrive, textOf } from './connect.ts'
import { envelope } from './documented-errors.ts'
import { type Answer, file, folder, md5, startScriptedDrive } from './scripted-drive.ts'

const incumbentNothing = 'a drive node that yields no file succeeds with null'
const incumbentMemory = 'whole files in memory; no mtime, etag, path in listings; no incremental sync'
const incumbentErrors =
  'Google Drive errors become an empty list; no shared drives, no shared-with-me, no shortcuts; ids go unescaped into queries'

describe('against the sandbox', () => {
  let sandbox: Sandbox
  beforeAll(async () => {
    sandbox = await startDrive()
  })
  afterAll(() => sandbox?.close())
  beforeEach(() => sandbox.control.reset())

  async function downloadNamed(name: string, folderId?: string) {
    const { ctx } = await connect(sandbox)
    const { id } = await entryNamed(ctx, name, folderId)
    return googleDrive.download(ctx, { id })
  }

  it('gives the bytes of a file, and what its listing says of it', async () => {
    const { ctx } = await connect(sandbox)
    const entry = await entryNamed(ctx, 'Price list.csv')
    const download = await googleDrive.download(ctx, { id: entry.id })
    expect(download).toMatchObject({ entry, mimeType: 'text/csv', size: 44 })
    expect(await textOf(download.body)).toBe('product,price\nRye bread,4.20\nCroissant,1.90\n')
    const empty = await downloadNamed('Empty.txt')
    expect([empty.size, await textOf(empty.body)]).toEqual([0, ''])
  })

  it.each([
    ['Team plan', 'text/markdown', 'Team plan\n\nHire one more baker'],
    ['Budget', 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', 'PK'],
    ['Pitch', 'application/pdf', '%PDF-'],
    ['Floor plan', 'application/pdf', '%PDF-'],
  ])('exports %s as %s, under its own name', async (name, mimeType, beginning) => {
    const download = await downloadNamed(name)
    expect(download).toMatchObject({ mimeType, size: null, entry: { name, size: null } })
    expect(download.entry.mimeType).toMatch(/^application\/vnd\.google-apps\./)
    expect((await textOf(download.body)).slice(0, beginning.length)).toBe(beginning)
  })

  it('exports by its link what is too large for the API', async () => {
    const download = await downloadNamed('Minutes of every meeting')
    expect(download.mimeType).toBe('text/markdown')
    let bytes = 0
    for await (const chunk of download.body) bytes += chunk.byteLength
    expect(bytes).toBeGreaterThan(10 * 1024 * 1024)
  })

  it.each([
    ['Customer survey', 'content_unavailable', 'form'],
    ['Contract (view only).pdf', 'content_unavailable', 'does not let it be downloaded'],
    ['Quarantined.zip', 'content_unavailable', 'malware'],
    ['Reports', 'invalid_request', 'folder'],
    ['Shortcut to Reports', 'invalid_request', 'folder'],
    ['Shortcut to nothing', 'not_found', 'trash'],
  ])(`${incumbentNothing}: %s is the error %s`, async (name, code, words) => {
    await expect(downloadNamed(name)).rejects.toMatchObject({ code, message: expect.stringContaining(words) })
  })

  it(`${incumbentErrors}: a shortcut gives what it leads to, as itself`, async () => {
    const { ctx } = await connect(sandbox)
    const shortcut = await entryNamed(ctx, 'Shortcut to Welcome')
    const target = await googleDrive.download(ctx, { id: shortcut.targetId ?? '' })
    const download = await googleDrive.download(ctx, { id: shortcut.id })
    expect(download.entry).toEqual({
      ...target.entry,
      id: shortcut.id,
      name: 'Shortcut to Welcome',
      parentId: shortcut.parentId,
      url: shortcut.url,
      targetId: target.entry.id,
    })
    expect(await textOf(download.body)).toBe(await textOf(target.body))
    sandbox.control.settings('google-drive', { files: { remove: { path: '/Welcome.md' } } })
    await expect(googleDrive.download(ctx, { id: shortcut.id })).rejects.toMatchObject({ code: 'not_found' })
  })

  it(`${incumbentErrors}: files of a shared drive, and files that are shared by a link with a key, are found`, async () => {
    const { ctx } = await connect(sandbox)
    const team = await entryNamed(ctx, 'Bakery team')
    expect(await textOf((await downloadNamed('Shift plan.csv', team.id)).body)).toContain('Mo,Ada')
    const terms = 'Flour is delivered on Tuesdays.\n'
    expect(await textOf((await downloadNamed('Supplier terms.txt', 'shared-with-me')).body)).toBe(terms)
    expect(await textOf((await downloadNamed('Shortcut to Supplier terms')).body)).toBe(terms)
  })

  it(`${incumbentMemory}: a download that breaks off goes on where it was, to the right bytes`, async () => {
    const { ctx } = await connect(sandbox, { retry: { baseMs: 1 } })
    const videos = await entryNamed(ctx, 'Videos')
    const { id, revision, size } = await entryNamed(ctx, 'Open day.mp4', videos.id)
    const before = sandbox.control.requests('google-drive').length
    // The first request is that for the metadata.
    sandbox.control.fault({ provider: 'google-drive', match: `GET /drive/v3/files/${id}`, kind: 'slow', delayMs: 1 })
    sandbox.control.fault({ provider: 'google-drive', match: `GET /drive/v3/files/${id}`, kind: 'truncated', times: 2 })
    const { body } = await googleDrive.download(ctx, { id })
    const hash = createHash('md5')
    let bytes = 0
    for await (const chunk of body) {
      hash.update(chunk)
      bytes += chunk.byteLength
    }
    expect([bytes, hash.digest('hex')]).toEqual([size, revision])
    const statuses = sandbox.control
      .requests('google-drive')
      .slice(before)
      .map(({ status }) => status)
    expect(statuses).toEqual([200, 200, 206, 206])
  })

  it(`${incumbentNothing}: a trashed, deleted or foreign file is not found`, async () => {
    const { ctx } = await connect(sandbox)
    const { id } = await entryNamed(ctx, 'Opening hours.txt')
    sandbox.control.settings('google-drive', { files: { trash: { path: '/Opening hours.txt' } } })
    await expect(googleDrive.download(ctx, { id })).rejects.toMatchObject({ code: 'not_found' })
    await expect(googleDrive.download(ctx, { id: '1None' })).rejects.toMatchObject({ code: 'not_found' })
    for (const wrong of ['', '..', 'a/b', 'shared with me'])
      await expect(googleDrive.download(ctx, { id: wrong })).rejects.toMatchObject({ code: 'invalid_request' })
  })
})

describe('against a server that is not well-behaved', () => {
  const text = 'The whole of it, and nothing but it.'
  const bytes = { size: String(text.length), md5Checksum: md5(text) }

  /** Metadata, and then the content as the test says. */
  const drive = (item: object, ...contents: readonly Answer[]) => {
    const left = [...contents]
    return startScriptedDrive(({ path, query }) =>
      path === '/files/1f' && query.alt !== 'media' ? { body: item } : (left.shift() ?? { status: 500 }),
    )
  }
  const read = async (server: { api: string }, docs = server.api) => {
    const ctx = contextOf({ api: server.api, docs }, 'ya29.good', { retry: { tries: 1, baseMs: 1 } })
    const { body } = await googleDrive.download(ctx, { id: '1f' })
    return textOf(body)
  }
  const rest = (from: number, of = text): Answer => ({
    status: 206,
    headers: { 'content-range': `bytes ${from}-${of.length - 1}/${of.length}` },
    body: of.slice(from),
  })

  it('asks for the rest alone after a break', async () => {
    await using server = await drive(file('1f', bytes), { body: text, breakAfter: 10 }, rest(10))
    expect(await read(server)).toBe(text)
    expect(server.asked.at(-1)).toMatchObject({
      query: { alt: 'media', supportsAllDrives: 'true' },
      headers: { range: 'bytes=10-', 'accept-encoding': 'identity' },
    })
  })

  it.each<[string, object, readonly Answer[]]>([
    ['other bytes after a break', bytes, [{ body: text, breakAfter: 10 }, rest(10, text.toUpperCase())]],
    ['another content from the start', bytes, [{ body: text.toUpperCase() }]],
    ['fewer bytes than promised', bytes, [{ body: text.slice(0, 10) }]],
    ['nothing', bytes, [{ body: '' }]],
    ['no body at all', bytes, [{ status: 204, headers: { 'content-length': '0' } }]],
    ['fewer bytes than promised, without a hash', { size: '36' }, [{ body: text.slice(0, 10) }]],
    ['a break that does not mend', bytes, [{ body: text, breakAfter: 10 }]],
  ])(`${incumbentNothing}: %s ends in an error`, async (_, item, contents) => {
    await using server = await drive(file('1f', item), ...contents)
    await expect(read(server)).rejects.toMatchObject({ code: 'provider_unavailable' })
  })

  it('takes what is promised by neither hash nor size', async () => {
    await using server = await drive(file('1f', { mimeType: null }), { body: text })
    expect(await read(server)).toBe(text)
  })

  const native = (kind: string, more: object = {}) =>
    file('1f', { mimeType: `application/vnd.google-apps.${kind}`, size: '1024', ...more })
  const tooLarge: Answer = { status: 403, body: envelope(403, 'exportSizeLimitExceeded') }

  it.each([
    ['script', 'application/vnd.google-apps.script+json'],
    ['vid', 'video/mp4'],
  ])('exports a %s as %s', async (kind, mimeType) => {
    await using server = await drive(native(kind), { headers: { 'content-type': mimeType }, body: text })
    const download = await googleDrive.download(contextOf(server), { id: '1f' })
    expect([download.mimeType, await textOf(download.body)]).toEqual([mimeType, text])
    expect(server.asked.at(-1)).toMatchObject({ path: '/files/1f/export', query: { mimeType } })
  })

  it.each(['form', 'site', 'map', 'fusiontable', 'drive-sdk.123', 'shortcut'])(
    `${incumbentNothing}: a %s has no export, and says so`,
    async (kind) => {
      await using server = await drive(native(kind))
      const error = { code: kind === 'shortcut' ? 'not_found' : 'content_unavailable' }
      await expect(read(server)).rejects.toMatchObject(error)
      expect(server.asked).toHaveLength(1)
      if (kind !== 'shortcut') await expect(read(server)).rejects.toThrow(`"${kind}"`)
    },
  )

  it('takes an upload that only has the type of a native document for a file', async () => {
    await using server = await drive(native('photo', bytes), { body: text })
    expect(await read(server)).toBe(text)
  })

  it('sends the credential after no link that leads elsewhere', async () => {
    await using docs = await startScriptedDrive(() => ({ body: text }))
    for (const link of [`${docs.api}/export`, 'javascript:alert(1)', '/export', '']) {
      await using server = await drive(native('document', { exportLinks: { 'text/markdown': link } }), tooLarge)
      await expect(read(server)).rejects.toMatchObject({ code: 'content_unavailable' })
    }
    expect(docs.asked).toEqual([])
    await using server = await drive(native('document', { exportLinks: { 'text/html': docs.api } }), tooLarge)
    await expect(read(server, docs.api)).rejects.toMatchObject({ code: 'content_unavailable' })
    await using good = await drive(
      native('document', { exportLinks: { 'text/markdown': `${docs.api}/export?id=1f` }, resourceKey: '0-k' }),
      tooLarge,
    )
    expect(await read(good, docs.api)).toBe(text)
    expect(docs.asked).toMatchObject([
      { query: { id: '1f' }, headers: { authorization: 'Bearer ya29.good', 'x-goog-drive-resource-keys': '1f/0-k' } },
    ])
  })

  it('follows no link where the API only has a bad moment', async () => {
    await using docs = await startScriptedDrive(() => ({ body: text }))
    const exportLinks = { 'text/markdown': `${docs.api}/export` }
    await using server = await drive(native('document', { exportLinks }), { status: 503, body: '' })
    await expect(read(server, docs.api)).rejects.toMatchObject({ code: 'provider_unavailable' })
    expect(docs.asked).toEqual([])
  })

  it.each<[string, Answer, string]>([
    [
      'a page to sign in',
      { headers: { 'content-type': 'text/html; charset=utf-8' }, body: '<html>' },
      'invalid_response',
    ],
    ['a break', { body: text, breakAfter: 10 }, 'provider_unavailable'],
  ])('takes %s for no export', async (_, answer, code) => {
    await using server = await drive(native('document'), answer)
    await expect(read(server)).rejects.toMatchObject({ code })
    // It is not asked for the rest: an export is written anew each time.
    expect(server.asked).toHaveLength(2)
  })

  it('looks for the key of what is not found by its id among what is shared, page by page', async () => {
    await using server = await startScriptedDrive(({ path, query, headers }) => {
      if (path === '/files' && query.pageToken === undefined)
        return { body: { files: [file('1other')], nextPageToken: 'two' } }
      if (path === '/files') return { body: { files: [file('1none'), file('1f', { resourceKey: '0-key' })] } }
      const hasKey = headers['x-goog-drive-resource-keys'] === '1f/0-key'
      if (!hasKey) return { status: 404, body: envelope(404, 'notFound') }
      return query.alt === 'media' ? { body: text } : { body: file('1f', bytes) }
    })
    expect(await read(server)).toBe(text)
    expect(server.asked.map(({ path, query }) => query.pageToken ?? query.alt ?? path)).toEqual([
      '/files/1f',
      '/files',
      'two',
      '/files/1f',
      'media',
    ])
    const ctx = contextOf(server)
    await expect(googleDrive.download(ctx, { id: '1none' })).rejects.toMatchObject({ code: 'not_found' })
    await expect(googleDrive.download(ctx, { id: '1gone' })).rejects.toMatchObject({ code: 'not_found' })
  })

  it('says that a folder is none to download, whatever its content would be', async () => {
    await using server = await drive(folder('1f'))
    await expect(read(server)).rejects.toMatchObject({ code: 'invalid_request' })
  })
})
