import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Sandbox, startSandbox } from '../../src/index.ts'
import { all, graph, itemAt, redirectUri, signIn } from './api.ts'

let sandbox: Sandbox
let ada: string
beforeAll(async () => {
  sandbox = await startSandbox({ only: ['onedrive'], redirectUris: [redirectUri], pageSize: 10 })
})
afterAll(() => sandbox?.close())
beforeEach(async () => {
  sandbox.control.reset()
  ada = (await signIn(sandbox)).access_token
})
const delta = '/me/drive/root/delta'
const files = (patch: object) => sandbox.control.settings('onedrive', { files: patch })
const latest = async () => (await graph(sandbox, ada, `${delta}?token=latest`)).body

describe('a delta', () => {
  test('begins with everything, the root first, each once, and without paths', async () => {
    const { items, pages, last } = await all(sandbox, ada, delta)
    expect(pages).toBeGreaterThan(8)
    expect(items[0]).toMatchObject({ name: 'root', root: {}, folder: {} })
    expect(new Set(items.map(({ id }) => id)).size).toBe(items.length)
    expect(items.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['Recipe 60.md', 'From Bo', 'Bakery notebook']),
    )
    expect(items.map(({ name }) => name)).not.toContain('Harbour map.txt')
    for (const { parentReference } of items) expect(parentReference).not.toHaveProperty('path')
    expect((await graph(sandbox, ada, last['@odata.deltaLink']!)).body.value).toEqual([])
  })

  test('or with nothing, and tells what comes later', async () => {
    const start = await latest()
    expect(start.value).toEqual([])
    expect(start).not.toHaveProperty('@odata.nextLink')
    files({ write: { path: '/New.txt', text: 'new' } })
    const { body } = await graph(sandbox, ada, start['@odata.deltaLink']!)
    expect(body.value).toMatchObject([{ name: 'New.txt', size: 3, file: {} }])
    expect((await graph(sandbox, ada, body['@odata.deltaLink']!)).body.value).toEqual([])
  })

  test('what changes while everything is told comes afterwards', async () => {
    const first = (await graph(sandbox, ada, delta)).body
    files({ write: { path: '/Welcome.md', text: 'meanwhile' } })
    const { last } = await all(sandbox, ada, first['@odata.nextLink']!)
    expect((await graph(sandbox, ada, last['@odata.deltaLink']!)).body.value).toMatchObject([
      { name: 'Welcome.md', size: 9 },
    ])
  })

  test('tells of an item once for each of its changes, the last as it is now', async () => {
    const start = await latest()
    files({ write: { path: '/Twice.txt', text: '1' } })
    files({ write: { path: '/Twice.txt', text: '22' } })
    const { body } = await graph(sandbox, ada, start['@odata.deltaLink']!)
    expect(body.value.map(({ size }) => size)).toEqual([1, 2])
    expect(new Set(body.value.map(({ id }) => id)).size).toBe(1)
  })

  test('tells of what is gone by its id and its parent alone', async () => {
    const { id, parentReference } = await itemAt(sandbox, ada, '/Reports')
    const start = await latest()
    files({ trash: { path: '/Reports' } })
    const { body } = await graph(sandbox, ada, start['@odata.deltaLink']!)
    expect(body.value).toEqual([
      {
        id,
        deleted: { state: 'deleted' },
        parentReference: { driveId: parentReference?.driveId, driveType: 'business', id: parentReference?.id },
      },
    ])
  })

  test('comes in pages, and keeps its select', async () => {
    const start = (await graph(sandbox, ada, `${delta}?token=latest&$select=id,name,deleted`)).body
    for (let number = 0; number < 25; number++) files({ write: { path: `/${number}.txt`, text: 'x' } })
    const { items, pages } = await all(sandbox, ada, start['@odata.deltaLink']!)
    expect([items.length, pages]).toEqual([25, 3])
    expect(Object.keys(items[0]!)).toEqual(['id', 'name'])
  })

  test('is told of the root of a drive, its own', async () => {
    const { id } = await itemAt(sandbox, ada, '/Reports')
    expect((await graph(sandbox, ada, `/me/drive/items/${id}/delta`)).status).toBe(400)
    const token = new URL((await latest())['@odata.deltaLink']!).searchParams.get('token')
    const team = (await graph(sandbox, ada, '/me/drives')).body.value[1]!
    expect((await graph(sandbox, ada, `/drives/${team.id}/root/delta?token=${token}`)).status).toBe(400)
    expect((await all(sandbox, ada, `/drives/${team.id}/root/delta`)).items.map(({ name }) => name)).toContain(
      'Shift plan.csv',
    )
  })

  test.each([
    ['Ada', 'resyncRequired'],
    ['Bo', 'ResyncChangesApplyDifferences'],
  ] as const)('that was forgotten is 410 for %s, and says where to start anew', async (account, code) => {
    const by = (await signIn(sandbox, account)).access_token
    const link = (await graph(sandbox, by, `${delta}?token=latest`)).body['@odata.deltaLink']!
    sandbox.control.settings('onedrive', { expireCursors: true })
    const { status, body, headers } = await graph(sandbox, by, link)
    expect([status, body.error.code]).toEqual([410, code])
    expect((await all(sandbox, by, headers.get('location')!)).items[0]).toMatchObject({ root: {} })
    expect((await graph(sandbox, by, `${delta}?token=made.up`)).status).toBe(410)
  })
})
