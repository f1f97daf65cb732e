import type { DataSourceContext } from '@wellhead/datasource-node'
import { type Sandbox, startSandbox } from '@wellhead/sandbox'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { dropbox } from '../src/index.ts'
import { authorize, connect, redirectUri } from './connect.ts'
import { conflict, file, hashOf, sent, startScriptedDropbox } from './scripted-dropbox.ts'

const textOf = async (ctx: DataSourceContext, id: string) =>
  new Response((await dropbox.download(ctx, { id })).body).text()

describe('a download of the sandbox', () => {
  let sandbox: Sandbox
  let ctx: DataSourceContext
  beforeAll(async () => {
    sandbox = await startSandbox({ only: ['dropbox'], redirectUris: [redirectUri] })
  })
  afterAll(() => sandbox?.close())
  beforeEach(async () => {
    sandbox.control.reset()
    sandbox.control.settings('dropbox', { teamRootNamespaceId: null })
    ctx = (await authorize(sandbox)).context({ retry: { baseMs: 1 } })
  })

  it('gives the entry of the listing, the type and the bytes', async () => {
    const { entries } = await dropbox.listFolder(ctx, {})
    for (const name of ['Price list.csv', 'Welcome.md', 'Menü – Frühling.txt', '日本語のメモ.txt']) {
      const entry = entries.find((one) => one.name === name)!
      const { body, ...download } = await dropbox.download(ctx, { id: entry.id })
      expect(download).toEqual({ entry, mimeType: entry.mimeType, size: entry.size })
      expect((await new Response(body).bytes()).byteLength).toBe(entry.size)
    }
  })

  it('takes paths beyond ASCII and beyond 16 bits in its header', async () => {
    sandbox.control.settings('dropbox', { files: { write: { path: '/Brot 🥖 \u007f – ü.txt', text: 'Baguette' } } })
    expect(await textOf(ctx, '/Brot 🥖 \u007f – ü.txt')).toBe('Baguette')
    const { entry } = await dropbox.download(ctx, { id: '/brot 🥖 \u007f – Ü.txt' })
    expect(entry).toMatchObject({ name: 'Brot 🥖 \u007f – ü.txt', path: '/Brot 🥖 \u007f – ü.txt' })
  })

  it('gives an empty file as an empty file', async () => {
    const { body, size } = await dropbox.download(ctx, { id: '/Empty.txt' })
    expect([size, await new Response(body).text()]).toEqual([0, ''])
  })

  it('exports a Paper document as Markdown', async () => {
    const { entries } = await dropbox.listFolder(ctx, {})
    const entry = entries.find(({ name }) => name === 'Team plan.paper')!
    const { body, ...download } = await dropbox.download(ctx, { id: entry.id })
    const text = '# Team plan\n\nHire one more baker by May.\n'
    expect(await new Response(body).text()).toBe(text)
    expect(download).toEqual({ entry, mimeType: 'text/markdown', size: Buffer.byteLength(text) })
  })

  it.each([
    ['/Recipes', 'invalid_request'],
    ['', 'invalid_request'],
    ['/', 'invalid_request'],
    ['Welcome.md', 'invalid_request'],
    ['/nothing', 'not_found'],
    ['id:AAAAAAAAAAAAAAAAAAAAAA', 'not_found'],
    ['/Contract (view only).pdf', 'content_unavailable'],
  ])('a drive node that yields no file succeeds with null: %s is the error %s', async (id, code) => {
    await expect(dropbox.download(ctx, { id })).rejects.toMatchObject({ code })
  })

  it('whole files in memory; no mtime, etag, path in listings; no incremental sync: a large file is a stream, and goes on where it broke off', async () => {
    sandbox.control.fault({ provider: 'dropbox', match: 'files/download', kind: 'truncated' })
    const { body, size } = await dropbox.download(ctx, { id: '/Videos/Open day.mp4' })
    let bytes = 0
    for await (const chunk of body) bytes += chunk.byteLength
    expect(bytes).toBe(size)
    expect(bytes).toBe(300 * 1024 * 1024)
    expect(
      sandbox.control
        .requests('dropbox')
        .filter(({ path }) => path === '/2/files/download')
        .map(({ status }) => status),
    ).toEqual([200, 206])
  }, 60_000)

  it('outlives its token: the rest is asked for with a new one', async () => {
    const connection = await authorize(sandbox)
    sandbox.control.fault({ provider: 'dropbox', match: 'files/download', kind: 'truncated' })
    const { body } = await dropbox.download(connection.context({ retry: { baseMs: 1 } }), { id: '/Welcome.md' })
    sandbox.control.advance(14_401)
    expect(await new Response(body).text()).toBe('# Welcome\n\nThe sample files of a small bakery.\n')
    expect(connection.refreshes()).toBe(1)
  })

  it('of a file that changes in the middle is an error, never a mixture', async () => {
    sandbox.control.fault({ provider: 'dropbox', match: 'files/download', kind: 'truncated' })
    const { body } = await dropbox.download(ctx, { id: '/Welcome.md' })
    const text = '# Welcome\n\nThe sample files of another bakery!\n'
    sandbox.control.settings('dropbox', { files: { write: { path: '/Welcome.md', text } } })
    await expect(new Response(body).text()).rejects.toMatchObject({ code: 'provider_unavailable' })
  })
})

describe('a download of a scripted server', () => {
  const whole = 'abc'
  const metadata = { ...file(1), '.tag': undefined, content_hash: hashOf(whole) }
  const paper = (info: unknown) =>
    file(2, { name: 'Plan.paper', is_downloadable: false, export_info: info, content_hash: hashOf('other') })

  it('asks with its argument in a header that any proxy can carry, without body and content type', async () => {
    await using server = await startScriptedDropbox(({ name }) =>
      name === 'files/download' ? sent(metadata, whole) : undefined,
    )
    await textOf(connect(server.endpoints), '/ü 🥐')
    const asked = server.asked.find(({ name }) => name === 'files/download')
    expect(asked?.headers['dropbox-api-arg']).toBe('{"path":"/\\u00fc \\ud83e\\udd50"}')
    expect(asked?.headers['content-type']).toBeUndefined()
    expect(asked?.headers['content-length']).toBe('0')
    expect(asked?.headers['accept-encoding']).toBe('identity')
  })

  it.each([
    ['another content of the same size', sent(metadata, 'abd')],
    ['less than it announces', sent(metadata, 'ab')],
    ['more than it announces', sent(metadata, 'abcd')],
    ['nothing', sent(metadata, '')],
    ['another size, where there is no hash', sent({ ...metadata, content_hash: undefined }, 'abcd')],
  ])('does not pass %s for the file', async (_, answer) => {
    await using server = await startScriptedDropbox(({ name }) => (name === 'files/download' ? answer : undefined))
    await expect(textOf(connect(server.endpoints), 'id:1')).rejects.toMatchObject({ code: 'provider_unavailable' })
  })

  it('takes what says nothing of its hash and size as it is', async () => {
    await using server = await startScriptedDropbox(({ name }) =>
      name === 'files/download'
        ? sent({ id: 'id:1', name: 'noext' }, whole, { headers: { 'content-type': 'image/x-odd; a=b' } })
        : undefined,
    )
    const { body, ...download } = await dropbox.download(connect(server.endpoints), { id: 'id:1' })
    expect(download).toMatchObject({ mimeType: 'image/x-odd', size: null, entry: { mimeType: null, path: null } })
    expect(await new Response(body).text()).toBe(whole)
  })

  it('verifies a hash of several blocks', async () => {
    const block = 4 * 1024 * 1024
    const bytes = Buffer.alloc(2 * block + 5, 'x')
    const { createHash } = await import('node:crypto')
    const overall = createHash('sha256')
    for (let at = 0; at < bytes.length; at += block)
      overall.update(
        createHash('sha256')
          .update(bytes.subarray(at, at + block))
          .digest(),
      )
    const result = { id: 'id:1', name: 'a.txt', size: bytes.length, content_hash: overall.digest('hex') }
    const headers = { 'dropbox-api-result': JSON.stringify(result) }
    await using server = await startScriptedDropbox(({ name }) =>
      name === 'files/download' ? { headers, body: bytes } : undefined,
    )
    expect((await textOf(connect(server.endpoints), 'id:1')).length).toBe(bytes.length)
  })

  it.each([
    ['no result header', { body: whole }],
    ['a result header that is no JSON', { body: whole, headers: { 'dropbox-api-result': '<html>' } }],
    ['a result of another form', { body: whole, headers: { 'dropbox-api-result': '{"name":"a"}' } }],
  ])('with %s is an error', async (_, answer) => {
    await using server = await startScriptedDropbox(({ name }) => (name === 'files/download' ? answer : undefined))
    await expect(textOf(connect(server.endpoints), 'id:1')).rejects.toMatchObject({ code: 'invalid_response' })
  })

  it('that is redirected to another host brings no credential there', async () => {
    await using foreign = await startScriptedDropbox(() => sent(metadata, whole))
    await using server = await startScriptedDropbox(({ name }) =>
      name === 'files/download'
        ? { status: 307, headers: { location: `${foreign.endpoints.content}/files/download` } }
        : undefined,
    )
    await textOf(connect(server.endpoints), 'id:1')
    expect(foreign.asked).toHaveLength(1)
    expect(foreign.asked[0]?.headers.authorization).toBeUndefined()
  })

  const exported = (name: string, body: string, more: object = {}) =>
    sent(
      { export_metadata: { name, size: body.length, export_hash: hashOf(body), ...more }, file_metadata: paper({}) },
      body,
    )
  const server = (info: unknown, answer: (format: unknown) => ReturnType<typeof exported>) =>
    startScriptedDropbox(({ name, argument }) => {
      if (name === 'files/download') return conflict('unsupported_file')
      if (name === 'files/get_metadata') return { body: paper(info) }
      return name === 'files/export' ? answer(argument.export_format) : undefined
    })

  it('exports in the usual format where Markdown is not offered', async () => {
    await using on = await server({ export_as: 'docx', export_options: ['html'] }, (format) =>
      exported(`Plan.${format ?? 'docx'}`, whole),
    )
    const { body, ...download } = await dropbox.download(connect(on.endpoints), { id: 'id:2' })
    expect(download).toMatchObject({
      mimeType: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
      size: 3,
      entry: { id: 'id:2', name: 'Plan.paper', size: null },
    })
    expect(await new Response(body).text()).toBe(whole)
    expect(on.asked.at(-1)?.argument).toEqual({ path: 'id:2' })
  })

  it('exports as Markdown where nothing says what the usual format is', async () => {
    await using on = await server({ export_options: ['markdown'] }, (format) => exported(`Plan.${format}`, whole))
    expect((await dropbox.download(connect(on.endpoints), { id: 'id:2' })).mimeType).toBe('text/markdown')
  })

  it('verifies an export by the hash of the export', async () => {
    await using on = await server({ export_as: 'html' }, () =>
      exported('Plan.html', whole, { export_hash: hashOf('abd') }),
    )
    await expect(textOf(connect(on.endpoints), 'id:2')).rejects.toMatchObject({ code: 'provider_unavailable' })
  })

  it.each([
    ['that cannot be exported', {}, 'content_unavailable'],
    ['that does not say how', null, 'content_unavailable'],
  ])('of a document %s is an error', async (_, info, code) => {
    await using on = await server(info, () => exported('x', ''))
    await expect(textOf(connect(on.endpoints), 'id:2')).rejects.toMatchObject({ code })
    expect(on.asked.map(({ name }) => name)).not.toContain('files/export')
  })

  it('of an export that is not ready yet may pass', async () => {
    await using on = await server({ export_as: 'html' }, () => conflict('retry_error'))
    await expect(textOf(connect(on.endpoints), 'id:2')).rejects.toMatchObject({ code: 'provider_unavailable' })
  })

  it('of a file that is refused although it has bytes is that refusal', async () => {
    await using on = await startScriptedDropbox(({ name }) => {
      if (name === 'files/download') return conflict('path', 'restricted_content')
      return name === 'files/get_metadata' ? { body: file(1) } : undefined
    })
    await expect(textOf(connect(on.endpoints), 'id:1')).rejects.toThrow('restricts access')
  })
})
