import type { drive_v3 } from '@googleapis/drive'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Sandbox } from '../../src/index.ts'
import { type Answer, allDrives, connect, get, type Query, startDrive } from './stand.ts'

let sandbox: Sandbox
let token: string
beforeAll(async () => {
  sandbox = await startDrive(3)
})
afterAll(() => sandbox.close())
beforeEach(async () => {
  sandbox.control.reset()
  token = (await connect(sandbox)).access_token
})

const files = (patch: object) => sandbox.control.settings('google-drive', { files: patch })
const drive = (patch: object) => sandbox.control.settings('google-drive', { sharedDriveFiles: patch })
const start = async (query: Query = {}): Promise<string> =>
  (await get(sandbox, token, '/changes/startPageToken', query)).body.startPageToken
const changes = (pageToken: string, query: Query = {}): Promise<Answer> =>
  get(sandbox, token, '/changes', { pageToken, ...query })
const told = ({ body }: Answer) =>
  body.changes.map(({ removed, file, drive: shared }: drive_v3.Schema$Change) => [
    removed,
    file?.name ?? shared?.name,
    file?.trashed,
  ])
const fields =
  'nextPageToken,newStartPageToken,changes(changeType,removed,fileId,driveId,time,file(id,name,trashed),drive(id,name))'
const driveId = async () => (await get(sandbox, token, '/drives')).body.drives[0].id as string

describe('the log of a user', () => {
  test('begins now, and is empty until something happens', async () => {
    const token = await start()
    expect(token).toMatch(/^\d+$/)
    const { body } = await changes(token)
    expect(body).toEqual({ kind: 'drive#changeList', newStartPageToken: token, changes: [] })
  })

  test('tells what was made, written, moved and put into the bin, as it is now', async () => {
    const from = await start()
    files({ write: { path: '/New.txt', text: 'a' } })
    files({ move: { path: '/Welcome.md', to: '/Reports/Hello.md' } })
    files({ trash: { path: '/Opening hours.txt' } })
    const page = await changes(from, { fields, includeRemoved: 'true' })
    expect(told(page)).toEqual([
      [false, 'New.txt', false],
      [false, 'Hello.md', false],
      [false, 'Opening hours.txt', true],
    ])
    expect(page.body.changes[0]).toMatchObject({ changeType: 'file', fileId: page.body.changes[0].file.id })
    expect((await changes(page.body.newStartPageToken)).body.changes).toEqual([])
  })

  test('has of each item its newest entry alone', async () => {
    const from = await start()
    files({ write: { path: '/New.txt', text: 'a' } })
    files({ folder: { path: '/Folder' } })
    files({ write: { path: '/New.txt', text: 'b' } })
    files({ move: { path: '/New.txt', to: '/Newer.txt' } })
    expect(told(await changes(from, { fields }))).toEqual([
      [false, 'Folder', false],
      [false, 'Newer.txt', false],
    ])
  })

  test('has no file for what was deleted for good, and leaves that out when asked to', async () => {
    const from = await start()
    files({ remove: { path: '/Reports' } })
    const { body } = await changes(from, { fields })
    expect(body.changes).toEqual([
      { changeType: 'file', removed: true, fileId: expect.any(String), time: expect.any(String) },
    ])
    expect((await changes(from, { includeRemoved: 'false' })).body.changes).toEqual([])
  })

  test('comes in pages, whose tokens do not die', async () => {
    const from = await start()
    for (let number = 1; number <= 7; number++) files({ write: { path: `/${number}.txt`, text: '' } })
    const first = await changes(from, { fields, pageSize: '1000' })
    expect(told(first)).toHaveLength(3)
    expect(first.body).not.toHaveProperty('newStartPageToken')
    sandbox.control.settings('google-drive', { accessTokenSeconds: 1_000_000, pageTokenSeconds: 0 })
    token = (await connect(sandbox)).access_token
    sandbox.control.advance(86_400)
    const second = await changes(first.body.nextPageToken, { fields, pageSize: '2' })
    const third = await changes(second.body.nextPageToken, { fields })
    expect([...told(first), ...told(second), ...told(third)].map(([, name]) => name)).toEqual(
      [1, 2, 3, 4, 5, 6]
        .map((number) => `${number}.txt`)
        .slice(0, 5)
        .concat(['6.txt', '7.txt']),
    )
    expect(third.body).toHaveProperty('newStartPageToken')
    expect(third.body).not.toHaveProperty('nextPageToken')
  })

  test.each(['', 'BOGUS', '1', '99999999'])('the page token %j is refused', async (pageToken) => {
    const { status, body } = await changes(pageToken)
    expect([status, body.error.errors[0].location]).toEqual([400, 'pageToken'])
  })

  test('without a page token there is none', async () => {
    const { status, body } = await get(sandbox, token, '/changes')
    expect([status, body.error.errors[0].reason]).toEqual([400, 'required'])
  })

  test('is not told of the files of another account', async () => {
    const bo = (await connect(sandbox, { account: 'Bo' })).access_token
    const { startPageToken } = (await get(sandbox, bo, '/changes/startPageToken')).body
    files({ write: { path: '/New.txt', text: '' } })
    expect((await get(sandbox, bo, '/changes', { pageToken: startPageToken })).body.changes).toEqual([])
  })
})

describe('the log of a shared drive', () => {
  test('alone tells what happens inside it', async () => {
    const id = await driveId()
    const [mine, its] = [await start(), await start({ ...allDrives, driveId: id })]
    drive({ write: { path: '/Rota.txt', text: '' } })
    files({ write: { path: '/Mine.txt', text: '' } })
    expect(told(await changes(mine, { ...allDrives, fields }))).toEqual([[false, 'Mine.txt', false]])
    const page = await changes(its, { ...allDrives, driveId: id, fields })
    expect(told(page)).toEqual([[false, 'Rota.txt', false]])
    expect(page.body.changes[0].driveId).toBe(id)
    // A token of one log is none of the other.
    expect((await changes(its)).status).toBe(400)
    expect((await changes(mine, { ...allDrives, driveId: id })).status).toBe(400)
  })

  test('needs its flag, and a member', async () => {
    const id = await driveId()
    const its = await start({ ...allDrives, driveId: id })
    expect((await changes(its, { driveId: id })).status).toBe(403)
    sandbox.control.settings('google-drive', { sharedDrive: false })
    expect((await changes(its, { ...allDrives, driveId: id })).status).toBe(404)
  })

  test('membership stands in the log of the user', async () => {
    const id = await driveId()
    const from = await start()
    sandbox.control.settings('google-drive', { sharedDrive: false })
    const left = await changes(from, { ...allDrives, fields })
    expect(left.body.changes).toEqual([{ changeType: 'drive', removed: true, driveId: id, time: expect.any(String) }])
    sandbox.control.settings('google-drive', { sharedDrive: true })
    const joined = await changes(left.body.newStartPageToken, { ...allDrives, fields })
    expect(joined.body.changes[0]).toMatchObject({ removed: false, drive: { id, name: 'Bakery team' } })
    expect((await changes(from, { fields })).body.changes).toEqual([])
  })
})
