import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createEgress } from '@wellhead/plugin-host'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { onedrive } from '../src/index.ts'
import { type Connected, connect, find, openOneDrive, textOf } from './connect.ts'
import { account, file, startScriptedGraph } from './scripted-graph.ts'

let work: Connected
beforeAll(async () => {
  work = await openOneDrive()
})
afterAll(() => work?.close())
beforeEach(() => {
  work.sandbox.control.clearFaults()
  work.sandbox.control.settings('onedrive', { ignoreRange: false, downloadUrlSeconds: 300 })
})
const downloads = () => work.sandbox.control.requests('onedrive').filter(({ path }) => path.startsWith('/download/'))
const fault = (match: string, kind: 'status' | 'truncated' | 'reset', more: object = {}) =>
  work.sandbox.control.fault({ provider: 'onedrive', match, kind, ...more })
const download = async (path: string, ctx = work.ctx) => onedrive.download(ctx, { id: (await find(work.ctx, path)).id })

describe('a file', () => {
  it('comes from the other host, which refuses the access token', async () => {
    const before = downloads().length
    const entry = await find(work.ctx, 'Menü – Frühling.txt')
    const given = await onedrive.download(work.ctx, { id: entry.id })
    expect(given).toMatchObject({ entry, mimeType: 'text/plain', size: entry.size })
    expect(await textOf(given.body)).toBe('Rhabarberkuchen, Bärlauchbrot, Käsestange.\n')
    expect(
      downloads()
        .slice(before)
        .map(({ status }) => status),
    ).toEqual([200])
    // It does refuse: with the token the same URL is 401.
    const headers = { authorization: `Bearer ${work.token}` }
    const direct = await fetch(`${work.sandbox.endpoints.onedrive!.api}/me/drive/items/${entry.id}/content`, {
      headers,
      redirect: 'manual',
    })
    expect((await fetch(direct.headers.get('location')!, { headers })).status).toBe(401)
  })

  it('of Office, of nothing, behind a shortcut and in another drive comes as it is', async () => {
    const office = await download('Wedding cakes.docx')
    expect(office.mimeType).toMatch(/wordprocessingml\.document$/)
    expect(await textOf(office.body)).toContain('PK')
    const empty = await download('Empty.txt')
    expect(empty.size).toBe(0)
    expect(await textOf(empty.body)).toBe('')
    const shortcut = await download('Supplier terms.txt')
    expect(shortcut.entry.targetId).toMatch(/^b!/)
    expect(await textOf(shortcut.body)).toBe('Flour is delivered on Tuesdays.\n')
    expect(await textOf((await onedrive.download(work.ctx, { id: shortcut.entry.targetId! })).body)).toContain('Flour')
    expect(await textOf((await download('Bakery team/Shift plan.csv')).body)).toContain('Mo,Ada')
  })

  it('whole files in memory; no mtime, etag, path in listings; no incremental sync: here 300 MB pass as a stream, over a broken connection and with a fresh URL', async () => {
    // The pre-authenticated URL is dead by the time that the rest is asked for.
    work.sandbox.control.settings('onedrive', { downloadUrlSeconds: 5 })
    fault('GET /download/', 'truncated')
    const before = downloads().length
    const ctx = work.context({ retry: { tries: 2, baseMs: 1 } })
    const { body, size, entry } = await download('Videos/Open day.mp4', ctx)
    work.sandbox.control.advance(60)
    const hash = createHash('sha256')
    let bytes = 0
    for await (const chunk of body) {
      bytes += chunk.byteLength
      hash.update(chunk)
    }
    expect(bytes).toBe(300 * 1024 * 1024)
    expect([size, entry.size]).toEqual([bytes, bytes])
    expect(
      downloads()
        .slice(before)
        .map(({ status }) => status),
    ).toEqual([200, 206])
    const direct = await fetch(`${work.sandbox.endpoints.onedrive!.api}/me/drive/items/${entry.id}/content`, {
      headers: { authorization: `Bearer ${work.token}` },
      redirect: 'manual',
    })
    const other = createHash('sha256')
    for await (const chunk of (await fetch(direct.headers.get('location')!)).body!) other.update(chunk)
    expect(hash.digest('hex')).toBe(other.digest('hex'))
  }, 60_000)

  it('goes on where it broke off also at a host that knows no ranges', async () => {
    work.sandbox.control.settings('onedrive', { ignoreRange: true })
    fault('GET /download/', 'truncated')
    const { body } = await download('Price list.csv', work.context({ retry: { tries: 2, baseMs: 1 } }))
    expect(await textOf(body)).toBe('product,price\nRye bread,4.20\nCroissant,1.90\n')
  })

  it('that changes while it is read is an error and no mixture', async () => {
    work.sandbox.control.settings('onedrive', {
      files: { write: { path: '/Changing.txt', text: 'first '.repeat(50_000) } },
    })
    fault('GET /download/', 'truncated')
    const { body } = await download('Changing.txt', work.context({ retry: { tries: 2, baseMs: 1 } }))
    work.sandbox.control.settings('onedrive', {
      files: { write: { path: '/Changing.txt', text: 'second '.repeat(50_000) } },
    })
    await expect(textOf(body)).rejects.toMatchObject({ code: 'provider_unavailable' })
  })
})

describe('a drive node that yields no file succeeds with null', () => {
  it('here a folder, a notebook and a file with malware are errors by name', async () => {
    for (const path of ['Reports', 'From Bo', 'Bakery team'])
      await expect(download(path)).rejects.toMatchObject({ code: 'invalid_request' })
    const before = downloads().length
    await expect(download('Quarantined.zip')).rejects.toMatchObject({
      code: 'content_unavailable',
      message: expect.stringContaining('malware'),
    })
    expect(downloads()).toHaveLength(before)
    const api = work.sandbox.endpoints.onedrive!.api
    const notebook = await fetch(`${api}/me/drive/root:/Bakery%20notebook`, {
      headers: { authorization: `Bearer ${work.token}` },
    })
    const { id } = (await notebook.json()) as { id: string }
    await expect(onedrive.download(work.ctx, { id })).rejects.toMatchObject({ code: 'content_unavailable' })
    await expect(onedrive.listFolder(work.ctx, { folder: id })).rejects.toMatchObject({ code: 'invalid_request' })
  })

  it('here what is gone, and a shortcut to it, are not found', async () => {
    await expect(onedrive.download(work.ctx, { id: '01BYE5RZGONE' })).rejects.toMatchObject({ code: 'not_found' })
    await expect(download('Old contract.txt')).rejects.toMatchObject({
      code: 'not_found',
      message: expect.stringContaining('shortcut'),
    })
  })

  it('here a locked file says so', async () => {
    fault('/content', 'status', { status: 423 })
    await expect(download('Welcome.md')).rejects.toMatchObject({ code: 'content_unavailable' })
  })

  it.each([
    ['a deleted item', { id: 'A', deleted: {} }, 'not_found'],
    ['a folder', { id: 'A', folder: {} }, 'invalid_request'],
    ['a file with malware', file('A', { malware: {} }), 'content_unavailable'],
    ['an item of no kind', { id: 'A', name: 'x' }, 'content_unavailable'],
    ['a shortcut to nowhere', { id: 'A', file: {}, remoteItem: { file: {} } }, 'content_unavailable'],
    [
      'a shortcut out of the path',
      { id: 'A', remoteItem: { id: '../..', file: {}, parentReference: { driveId: 'b!x' } } },
      'content_unavailable',
    ],
    ['no item', { error: null }, 'invalid_response'],
  ])('here %s is an error', async (_, item, code) => {
    await using graph = await startScriptedGraph(() => ({ body: item }))
    await expect(onedrive.download(connect(graph.origin), { id: 'A' })).rejects.toMatchObject({ code })
    expect(graph.asked.filter(({ path }) => path.endsWith('/content'))).toEqual([])
  })
})

describe('what comes in place of a file', () => {
  /** One file of five bytes, whose content is answered by `content`. */
  const withContent = (
    content: { headers?: Record<string, string>; body: unknown; status?: number },
    item: object = file('A'),
  ) => startScriptedGraph(account(({ path }) => (path.endsWith('/content') ? content : { body: item })))

  it.each([
    ['a page', { headers: { 'content-type': 'text/html; charset=utf-8' }, body: '<html>Sign in</html>' }],
    ['JSON', { body: { value: [] } }],
    ['nothing', { headers: { 'content-type': 'application/json' }, body: '' }],
  ])('%s is an error', async (_, content) => {
    await using graph = await withContent(content)
    await expect(onedrive.download(connect(graph.origin), { id: 'A' })).rejects.toMatchObject({
      code: 'provider_unavailable',
    })
  })

  it('is the file when its length is right, or its type', async () => {
    for (const content of [
      { headers: { 'content-type': 'application/x-other' }, body: 'right' },
      { headers: { 'content-type': 'application/octet-stream' }, body: 'of another length' },
      { headers: { 'content-type': 'Text/Plain; charset=utf-8' }, body: 'of another length' },
    ]) {
      await using graph = await withContent(content)
      const given = await onedrive.download(connect(graph.origin), { id: 'A' })
      expect(given.size).toBe(content.body.length)
      expect(await textOf(given.body)).toBe(content.body)
    }
  })

  it('has the type of the listing', async () => {
    const content = { headers: { 'content-type': 'application/octet-stream' }, body: 'right' }
    await using graph = await withContent(content, file('A', { file: { mimeType: 'image/heic' } }))
    expect((await onedrive.download(connect(graph.origin), { id: 'A' })).mimeType).toBe('image/heic')
  })

  it('has the type that it comes with where the listing has none', async () => {
    await using graph = await withContent(
      { headers: { 'content-type': 'image/heic' }, body: 'right' },
      file('A', { file: {} }),
    )
    expect((await onedrive.download(connect(graph.origin), { id: 'A' })).mimeType).toBe('image/heic')
  })
})

describe('a redirect without encryption', () => {
  it('is not taken where the endpoint is encrypted', async () => {
    await using plain = await startScriptedGraph(() => ({ body: 'right' }))
    const folder = mkdtempSync(join(tmpdir(), 'wellhead-onedrive-'))
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
    const make = `req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=local -addext subjectAltName=DNS:graph.example.com -keyout ${key} -out ${cert}`
    execFileSync('openssl', make.split(' '), { stdio: 'ignore' })
    const server = createTlsServer({ key: readFileSync(key), cert: readFileSync(cert) }, (request, response) => {
      if (request.url?.endsWith('/content')) response.writeHead(302, { location: `${plain.origin}/A` }).end()
      else response.end(JSON.stringify(file('A')))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const egress = createEgress({
      allow: ['127.0.0.1/32'],
      ca: [readFileSync(cert, 'utf8')],
      resolve: async () => [{ address: '127.0.0.1', family: 4 }],
    })
    try {
      const api = `https://graph.example.com:${(server.address() as AddressInfo).port}`
      const given = onedrive.download(connect(api, { egress }), { id: 'A' })
      await expect(given).rejects.toMatchObject({
        code: 'invalid_response',
        message: expect.stringContaining('encryption'),
      })
    } finally {
      await egress.close()
      server.closeAllConnections()
      server.close()
      rmSync(folder, { recursive: true })
    }
  })
})
