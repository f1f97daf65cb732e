import { type drive_v3, drive as driveClient } from '@googleapis/drive'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Sandbox } from '../../src/index.ts'
import { allDrives, connect, endpoint, get, type Query, startDrive } from './stand.ts'

let sandbox: Sandbox
let token: string
let drive: drive_v3.Drive
let root: { rootUrl: string }
beforeAll(async () => {
  sandbox = await startDrive(25)
  token = (await connect(sandbox)).access_token
  // Given with each call: one for all of them would lose its path.
  root = { rootUrl: endpoint(sandbox, 'api').replace(/drive\/v3$/, '') }
  drive = driveClient({ version: 'v3', headers: { authorization: `Bearer ${token}` }, retry: false })
})
afterAll(() => sandbox.close())

const fields = 'nextPageToken,files(id,name,mimeType,size,md5Checksum,modifiedTime,parents)'
const flags = { supportsAllDrives: true, includeItemsFromAllDrives: true }

/** The same list by hand. */
async function raw(query: Query): Promise<drive_v3.Schema$File[]> {
  const files: drive_v3.Schema$File[] = []
  let pageToken: string | undefined
  do {
    const { body } = await get(sandbox, token, '/files', { fields, ...query, ...(pageToken ? { pageToken } : {}) })
    files.push(...body.files)
    pageToken = body.nextPageToken
  } while (pageToken)
  return files
}

async function official(query: drive_v3.Params$Resource$Files$List): Promise<drive_v3.Schema$File[]> {
  const files: drive_v3.Schema$File[] = []
  let pageToken: string | null | undefined
  do {
    const { data } = await drive.files.list({ fields, ...query, ...(pageToken ? { pageToken } : {}) }, root)
    files.push(...(data.files ?? []))
    pageToken = data.nextPageToken
  } while (pageToken)
  return files
}

/** The vendor's own client, so that the sandbox is judged by more than its authors. */
test('lists and pages as raw HTTP does', async () => {
  const recipes = (await official({ q: "'root' in parents" })).find(({ name }) => name === 'Recipes')
  const q = `'${recipes?.id}' in parents and trashed = false`
  const listed = await official({ q, pageSize: 1000, orderBy: 'name_natural' })
  expect(listed).toHaveLength(60)
  expect(listed).toEqual(await raw({ q, pageSize: '1000', orderBy: 'name_natural' }))
  const { data } = await drive.drives.list({ pageSize: 100 }, root)
  const driveId = data.drives?.[0]?.id ?? ''
  const inside = await official({ corpora: 'drive', driveId, ...flags })
  expect(inside).toEqual(await raw({ corpora: 'drive', driveId, ...allDrives }))
  expect(inside).toHaveLength(4)
})

test('reads metadata, bytes and parts', async () => {
  const file = (await official({ q: "'root' in parents" })).find(({ name }) => name === 'Price list.csv')
  const fileId = file?.id ?? ''
  const { data } = await drive.files.get({ fileId, fields: '*' }, root)
  expect(data).toMatchObject({ ...file, capabilities: { canDownload: true } })
  const whole = await drive.files.get({ fileId, alt: 'media' }, { ...root, responseType: 'text' })
  expect(whole.data).toBe('product,price\nRye bread,4.20\nCroissant,1.90\n')
  const part = await drive.files.get(
    { fileId, alt: 'media' },
    { ...root, responseType: 'text', headers: { range: 'bytes=0-6' } },
  )
  expect([part.status, part.data]).toEqual([206, 'product'])
})

test('exports', async () => {
  const document = (await official({ q: "'root' in parents" })).find(({ name }) => name === 'Team plan')
  const exported = await drive.files.export(
    { fileId: document?.id ?? '', mimeType: 'text/markdown' },
    { ...root, responseType: 'text' },
  )
  expect(exported.data).toBe('Team plan\n\nHire one more baker by May.\n')
})

test('follows changes', async () => {
  const { startPageToken } = (await drive.changes.getStartPageToken({}, root)).data
  sandbox.control.settings('google-drive', { files: { write: { path: '/New.txt', text: 'new' } } })
  const { data } = await drive.changes.list({ pageToken: startPageToken ?? '', fields: '*', ...flags }, root)
  expect(data.changes).toMatchObject([{ changeType: 'file', removed: false, file: { name: 'New.txt', size: '3' } }])
  expect(data.newStartPageToken).toEqual(expect.any(String))
})

test('says who it is, and understands the errors', async () => {
  expect((await drive.about.get({ fields: 'user' }, root)).data.user?.emailAddress).toBe('ada@acme.test')
  await expect(drive.files.get({ fileId: 'none' }, root)).rejects.toMatchObject({
    status: 404,
    message: 'File not found: none.',
  })
  sandbox.control.fault({ provider: 'google-drive', kind: 'status', code: 'userRateLimitExceeded' })
  await expect(drive.files.list({}, root)).rejects.toMatchObject({ status: 403, message: 'User Rate Limit Exceeded' })
})
