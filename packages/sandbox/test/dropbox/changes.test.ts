import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { type Sandbox, startSandbox } from '../../src/index.ts'
import { changesSince, connect, listAll, redirectUri, rpc } from './api.ts'

let sandbox: Sandbox
let ada: string
beforeAll(async () => {
  sandbox = await startSandbox({ only: ['dropbox'], pageSize: 4, redirectUris: [redirectUri] })
})
afterAll(() => sandbox.close())
beforeEach(async () => {
  sandbox.control.reset()
  ada = (await connect(sandbox)).access_token
})

const files = (patch: object) => sandbox.control.settings('dropbox', { files: patch })
const latest = async (argument: object = {}): Promise<string> =>
  (await rpc(sandbox, ada, 'files/list_folder/get_latest_cursor', { path: '', recursive: true, ...argument })).body
    .cursor
// biome-ignore lint/suspicious/noExplicitAny: entries as they come
const short = (entries: any[]) => entries.map((entry) => [entry['.tag'], entry.path_display])

it('tells nothing at first, then what changed, and only once', async () => {
  const start = await latest()
  const none = await changesSince(sandbox, ada, start)
  expect(none.entries).toEqual([])
  files({ write: { path: '/Reports/2026/Q4.csv', text: 'month,loaves\n' } })
  const added = await changesSince(sandbox, ada, none.cursor)
  expect(short(added.entries)).toEqual([['file', '/Reports/2026/Q4.csv']])
  files({ write: { path: '/Reports/2026/Q4.csv', text: 'month,loaves\n10,1\n' } })
  const written = await changesSince(sandbox, ada, added.cursor)
  expect(written.entries[0]).toMatchObject({ id: added.entries[0].id, size: 18 })
  expect(written.entries[0].rev).not.toBe(added.entries[0].rev)
  files({ trash: { path: '/Reports/2026/Q4.csv' } })
  const removed = await changesSince(sandbox, ada, written.cursor)
  expect(removed.entries).toEqual([
    { '.tag': 'deleted', name: 'Q4.csv', path_lower: '/reports/2026/q4.csv', path_display: '/Reports/2026/Q4.csv' },
  ])
  expect((await changesSince(sandbox, ada, removed.cursor)).entries).toEqual([])
})

it('tells an item once, as it is now', async () => {
  const start = await latest()
  for (const text of ['one', 'two', 'three']) files({ write: { path: '/Welcome.md', text } })
  const { entries } = await changesSince(sandbox, ada, start)
  expect(entries.map(({ size }) => size)).toEqual([5])
})

it('tells a rename as a deletion and a file with the same id', async () => {
  const start = await latest()
  const { body } = await rpc(sandbox, ada, 'files/get_metadata', { path: '/Welcome.md' })
  files({ move: { path: '/Welcome.md', to: '/Reports/Hello.md' } })
  const { entries } = await changesSince(sandbox, ada, start)
  expect(short(entries)).toEqual([
    ['deleted', '/Welcome.md'],
    ['file', '/Reports/Hello.md'],
  ])
  expect(entries[1].id).toBe(body.id)
})

it('tells of a folder that moved with all that is in it, over several pages', async () => {
  const start = await latest()
  files({ move: { path: '/Reports', to: '/Archive' } })
  const { entries } = await changesSince(sandbox, ada, start)
  expect(short(entries)).toEqual([
    ['deleted', '/Reports'],
    ['folder', '/Archive'],
    ['folder', '/Archive/2026'],
    ...[1, 2, 3].map((quarter) => ['file', `/Archive/2026/Q${quarter}.csv`]),
    ['folder', '/Archive/2026/Drafts'],
    ['folder', '/Archive/2026/Drafts/Very deep'],
    ['file', '/Archive/2026/Drafts/Very deep/Note to self.txt'],
  ])
})

it('does not tell of changes to the casing of a name', async () => {
  const start = await latest()
  files({ move: { path: '/Welcome.md', to: '/WELCOME.md' } })
  expect((await changesSince(sandbox, ada, start)).entries).toEqual([])
})

it('tells of a file that took the place of another, in order', async () => {
  const start = await latest()
  files({ trash: { path: '/Welcome.md' } })
  files({ write: { path: '/Welcome.md', text: 'Another file' } })
  const { entries } = await changesSince(sandbox, ada, start)
  expect(short(entries)).toEqual([
    ['deleted', '/Welcome.md'],
    ['file', '/Welcome.md'],
  ])
})

it('tells of what was deleted for good, and of what was made and deleted since', async () => {
  const start = await latest()
  files({ write: { path: '/Recipes/Short.md', text: 'Short' } })
  files({ remove: { path: '/Recipes/Short.md' } })
  files({ remove: { path: '/Reports' } })
  expect(short((await changesSince(sandbox, ada, start)).entries)).toEqual([
    ['deleted', '/Recipes/Short.md'],
    ['deleted', '/Reports'],
  ])
})

it('tells of Paper documents by the names that they have here', async () => {
  const start = await latest()
  files({ move: { path: '/Team plan', to: '/Plan' } })
  expect(short((await changesSince(sandbox, ada, start)).entries)).toEqual([
    ['deleted', '/Team plan.paper'],
    ['file', '/Plan.paper'],
  ])
})

it('goes on from the last page of a listing, within its folder', async () => {
  const { cursor } = await listAll(sandbox, ada, { path: '/Reports', recursive: true })
  const flat = await listAll(sandbox, ada, { path: '/Reports' })
  files({ write: { path: '/Reports/2026/Q4.csv', text: 'x' } })
  files({ write: { path: '/Reports/Summary.md', text: 'x' } })
  files({ write: { path: '/Elsewhere.md', text: 'x' } })
  files({ move: { path: '/Reports/2026/Q1.csv', to: '/Q1.csv' } })
  expect(short((await changesSince(sandbox, ada, cursor)).entries)).toEqual([
    ['file', '/Reports/2026/Q4.csv'],
    ['file', '/Reports/Summary.md'],
    ['deleted', '/Reports/2026/Q1.csv'],
  ])
  expect(short((await changesSince(sandbox, ada, flat.cursor)).entries)).toEqual([['file', '/Reports/Summary.md']])
})

it('pages through many changes without losing or doubling one', async () => {
  const start = await latest()
  const names = Array.from({ length: 23 }, (_, index) => `/New ${index}.txt`)
  for (const path of names) files({ write: { path, text: path } })
  let cursor = start
  const told: string[] = []
  for (let pages = 0; ; pages++) {
    const { body } = await rpc(sandbox, ada, 'files/list_folder/continue', { cursor })
    expect(body.entries.length).toBeLessThanOrEqual(4)
    told.push(...body.entries.map(({ path_display }: { path_display: string }) => path_display))
    cursor = body.cursor
    if (!body.has_more) {
      expect(pages).toBe(5)
      break
    }
  }
  expect(told).toEqual(names)
})

it('loses nothing that changes while an answer is being made', async () => {
  const start = await latest()
  files({ move: { path: '/Videos/Open day.mp4', to: '/Open day.mp4' } })
  // Its hash takes a while.
  const first = rpc(sandbox, ada, 'files/list_folder/continue', { cursor: start })
  const requests = () => sandbox.control.requests('dropbox').filter(({ path }) => path.endsWith('/continue'))
  while (requests().length === 0) await new Promise((resolve) => setImmediate(resolve))
  expect(requests()[0]!.status, 'whether it is still being made').toBe(0)
  files({ write: { path: '/Meanwhile.md', text: 'x' } })
  const { body } = await first
  const { entries } = await changesSince(sandbox, ada, body.cursor)
  expect(short([...body.entries, ...entries])).toEqual([
    ['deleted', '/Videos/Open day.mp4'],
    ['file', '/Open day.mp4'],
    ['file', '/Meanwhile.md'],
  ])
}, 30_000)
