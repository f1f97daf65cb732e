import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Sandbox, startSandbox } from '../../src/index.ts'
import { all, graph, itemAt, redirectUri, signIn, type Tokens } from './api.ts'

let sandbox: Sandbox
let ada: Tokens
let bo: Tokens
beforeAll(async () => {
  sandbox = await startSandbox({ only: ['onedrive'], redirectUris: [redirectUri], pageSize: 7 })
})
afterAll(() => sandbox?.close())
beforeEach(async () => {
  sandbox.control.reset()
  ada = await signIn(sandbox)
  bo = await signIn(sandbox, 'Bo')
})
const get = (path: string, by = ada.access_token, init = {}) => graph(sandbox, by, path, init)
const children = '/me/drive/root/children'

describe('who it is', () => {
  test('a work account has a GUID and mail, a personal one sixteen digits and none', async () => {
    const select = '/me?$select=id,displayName,mail,userPrincipalName'
    expect((await get(select)).body).toEqual({
      '@odata.context': expect.any(String),
      id: expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
      displayName: 'Ada Baker',
      mail: 'ada@acme.test',
      userPrincipalName: 'ada@acme.test',
    })
    expect((await get(select, bo.access_token)).body).toMatchObject({
      id: expect.stringMatching(/^[0-9a-f]{16}$/),
      mail: null,
      userPrincipalName: 'bo@example.test',
    })
    expect((await get('/me?$select=shoeSize')).status).toBe(400)
  })

  test('nobody has a photo', async () => {
    expect(await get('/me/photo/$value')).toMatchObject({ status: 404, body: { error: { code: 'ImageNotFound' } } })
  })

  test('drives: one of the person, others that were shared with all', async () => {
    const own = (await get('/me/drive')).body
    expect(own).toMatchObject({ id: expect.stringMatching(/^b!/), driveType: 'business' })
    const { value } = (await get('/me/drives')).body
    expect(value.map(({ name }) => name)).toEqual(['OneDrive', 'Bakery team'])
    expect(value[0]?.id).toBe(own.id)
    expect((await get(`/drives/${value[1]?.id}`)).body).toMatchObject({ driveType: 'documentLibrary' })
    expect((await get('/me/drives', bo.access_token)).body.value).toMatchObject([{ driveType: 'personal' }])
    expect((await get(`/drives/${value[1]?.id}`, bo.access_token)).status).toBe(404)
  })
})

describe('access', () => {
  test('wants a good bearer token, and says in which way it is not', async () => {
    for (const [by, init, words] of [
      [null, {}, 'Access token is empty.'],
      ['made-up', {}, /validation failure/],
      [ada.refresh_token, {}, /validation failure/],
      [null, { headers: { authorization: 'Basic eDp5' } }, /validation failure/],
    ] as const) {
      const { status, body } = await graph(sandbox, by, children, init)
      expect(status).toBe(401)
      expect(body.error.code).toBe('InvalidAuthenticationToken')
      expect(body.error.message).toMatch(words)
      expect(body.error.innerError).toMatchObject({ 'request-id': expect.any(String), date: expect.any(String) })
    }
    sandbox.control.advance(5401)
    expect((await get(children)).body.error.message).toContain('expired')
    expect((await get(children, bo.access_token)).body.error.code).toBe('invalidAuthenticationToken')
  })

  test('gives what the scopes of the token allow, and never writes', async () => {
    const files = await signIn(sandbox, 'Ada', { scope: 'Files.Read' })
    const profile = await signIn(sandbox, 'Ada', { scope: 'User.Read' })
    expect([(await get(children, files.access_token)).status, (await get('/me', files.access_token)).status]).toEqual([
      200, 403,
    ])
    const refused = await get(children, profile.access_token)
    expect(refused).toMatchObject({ status: 403, body: { error: { code: 'accessDenied' } } })
    expect((await get('/me', profile.access_token)).status).toBe(200)
    for (const method of ['POST', 'PATCH', 'DELETE'])
      expect((await get(children, ada.access_token, { method })).status).toBe(403)
  })

  test('codes of a personal account are in another case', async () => {
    expect((await get('/me/drive/items/x')).body.error.code).toBe('itemNotFound')
    expect((await get('/me/drive/items/x', bo.access_token)).body.error.code).toBe('ItemNotFound')
  })

  test('asked too often, it says how long to wait, and counts what comes meanwhile', async () => {
    sandbox.control.settings('onedrive', { rateLimitPerMinute: 3 })
    for (let call = 0; call < 3; call++) expect((await get('/me')).status).toBe(200)
    const refused = await get('/me')
    expect(refused).toMatchObject({
      status: 429,
      body: { error: { code: 'activityLimitReached', innerError: { code: 'throttledRequest' } } },
    })
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(50)
    expect((await get('/me', bo.access_token)).status).toBe(200)
    sandbox.control.advance(30)
    for (let call = 0; call < 3; call++) await get('/me')
    sandbox.control.advance(31)
    // The first three are forgotten; those of the pause are not.
    expect((await get('/me')).status).toBe(429)
    sandbox.control.advance(61)
    expect((await get('/me')).status).toBe(200)
  })

  test('after a 429 by fault whoever calls in the pause waits as long again', async () => {
    sandbox.control.settings('onedrive', { pauseAfter429: true })
    sandbox.control.fault({ provider: 'onedrive', match: '/v1.0/', kind: 'status', status: 429, retryAfter: '20' })
    expect((await get('/me')).headers.get('retry-after')).toBe('20')
    sandbox.control.advance(15)
    expect(await get('/me')).toMatchObject({ status: 429 })
    sandbox.control.advance(15)
    expect(await get('/me')).toMatchObject({ status: 429 })
    sandbox.control.advance(21)
    expect((await get('/me')).status).toBe(200)
  })

  test.each([400, 401, 403, 404, 409, 410, 416, 423, 429, 500, 503, 504, 507, 509])(
    'a fault %i comes in the envelope of Graph',
    async (status) => {
      sandbox.control.fault({ provider: 'onedrive', match: children, kind: 'status', status })
      const { body, headers, status: given } = await get(children)
      expect(given).toBe(status)
      expect(body.error).toMatchObject({ code: expect.stringMatching(/^\w+$/), message: expect.any(String) })
      expect(headers.get('location') !== null).toBe(status === 410)
    },
  )

  test('an account without a drive is told so by each system its own way', async () => {
    sandbox.control.settings('onedrive', { noDrive: true })
    expect(await get(children)).toMatchObject({
      status: 400,
      body: { error: { message: 'Tenant does not have a SPO license.' } },
    })
    expect(await get(children, bo.access_token)).toMatchObject({
      status: 404,
      body: { error: { code: 'ItemNotFound' } },
    })
    expect((await get('/me')).status).toBe(200)
  })
})

describe('a listing', () => {
  test('comes in pages by name, each item once, with whole links that repeat the query', async () => {
    const first = (await get(`${children}?$select=id,name&$top=200`)).body
    expect(first.value).toHaveLength(7)
    expect(first['@odata.nextLink']).toMatch(
      /^http:\/\/127\.0\.0\.1:\d+\/onedrive\/v1\.0\/me\/drive\/root\/children\?.*&\$skiptoken=/,
    )
    expect(new URL(first['@odata.nextLink']!).searchParams.get('$select')).toBe('id,name')
    const { items, pages } = await all(sandbox, ada.access_token, children)
    expect(pages).toBe(3)
    expect(new Set(items.map(({ id }) => id)).size).toBe(items.length)
    const names = items.map(({ name }) => name.toLowerCase())
    expect(names).toEqual([...names].sort((a, b) => (a < b ? -1 : 1)))
    const backwards = await all(sandbox, ada.access_token, `${children}?$orderby=name desc&$top=3`)
    expect(backwards.items.map(({ name }) => name)).toEqual(items.map(({ name }) => name).reverse())
  })

  test('does not shift when files come and go between its pages', async () => {
    const before = (await all(sandbox, ada.access_token, children)).items.map(({ name }) => name)
    const first = (await get(children)).body
    sandbox.control.settings('onedrive', { files: { write: { path: '/0 first.txt', text: 'x' } } })
    const rest = await all(sandbox, ada.access_token, first['@odata.nextLink']!)
    expect([...first.value, ...rest.items].map(({ name }) => name)).toEqual(before)
  })

  test('a token of a page is good for its folder and its query, and until it is ended', async () => {
    const link = (await get(children)).body['@odata.nextLink']!
    const skiptoken = new URL(link).searchParams.get('$skiptoken')
    const { id } = await itemAt(sandbox, ada.access_token, '/Recipes')
    for (const path of [
      `${children}?$select=id&$skiptoken=${skiptoken}`,
      `/me/drive/items/${id}/children?$skiptoken=${skiptoken}`,
      `${children}?$skiptoken=made.up`,
      `${children}?$skiptoken=${skiptoken}x`,
    ])
      expect(await get(path)).toMatchObject({ status: 400, body: { error: { code: 'invalidRequest' } } })
    expect((await get(link)).status).toBe(200)
    sandbox.control.settings('onedrive', { expireCursors: true })
    expect((await get(link)).status).toBe(400)
  })

  test('refuses what it does not know', async () => {
    for (const query of [
      '$filter=x',
      '$top=0',
      '$top=many',
      '$orderby=size',
      '$select=id,shoeSize',
      '$select=id&$select=name',
      'x=1',
    ])
      expect((await get(`${children}?${query}`)).status).toBe(400)
    for (const path of [
      '/me/messages',
      '/me/drive/items',
      '/drives',
      '/me/drive/root/permissions',
      '/me/drive/items/%ZZ/children',
    ])
      expect((await get(path)).status).toBe(400)
  })

  test('finds a folder by its path, in any case and any script', async () => {
    const { body } = await get('/me/drive/root:/reports/2026:/children')
    expect(body.value.map(({ name }) => name)).toEqual(['Drafts', 'Q1.csv', 'Q2.csv', 'Q3.csv'])
    expect((await itemAt(sandbox, ada.access_token, '/日本語のメモ.txt')).size).toBe(37)
    expect((await get('/me/drive/root:/nothing:/children')).status).toBe(404)
  })

  test('a file has no children, and no error either', async () => {
    const { id } = await itemAt(sandbox, ada.access_token, '/Welcome.md')
    expect((await get(`/me/drive/items/${id}/children`)).body.value).toEqual([])
  })

  test('what is in the bin, or in a folder that is, is nowhere', async () => {
    const { id } = await itemAt(sandbox, ada.access_token, '/Reports/2026/Q1.csv')
    sandbox.control.settings('onedrive', { files: { trash: { path: '/Reports' } } })
    for (const path of [`/me/drive/items/${id}`, '/me/drive/root:/Reports/2026', `/me/drive/items/${id}/content`])
      expect((await get(path)).status).toBe(404)
  })
})

describe('an item', () => {
  test('of a file has its facet, size, tags and place', async () => {
    const folder = await itemAt(sandbox, ada.access_token, '/Reports/2026')
    const file = await itemAt(sandbox, ada.access_token, '/Reports/2026/Q1.csv')
    expect(file).toMatchObject({
      size: 34,
      file: { mimeType: 'text/csv' },
      eTag: expect.stringMatching(/^"\{[0-9A-F-]{36}\},1"$/),
      cTag: expect.stringMatching(/^"c:\{[0-9A-F-]{36}\},1"$/),
      parentReference: { driveType: 'business', id: folder.id, path: '/drive/root:/Reports/2026' },
      '@microsoft.graph.downloadUrl': expect.stringMatching(
        /^http:\/\/127\.0\.0\.1:\d+\/onedrive\/download\/Q1\.csv\?tempauth=/,
      ),
    })
    expect(file).not.toHaveProperty('folder')
    // At work a folder has no cTag; in person it has.
    expect(folder).toMatchObject({ folder: { childCount: 4 } })
    expect(folder).not.toHaveProperty('cTag')
    const own = (await get('/me/drive/root:/Nothing here', bo.access_token)).body
    expect(own).toMatchObject({ id: expect.stringMatching(/^[0-9A-F]{16}!\d+$/), cTag: expect.any(String) })
  })

  test('is only what was selected; its download URL when it was', async () => {
    const { id } = await itemAt(sandbox, ada.access_token, '/Welcome.md')
    const keys = async (select: string) =>
      Object.keys((await get(`/me/drive/items/${id}?$select=${select}`)).body).filter((key) => key !== '@odata.context')
    expect(await keys('id,name,cTag')).toEqual(['id', 'name', 'cTag'])
    expect(await keys('id,@microsoft.graph.downloadUrl')).toEqual(['id', '@microsoft.graph.downloadUrl'])
    expect(await keys('id,content.downloadUrl')).toEqual(['id', '@microsoft.graph.downloadUrl'])
  })

  test('of a new content has a new cTag, of a new name the same', async () => {
    const before = await itemAt(sandbox, ada.access_token, '/Welcome.md')
    sandbox.control.settings('onedrive', { files: { move: { path: '/Welcome.md', to: '/Hello.md' } } })
    const moved = await itemAt(sandbox, ada.access_token, '/Hello.md')
    expect([moved.id, moved.cTag]).toEqual([before.id, before.cTag])
    sandbox.control.settings('onedrive', { files: { write: { path: '/Hello.md', text: 'new' } } })
    expect((await itemAt(sandbox, ada.access_token, '/Hello.md')).cTag).not.toBe(before.cTag)
  })

  test('of a notebook is a package, of malware says so, of a shortcut where it leads', async () => {
    const notebook = await itemAt(sandbox, ada.access_token, '/Bakery notebook')
    expect(notebook).toMatchObject({ package: { type: 'oneNote' } })
    expect(notebook).not.toHaveProperty('file')
    const bad = await itemAt(sandbox, ada.access_token, '/Quarantined.zip')
    expect(bad).toMatchObject({ malware: { description: expect.any(String) }, file: {} })
    expect(bad).not.toHaveProperty('@microsoft.graph.downloadUrl')

    const shortcut = await itemAt(sandbox, ada.access_token, '/From Bo')
    const { remoteItem } = shortcut
    expect(shortcut).not.toHaveProperty('folder')
    expect(remoteItem).toMatchObject({
      folder: { childCount: 1 },
      parentReference: { driveId: expect.stringMatching(/^b!/) },
    })
    expect(remoteItem?.parentReference?.driveId).not.toBe((await get('/me/drive')).body.id)
    const target = `/drives/${remoteItem?.parentReference?.driveId}/items/${remoteItem?.id}`
    expect((await get(`${target}/children`)).body.value).toMatchObject([{ name: 'Harbour map.txt' }])
    expect((await get(`/me/drive/items/${shortcut.id}/children`)).status).toBe(400)
    expect((await get(`/me/drive/items/${remoteItem?.id}`)).status).toBe(404)
    sandbox.control.settings('onedrive', { remoteForbidden: true })
    expect((await get(target)).body.error.code).toBe('accessDenied')
  })

  test('has a name that OneDrive allows', async () => {
    const { items } = await all(sandbox, ada.access_token, children)
    for (const { name } of items) expect(name).not.toMatch(/["*:<>?/\\|]/)
  })
})
