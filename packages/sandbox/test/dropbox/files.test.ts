import { createHash } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Sandbox, startSandbox } from '../../src/index.ts'
import { connect, content, listAll, redirectUri, rpc } from './api.ts'

let sandbox: Sandbox
let ada: string
let bo: string
beforeAll(async () => {
  sandbox = await startSandbox({ only: ['dropbox'], pageSize: 7, redirectUris: [redirectUri] })
})
afterAll(() => sandbox.close())
beforeEach(async () => {
  sandbox.control.reset()
  ada = (await connect(sandbox)).access_token
  bo = (await connect(sandbox, { account: 'Bo' })).access_token
})

const names = (entries: { name: string }[]) => entries.map(({ name }) => name)
const metadata = async (path: string, more: object = {}) => rpc(sandbox, ada, 'files/get_metadata', { path, ...more })

describe('the account', () => {
  it('is told, for Ada with her team and for Bo without', async () => {
    const { body } = await rpc(sandbox, ada, 'users/get_current_account')
    expect(body).toMatchObject({
      account_id: expect.stringMatching(/^dbid:/),
      email: 'ada@acme.test',
      account_type: { '.tag': 'business' },
      root_info: { '.tag': 'team', home_path: '/Ada Baker' },
    })
    const other = (await rpc(sandbox, bo, 'users/get_current_account')).body
    expect(other).toMatchObject({ account_type: { '.tag': 'basic' }, root_info: { '.tag': 'user' } })
    expect(other.root_info.root_namespace_id).toBe(other.root_info.home_namespace_id)
    expect(other).not.toHaveProperty('team')
  })

  it('answers a ping', async () => {
    expect((await rpc(sandbox, ada, 'check/user', { query: 'ping' })).body).toEqual({ result: 'ping' })
    expect((await rpc(sandbox, ada, 'check/user', {})).body).toEqual({ result: '' })
  })
})

describe('list_folder', () => {
  it('lists the home over several pages, each entry once', async () => {
    const { entries, pages } = await listAll(sandbox, ada, { path: '' })
    expect(pages).toBeGreaterThan(1)
    expect(new Set(names(entries)).size).toBe(entries.length)
    expect(names(entries)).toEqual(
      expect.arrayContaining(['Welcome.md', '日本語のメモ.txt', 'Reports', 'Team plan.paper']),
    )
    expect(names(entries)).not.toContain('Old price list.txt')
  })

  it('gives files and folders as documented', async () => {
    const { entries } = await listAll(sandbox, ada, { path: '' })
    const text = '# Welcome\n\nThe sample files of a small bakery.\n'
    const hash = createHash('sha256').update(createHash('sha256').update(text).digest()).digest('hex')
    expect(entries.find(({ name }) => name === 'Welcome.md')).toEqual({
      '.tag': 'file',
      name: 'Welcome.md',
      path_lower: '/welcome.md',
      path_display: '/Welcome.md',
      id: expect.stringMatching(/^id:/),
      client_modified: expect.stringMatching(/^2026-.*Z$/),
      server_modified: expect.stringMatching(/^2026-.*Z$/),
      rev: expect.stringMatching(/^[0-9a-f]{9,}$/),
      size: Buffer.byteLength(text),
      is_downloadable: true,
      content_hash: hash,
    })
    expect(entries.find(({ name }) => name === 'Reports')).toEqual({
      '.tag': 'folder',
      name: 'Reports',
      path_lower: '/reports',
      path_display: '/Reports',
      id: expect.stringMatching(/^id:/),
    })
    expect(entries.find(({ name }) => name === 'Team plan.paper')).toMatchObject({
      '.tag': 'file',
      is_downloadable: false,
      export_info: { export_as: 'html', export_options: ['markdown', 'html'] },
    })
    // The hash of no bytes at all.
    expect(entries.find(({ name }) => name === 'Empty.txt')).toMatchObject({
      size: 0,
      content_hash: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    })
  })

  it('takes a path in any case, an id, and a namespace', async () => {
    const byPath = await listAll(sandbox, ada, { path: '/REPORTS/2026' })
    expect(names(byPath.entries)).toEqual(['Q1.csv', 'Q2.csv', 'Q3.csv', 'Drafts'])
    const { id } = (await metadata('/Reports/2026')).body
    expect((await listAll(sandbox, ada, { path: id })).entries).toEqual(byPath.entries)
    const home = (await rpc(sandbox, ada, 'users/get_current_account')).body.root_info.home_namespace_id
    expect((await listAll(sandbox, ada, { path: `ns:${home}/Reports/2026` })).entries).toEqual(byPath.entries)
  })

  it('lists all below a folder, folders that are five deep among it', async () => {
    const { entries } = await listAll(sandbox, ada, { path: '/Reports', recursive: true })
    expect(names(entries)).toContain('Note to self.txt')
    expect(entries.map(({ path_lower }) => path_lower)).toContain('/reports/2026/drafts/very deep/note to self.txt')
    expect(names(entries)).not.toContain('Welcome.md')
  })

  it('lists what was deleted when it is asked to, without an id', async () => {
    const { entries } = await listAll(sandbox, ada, { path: '', include_deleted: true, include_restorable_info: true })
    expect(entries.find(({ name }) => name === 'Old price list.txt')).toEqual({
      '.tag': 'deleted',
      name: 'Old price list.txt',
      path_lower: '/old price list.txt',
      path_display: '/Old price list.txt',
      is_restorable: true,
    })
    sandbox.control.settings('dropbox', { files: { trash: { path: '/Reports' } } })
    const below = await listAll(sandbox, ada, { path: '', recursive: true, include_deleted: true })
    const gone = below.entries.filter((entry) => entry['.tag'] === 'deleted').map(({ path_lower }) => path_lower)
    expect(gone).toEqual(expect.arrayContaining(['/reports', '/reports/2026/q1.csv']))
  })

  it('obeys its limit, and leaves out what it is told to', async () => {
    const page = await rpc(sandbox, ada, 'files/list_folder', { path: '', limit: 3 })
    expect([page.body.entries.length, page.body.has_more]).toEqual([3, true])
    const only = await listAll(sandbox, ada, { path: '', include_non_downloadable_files: false })
    expect(names(only.entries)).not.toContain('Team plan.paper')
    const flagged = await listAll(sandbox, ada, { path: '', include_has_explicit_shared_members: true })
    expect(flagged.entries.find(({ name }) => name === 'Welcome.md')).toMatchObject({
      has_explicit_shared_members: false,
    })
  })

  it('goes on although files come and go between two pages', async () => {
    const first = await rpc(sandbox, ada, 'files/list_folder', { path: '/Recipes' })
    sandbox.control.settings('dropbox', { files: { trash: { path: '/Recipes/Recipe 01.md' } } })
    sandbox.control.settings('dropbox', { files: { trash: { path: '/Recipes/Recipe 20.md' } } })
    sandbox.control.settings('dropbox', { files: { write: { path: '/Recipes/New.md', text: 'New' } } })
    const entries = [...first.body.entries]
    for (let page = first; page.body.has_more; ) {
      page = await rpc(sandbox, ada, 'files/list_folder/continue', { cursor: page.body.cursor })
      entries.push(...page.body.entries)
    }
    const files = entries.filter((entry) => entry['.tag'] === 'file')
    const recipes = Array.from({ length: 60 }, (_, n) => `Recipe ${String(n + 1).padStart(2, '0')}.md`)
    // What was listed before it went is told as deleted; what went before its turn is never listed; what came may be told twice.
    expect([...new Set(names(files))].sort()).toEqual(['New.md', ...recipes.filter((name) => name !== 'Recipe 20.md')])
    expect(entries).toContainEqual(expect.objectContaining({ '.tag': 'deleted', name: 'Recipe 01.md' }))
  })

  it.each([
    ['/nothing here', 'path/not_found'],
    ['id:AAAAAAAAAAAAAAAAAAAAAA', 'path/not_found'],
    ['ns:999', 'path/not_found'],
    ['/Welcome.md', 'path/not_folder'],
    ['/', 'path/malformed_path'],
    ['/Reports/', 'path/malformed_path'],
    ['/Reports//2026', 'path/malformed_path'],
  ])('answers 409 for %s: %s', async (path, tags) => {
    for (const route of ['files/list_folder', 'files/list_folder/get_latest_cursor']) {
      const { status, body } = await rpc(sandbox, ada, route, { path })
      expect(status).toBe(409)
      expect(body.error_summary).toMatch(new RegExp(`^${tags}/\\.+$`))
      expect(body.error).toEqual({ '.tag': 'path', path: { '.tag': tags.split('/')[1] } })
    }
  })

  it('knows no shared links and no templates', async () => {
    const link = await rpc(sandbox, ada, 'files/list_folder', { path: '', shared_link: { url: 'https://x.test' } })
    expect(link.body.error_summary).toMatch(/^path\/not_found\//)
    const filter = { '.tag': 'filter_some', filter_some: ['ptid:1'] }
    const templates = await rpc(sandbox, ada, 'files/list_folder', { path: '', include_property_groups: filter })
    expect(templates.body.error['.tag']).toBe('template_error')
  })

  it('answers other accounts with their own files', async () => {
    expect(names((await listAll(sandbox, bo, { path: '' })).entries)).toEqual(['Notes.txt', 'Nothing here'])
    const { id } = (await metadata('/Welcome.md')).body
    expect((await rpc(sandbox, bo, 'files/get_metadata', { path: id })).body.error_summary).toMatch(/^path\/not_found/)
    expect((await listAll(sandbox, bo, { path: '/Nothing here' })).entries).toEqual([])
  })
})

describe('a cursor', () => {
  it('is bound to its account', async () => {
    const { body } = await rpc(sandbox, ada, 'files/list_folder', { path: '' })
    const foreign = await rpc(sandbox, bo, 'files/list_folder/continue', { cursor: body.cursor })
    expect([foreign.status, foreign.text]).toEqual([
      400,
      'Error in call to API function "files/list_folder/continue": Invalid "cursor" parameter',
    ])
  })

  it('is refused in plain text when it never was one', async () => {
    const { body } = await rpc(sandbox, ada, 'files/list_folder', { path: '' })
    for (const cursor of ['x', `${body.cursor}x`, body.cursor.slice(0, -1)]) {
      const { status, text } = await rpc(sandbox, ada, 'files/list_folder/continue', { cursor })
      expect([status, text]).toEqual([400, expect.stringContaining('Invalid "cursor" parameter')])
    }
  })

  it('answers reset once it was reset, while new ones are good', async () => {
    const { body } = await rpc(sandbox, ada, 'files/list_folder', { path: '' })
    sandbox.control.settings('dropbox', { resetCursors: true })
    const { status, body: answer } = await rpc(sandbox, ada, 'files/list_folder/continue', { cursor: body.cursor })
    expect([status, answer.error]).toEqual([409, { '.tag': 'reset' }])
    expect(answer.error_summary).toMatch(/^reset\/\.+$/)
    expect((await listAll(sandbox, ada, { path: '' })).entries.length).toBeGreaterThan(7)
  })

  it('ends when its folder is deleted in the middle', async () => {
    const { body } = await rpc(sandbox, ada, 'files/list_folder', { path: '/Recipes' })
    sandbox.control.settings('dropbox', { files: { trash: { path: '/Recipes' } } })
    const { body: answer } = await rpc(sandbox, ada, 'files/list_folder/continue', { cursor: body.cursor })
    expect(answer.error_summary).toMatch(/^path\/not_found\//)
  })
})

describe('get_metadata', () => {
  it('gives one entry by path, id or revision, as the listing has it', async () => {
    const { entries } = await listAll(sandbox, ada, { path: '' })
    for (const entry of entries) {
      expect((await metadata(entry.path_lower)).body).toEqual(entry)
      expect((await metadata(entry.id)).body).toEqual(entry)
    }
    const { rev, id } = (await metadata('/Welcome.md', { include_has_explicit_shared_members: true })).body
    expect((await metadata(`rev:${rev}`)).body.id).toBe(id)
    expect((await metadata('rev:fffffffffffff')).body.error_summary).toMatch(/^path\/not_found/)
  })

  it('knows what was deleted when it is asked to', async () => {
    expect((await metadata('/Old price list.txt')).body.error_summary).toMatch(/^path\/not_found/)
    const gone = await metadata('/old price LIST.txt', { include_deleted: true })
    expect(gone.body).toEqual({
      '.tag': 'deleted',
      name: 'Old price list.txt',
      path_lower: '/old price list.txt',
      path_display: '/Old price list.txt',
    })
    expect((await metadata('/Welcome.md', { include_deleted: true })).body['.tag']).toBe('file')
  })

  it('does not take the root', async () => {
    const { body } = await rpc(sandbox, bo, 'users/get_current_account')
    for (const path of ['', `ns:${body.root_info.home_namespace_id}`]) {
      const { status } = await rpc(sandbox, bo, 'files/get_metadata', { path }, { wrong: true })
      expect(status).toBe(400)
    }
    expect((await metadata('/')).body.error_summary).toMatch(/^path\/malformed_path/)
  })
})

describe('download and export', () => {
  it('gives the bytes, and the metadata in a header', async () => {
    const { body: entry } = await metadata('/Welcome.md')
    const { status, headers, text, result } = await content(sandbox, ada, 'files/download', { path: entry.id })
    expect([status, text]).toEqual([200, '# Welcome\n\nThe sample files of a small bakery.\n'])
    const { '.tag': _, ...untagged } = entry
    expect(result).toEqual(untagged)
    expect(headers.get('content-type')).toBe('application/octet-stream')
    expect(headers.get('content-length')).toBe(String(entry.size))
    expect(headers.get('x-dropbox-request-id')).toMatch(/^[0-9a-f]{32}$/)
  })

  it('takes and gives names beyond ASCII, escaped', async () => {
    for (const path of ['/日本語のメモ.txt', '/Menü – Frühling.txt', '/Brot 🥖.txt']) {
      if (path.includes('🥖')) sandbox.control.settings('dropbox', { files: { write: { path, text: 'Baguette' } } })
      const { status, result, headers } = await content(sandbox, ada, 'files/download', { path })
      expect(status).toBe(200)
      expect(result.path_display).toBe(path)
      expect(headers.get('dropbox-api-result')).toMatch(/^[\x20-\x7e]+$/)
    }
  })

  it('refuses raw bytes beyond ASCII in its header', async () => {
    const header = Buffer.from(JSON.stringify({ path: '/日本語のメモ.txt' })).toString('latin1')
    const { status, text } = await content(
      sandbox,
      ada,
      'files/download',
      {},
      { wrong: true, headers: { 'dropbox-api-arg': header } },
    )
    expect([status, text]).toEqual([400, expect.stringContaining('could not decode input as JSON')])
  })

  it('gives an empty file', async () => {
    const { status, text, result } = await content(sandbox, ada, 'files/download', { path: '/Empty.txt' })
    expect([status, text, result.size]).toEqual([200, '', 0])
  })

  it('gives a range, and says when there is none', async () => {
    const range = (value: string) =>
      content(sandbox, ada, 'files/download', { path: '/Opening hours.txt' }, { headers: { range: value } })
    const part = await range('bytes=3-10')
    expect([part.status, part.text, part.headers.get('content-range')]).toEqual([206, 'Fr 6:30-', 'bytes 3-10/31'])
    expect(part.result.size).toBe(31)
    expect((await range('bytes=-6')).text).toBe('13:00\n')
    const outside = await range('bytes=31-')
    expect([outside.status, outside.headers.get('content-range')]).toEqual([416, 'bytes */31'])
  })

  it('answers 304 for what the caller has', async () => {
    const ask = (headers = {}) => content(sandbox, ada, 'files/download', { path: '/Welcome.md' }, { headers })
    const etag = (await ask()).headers.get('etag')!
    expect((await ask({ 'if-none-match': etag })).status).toBe(304)
    sandbox.control.settings('dropbox', { files: { write: { path: '/Welcome.md', text: 'New' } } })
    const fresh = await ask({ 'if-none-match': etag })
    expect([fresh.status, fresh.text]).toEqual([200, 'New'])
    expect(fresh.headers.get('etag')).not.toBe(etag)
  })

  it('answers a browser that asks by GET', async () => {
    const response = await fetch(`${sandbox.endpoints.dropbox!.content}/files/download`, {
      headers: { authorization: `Bearer ${ada}`, 'dropbox-api-arg': '{"path":"/Welcome.md"}' },
    })
    expect(response.status).toBe(200)
  })

  it.each([
    ['/Recipes', 'path/not_file'],
    ['/nothing', 'path/not_found'],
    ['/Team plan.paper', 'unsupported_file'],
    ['/Contract (view only).pdf', 'path/restricted_content'],
  ])('refuses to download %s: %s', async (path, tags) => {
    const { status, body } = await content(sandbox, ada, 'files/download', { path })
    expect([status, body.error_summary]).toEqual([409, expect.stringMatching(new RegExp(`^${tags}/\\.+$`))])
  })

  it('exports a Paper document in the formats that it offers', async () => {
    const usual = await content(sandbox, ada, 'files/export', { path: '/Team plan.paper' })
    expect(usual.text).toContain('<h1>Team plan</h1>')
    const { text, result, headers } = await content(sandbox, ada, 'files/export', {
      path: '/team plan.paper',
      export_format: 'markdown',
    })
    expect(text).toBe('# Team plan\n\nHire one more baker by May.\n')
    expect(result).toMatchObject({
      export_metadata: { name: 'Team plan.md', size: Buffer.byteLength(text), export_hash: expect.any(String) },
      file_metadata: { name: 'Team plan.paper', is_downloadable: false },
    })
    expect(result.export_metadata.export_hash).not.toBe(result.file_metadata.content_hash)
    expect(headers.get('accept-ranges')).toBeNull()
  })

  it.each([
    [{ path: '/Welcome.md' }, 'non_exportable'],
    [{ path: '/Team plan.paper', export_format: 'docx' }, 'invalid_export_format'],
    [{ path: '/nothing' }, 'path/not_found'],
  ])('refuses to export %j: %s', async (argument, tags) => {
    const { status, body } = await content(sandbox, ada, 'files/export', argument)
    expect([status, body.error_summary]).toEqual([409, expect.stringMatching(new RegExp(`^${tags}/\\.+$`))])
  })

  it('takes the credential on the content host, and has the API on the other', async () => {
    const { api = '', content: host = '' } = sandbox.endpoints.dropbox!
    expect(new URL(host).origin).not.toBe(new URL(api).origin)
    const init = { method: 'POST', headers: { authorization: `Bearer ${ada}` } }
    expect((await fetch(`${host}/files/list_folder`, init)).status).toBe(404)
    expect((await fetch(`${api}/files/download`, init)).status).toBe(404)
    const bare = await fetch(`${host}/files/download`, { method: 'POST' })
    expect([bare.status, await bare.text()]).toEqual([
      400,
      expect.stringContaining('Must provide HTTP header "Authorization"'),
    ])
  })
})
