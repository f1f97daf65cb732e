import type { drive_v3 } from '@googleapis/drive'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Sandbox } from '../../src/index.ts'
import { type Answer, allDrives, connect, get, type Query, startDrive } from './stand.ts'

let sandbox: Sandbox
let token: string
beforeAll(async () => {
  sandbox = await startDrive(40)
})
afterAll(() => sandbox.close())
beforeEach(async () => {
  sandbox.control.reset()
  token = (await connect(sandbox)).access_token
})

const settings = (patch: object) => sandbox.control.settings('google-drive', { ...patch })
const list = (query: Query = {}): Promise<Answer> => get(sandbox, token, '/files', query)
const top = "'root' in parents and trashed = false"
const namesOf = (answer: Answer): string[] => answer.body.files.map((file: drive_v3.Schema$File) => file.name)
const reasonOf = ({ status, body }: Answer) => [status, body.error.errors[0].reason, body.error.errors[0].location]

async function named(name: string, query: Query = {}): Promise<drive_v3.Schema$File> {
  const { body } = await list({ q: top, fields: 'files', ...query })
  return body.files.find((file: drive_v3.Schema$File) => file.name === name)
}
const driveId = async () => (await get(sandbox, token, '/drives')).body.drives[0].id as string

describe('files.list', () => {
  test('without fields an item has little more than its name', async () => {
    const { body } = await list({ q: top })
    expect(Object.keys(body).sort()).toEqual(['files', 'incompleteSearch', 'kind'])
    expect(body).toMatchObject({ kind: 'drive#fileList', incompleteSearch: false })
    for (const file of body.files) expect(Object.keys(file)).toEqual(['kind', 'id', 'name', 'mimeType'])
  })

  test('gives the fields that are asked for, and refuses those that do not exist', async () => {
    const fields = 'nextPageToken, files(id, size, capabilities(canDownload), shortcutDetails/targetId)'
    const { body } = await list({ q: top, fields })
    expect(Object.keys(body)).toEqual(['files'])
    const keys = new Set(body.files.flatMap((file: object) => Object.keys(file)))
    expect(keys).toEqual(new Set(['id', 'size', 'capabilities', 'shortcutDetails']))
    expect(body.files[0].capabilities).toEqual({ canDownload: expect.any(Boolean) })
    expect((await list({ fields: '' })).body).toEqual({})
    for (const wrong of [
      'files(nothing)',
      'nothing',
      'files(capabilities(canFly))',
      'files(id',
      'files)',
      'files(id,)',
    ])
      expect(reasonOf(await list({ q: top, fields: wrong }))).toEqual([400, 'invalidParameter', 'fields'])
    expect(
      reasonOf(await list({ q: `'${(await named('Empty folder')).id}' in parents`, fields: 'files(nothing)' })),
    ).toEqual([400, 'invalidParameter', 'fields'])
  })

  test('without a size the whole list of My Drive comes; with one, pages of at most that', async () => {
    const { id } = await named('Recipes')
    const q = `'${id}' in parents`
    expect(namesOf(await list({ q }))).toHaveLength(60)
    const first = await list({ q, pageSize: '25' })
    expect(namesOf(first)).toHaveLength(25)
    const second = await list({ q, pageSize: '25', pageToken: first.body.nextPageToken })
    const third = await list({ q, pageSize: '25', pageToken: second.body.nextPageToken })
    expect(third.body).not.toHaveProperty('nextPageToken')
    expect(new Set([first, second, third].flatMap(namesOf)).size).toBe(60)
    // The server may give less: here never more than 40.
    expect(namesOf(await list({ q, pageSize: '1000' }))).toHaveLength(40)
    expect(namesOf(await list({ q, pageSize: '5000' }))).toHaveLength(40)
    for (const pageSize of ['0', '-1']) expect(reasonOf(await list({ pageSize }))[1]).toBe('invalidParameter')
    expect((await list({ pageSize: 'many' })).status).toBe(400)
  })

  test('a page token is of one list, and dies', async () => {
    const { id } = await named('Recipes')
    const q = `'${id}' in parents`
    const { nextPageToken: pageToken } = (await list({ q, pageSize: '10' })).body
    const refused = [400, 'invalid', 'pageToken']
    expect(reasonOf(await list({ q: top, pageSize: '10', pageToken }))).toEqual(refused)
    expect(reasonOf(await list({ q, pageToken: `${pageToken.slice(0, -1)}!` }))).toEqual(refused)
    expect(reasonOf(await list({ q, pageToken: 'BOGUS' }))).toEqual(refused)
    expect((await list({ q, pageSize: '10', pageToken })).status).toBe(200)
    settings({ pageTokenSeconds: 0 })
    expect(reasonOf(await list({ q, pageSize: '10', pageToken }))).toEqual(refused)
    settings({ pageTokenSeconds: 6 * 3600, accessTokenSeconds: 86_400 })
    token = (await connect(sandbox)).access_token
    sandbox.control.advance(6 * 3600)
    expect(reasonOf(await list({ q, pageSize: '10', pageToken }))).toEqual(refused)
  })

  test('an empty page may come while there is a token', async () => {
    settings({ emptyPages: true })
    const names: string[] = []
    const sizes: number[] = []
    let pageToken: string | undefined
    do {
      const page: Answer = await list({ q: top, pageSize: '10', ...(pageToken ? { pageToken } : {}) })
      names.push(...namesOf(page))
      sizes.push(page.body.files.length)
      pageToken = page.body.nextPageToken
    } while (pageToken)
    expect(sizes.slice(0, 4)).toEqual([0, 10, 0, 10])
    settings({ emptyPages: false })
    expect(names).toEqual(namesOf(await list({ q: top })))
  })

  test('folders first and numbers by their value, when asked for', async () => {
    const sorted = await list({ q: top, orderBy: 'folder,name_natural', fields: 'files(name,mimeType)' })
    const kinds = sorted.body.files.map(({ mimeType }: drive_v3.Schema$File) => mimeType?.endsWith('.folder'))
    expect(kinds.lastIndexOf(true)).toBe(kinds.indexOf(false) - 1)
    const names = namesOf(sorted).slice(0, kinds.indexOf(false))
    expect(names).toEqual([...names].sort())
    const newest = await list({ q: top, orderBy: 'modifiedTime desc', fields: 'files(modifiedTime)' })
    const times = newest.body.files.map(({ modifiedTime }: drive_v3.Schema$File) => modifiedTime)
    expect(times).toEqual([...times].sort().reverse())
    expect(reasonOf(await list({ orderBy: 'colour' }))).toEqual([400, 'invalid', 'orderBy'])
  })

  test.each([
    ["'root' in parents", 200],
    ["'root' in parents and trashed=false", 200],
    ["trashed = false and 'root' in parents", 200],
    ['sharedWithMe and trashed=false', 200],
    ['sharedWithMe = true', 200],
    ['trashed != true', 200],
    ["'root' in parents trashed = false", 400],
    ["'root' in parents and", 400],
    ["'root' in owners", 400],
    ["'it's' in parents", 400],
    ["'a\\b' in parents", 400],
    ["root' in parents", 400],
    ['trashed = maybe', 400],
    ["name contains 'x'", 400],
    ["'root' in parents or trashed = true", 400],
  ])('the query %s is %i', async (q, status) => {
    const answer = await list({ q })
    expect(answer.status).toBe(status)
    if (status === 400) expect(reasonOf(answer)).toEqual([400, 'invalid', 'q'])
  })

  test('an escaped quote and backslash belong to the id, which is then not found', async () => {
    for (const id of ["it\\'s", 'a\\\\b'])
      expect(reasonOf(await list({ q: `'${id}' in parents` }))).toEqual([404, 'notFound', 'fileId'])
  })

  test('the bin is left out only when the query says so', async () => {
    const everything = await list({ q: "'root' in parents" })
    expect(namesOf(everything)).toContain('Old price list.txt')
    expect(namesOf(await list({ q: top }))).not.toContain('Old price list.txt')
    expect(namesOf(await list({ q: "'root' in parents and trashed = true" }))).toEqual(['Old price list.txt'])
  })

  test('two files of one folder may have the same name', async () => {
    expect(namesOf(await list({ q: top })).filter((name) => name === 'Welcome.md')).toHaveLength(2)
  })

  test('what is inside a folder in the bin is in the bin too', async () => {
    settings({ files: { trash: { path: '/Reports' } } })
    const [file] = (
      await list({ q: 'trashed = true', fields: 'files(name,trashed,explicitlyTrashed)' })
    ).body.files.filter(({ name }: drive_v3.Schema$File) => name === 'Q1.csv')
    expect(file).toEqual({ name: 'Q1.csv', trashed: true, explicitlyTrashed: false })
    expect(namesOf(await list({ q: 'trashed = false' }))).not.toContain('Q1.csv')
  })

  test('what is shared with me is listed by its own query, and has no parent', async () => {
    const { body } = await list({ q: 'sharedWithMe and trashed = false', fields: 'files' })
    expect(body.files.map(({ name }: drive_v3.Schema$File) => name)).toEqual(['Supplier terms.txt', 'From Bo'])
    for (const file of body.files) {
      expect(file).not.toHaveProperty('parents')
      expect(file).toMatchObject({ ownedByMe: false, sharedWithMeTime: expect.any(String) })
    }
    const inside = await list({ q: `'${body.files[1].id}' in parents`, fields: 'files(name,parents)' })
    expect(inside.body.files).toEqual([{ name: 'Harbour map.txt', parents: [body.files[1].id] }])
  })
})

describe('an item', () => {
  test('has the fields of its kind', async () => {
    const { body } = await list({ q: top, fields: '*' })
    const [file, folder, native, shortcut] = ['Price list.csv', 'Reports', 'Budget', 'Shortcut to Reports'].map(
      (name) => body.files.find((one: drive_v3.Schema$File) => one.name === name),
    )
    expect(file).toMatchObject({
      mimeType: 'text/csv',
      size: '44',
      md5Checksum: expect.stringMatching(/^[0-9a-f]{32}$/),
      modifiedTime: expect.stringMatching(/^2026-.*Z$/),
      ownedByMe: true,
      parents: [expect.any(String)],
      capabilities: { canDownload: true },
    })
    expect(folder.mimeType).toBe('application/vnd.google-apps.folder')
    for (const absent of ['size', 'md5Checksum']) {
      expect(folder).not.toHaveProperty(absent)
      expect(shortcut).not.toHaveProperty(absent)
    }
    // A size, but not that of an export.
    expect(native).toMatchObject({ mimeType: 'application/vnd.google-apps.spreadsheet', size: expect.any(String) })
    expect(native).not.toHaveProperty('md5Checksum')
    expect(shortcut).toMatchObject({
      mimeType: 'application/vnd.google-apps.shortcut',
      shortcutDetails: { targetId: folder.id, targetMimeType: 'application/vnd.google-apps.folder' },
    })
    expect(await named('Contract (view only).pdf')).toMatchObject({ capabilities: { canDownload: false } })
  })

  test('is read by its id, with few fields unless asked', async () => {
    const { id } = await named('Reports')
    const { body } = await get(sandbox, token, `/files/${id}`)
    expect(body).toEqual({ kind: 'drive#file', id, name: 'Reports', mimeType: 'application/vnd.google-apps.folder' })
    expect((await get(sandbox, token, '/files/root')).body.name).toBe('My Drive')
    const missing = await get(sandbox, token, '/files/1None')
    expect(reasonOf(missing)).toEqual([404, 'notFound', 'fileId'])
    expect(missing.body.error.message).toBe('File not found: 1None.')
  })

  test('of another account is not found', async () => {
    const { id } = await named('Reports')
    const bo = (await connect(sandbox, { account: 'Bo' })).access_token
    expect((await get(sandbox, bo, `/files/${id}`)).status).toBe(404)
    expect(namesOf(await get(sandbox, bo, '/files', { q: top }))).toEqual(['Notes.txt', 'Nothing here'])
  })

  test('that was shared by a hardened link needs its resource key, which a shortcut knows too', async () => {
    const { files } = (await list({ q: 'sharedWithMe', fields: 'files(id,name,resourceKey)' })).body
    const { id, resourceKey } = files.find(({ name }: drive_v3.Schema$File) => name === 'Supplier terms.txt')
    expect(resourceKey).toMatch(/^0-/)
    expect((await get(sandbox, token, `/files/${id}`)).status).toBe(404)
    expect((await get(sandbox, token, `/files/${id}`, { alt: 'media' })).status).toBe(404)
    const keys = { 'x-goog-drive-resource-keys': `other/0-1, ${id}/${resourceKey}` }
    expect((await get(sandbox, token, `/files/${id}`, {}, keys)).body.name).toBe('Supplier terms.txt')
    const wrong = { 'x-goog-drive-resource-keys': `${id}/0-wrong` }
    expect((await get(sandbox, token, `/files/${id}`, {}, wrong)).status).toBe(404)
    expect((await named('Shortcut to Supplier terms')).shortcutDetails).toEqual({
      targetId: id,
      targetMimeType: 'text/plain',
      targetResourceKey: resourceKey,
    })
  })

  test('in the bin is still there, deleted for good it is not', async () => {
    const shortcut = await named('Shortcut to nothing')
    const path = `/files/${shortcut.shortcutDetails?.targetId}`
    expect((await get(sandbox, token, path, { fields: 'trashed' })).body).toEqual({ trashed: true })
    const { id } = await named('Welcome.md')
    settings({ files: { remove: { path: '/Welcome.md' } } })
    expect((await get(sandbox, token, `/files/${id}`)).status).toBe(404)
  })
})

describe('a shared drive', () => {
  test('is listed by drives.list, and its id is that of its root', async () => {
    const { body } = await get(sandbox, token, '/drives', { pageSize: '100' })
    expect(body).toEqual({
      kind: 'drive#driveList',
      drives: [{ kind: 'drive#drive', id: expect.any(String), name: 'Bakery team' }],
    })
    const [{ id }] = body.drives
    expect((await get(sandbox, token, `/drives/${id}`, { fields: 'name,hidden' })).body).toEqual({
      name: 'Bakery team',
      hidden: false,
    })
    const root = await get(sandbox, token, `/files/${id}`, {
      supportsAllDrives: 'true',
      fields: 'name,driveId,parents',
    })
    expect(root.body).toEqual({ name: 'Drive', driveId: id })
    const bo = (await connect(sandbox, { account: 'Bo' })).access_token
    expect((await get(sandbox, bo, '/drives')).body.drives).toEqual([])
  })

  test('shows its items only to who says that it knows shared drives', async () => {
    const id = await driveId()
    const q = `'${id}' in parents and trashed = false`
    expect(namesOf(await list({ q, ...allDrives }))).toEqual(['Shift plan.csv', 'Photos'])
    expect(namesOf(await list({ q, ...allDrives, corpora: 'drive', driveId: id }))).toHaveLength(2)
    expect(namesOf(await list({ q, ...allDrives, corpora: 'allDrives' }))).toHaveLength(2)
    expect(namesOf(await list({ q }))).toEqual([])
    expect(namesOf(await list({ q, supportsAllDrives: 'true' }))).toEqual([])
    const { files } = (await list({ q, ...allDrives, fields: 'files(id,driveId,parents,ownedByMe)' })).body
    expect(files[0]).toEqual({ id: expect.any(String), driveId: id, parents: [id] })
    expect((await get(sandbox, token, `/files/${files[0].id}`)).status).toBe(404)
    expect((await get(sandbox, token, `/files/${files[0].id}`, { alt: 'media' })).status).toBe(404)
    expect((await get(sandbox, token, `/files/${files[0].id}`, { supportsAllDrives: 'true' })).status).toBe(200)
  })

  test('gives at most 100 items when no size is asked for', async () => {
    const all = namesOf(await list({ q: 'trashed = false' }))
    expect(all).toContain('Recipe 60.md')
    expect(all).not.toContain('Shift plan.csv')
    const everywhere = namesOf(await list({ q: 'trashed = false', ...allDrives, corpora: 'allDrives' }))
    expect(everywhere).toContain('Shift plan.csv')
    const inside = namesOf(await list({ ...allDrives, corpora: 'drive', driveId: await driveId() }))
    expect(inside.sort()).toEqual(['Counter.svg', 'Oven.svg', 'Photos', 'Shift plan.csv'])
  })

  test.each([
    ['includeItemsFromAllDrives alone', { includeItemsFromAllDrives: 'true' }, 403],
    ['corpora=drive without the flags', { corpora: 'drive', driveId: 'x' }, 403],
    ['a driveId without the flags', { driveId: 'x' }, 403],
    ['corpora=drive without a driveId', { ...allDrives, corpora: 'drive' }, 400],
    ['a driveId without corpora=drive', { ...allDrives, driveId: 'x' }, 400],
    ['an unknown drive', { ...allDrives, corpora: 'drive', driveId: 'x' }, 404],
    ['unknown corpora', { corpora: 'world' }, 400],
  ])('%s is refused', async (_, query, status) => {
    expect((await list(query)).status).toBe(status)
  })

  test('is gone for who is no member any more', async () => {
    const id = await driveId()
    settings({ sharedDrive: false })
    expect((await get(sandbox, token, '/drives')).body.drives).toEqual([])
    expect((await list({ ...allDrives, corpora: 'drive', driveId: id })).status).toBe(404)
    expect((await get(sandbox, token, `/files/${id}`, { supportsAllDrives: 'true' })).status).toBe(404)
  })
})

describe('about', () => {
  test('says whose token it is, and wants its fields named', async () => {
    expect((await get(sandbox, token, '/about', { fields: 'user' })).body).toEqual({
      user: {
        kind: 'drive#user',
        displayName: 'Ada Baker',
        me: true,
        permissionId: expect.stringMatching(/^\d{20}$/),
        emailAddress: 'ada@acme.test',
      },
    })
    expect(reasonOf(await get(sandbox, token, '/about'))).toEqual([400, 'required', 'fields'])
  })
})
