import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { type Sandbox, startSandbox } from '../../src/index.ts'
import { changesSince, connect, content, listAll, redirectUri, rpc } from './api.ts'

let sandbox: Sandbox
let ada: string
let root: string
let home: string
beforeAll(async () => {
  sandbox = await startSandbox({ only: ['dropbox'], redirectUris: [redirectUri] })
})
afterAll(() => sandbox.close())
beforeEach(async () => {
  sandbox.control.reset()
  ada = (await connect(sandbox)).access_token
  const { root_info: info } = (await rpc(sandbox, ada, 'users/get_current_account')).body
  root = info.root_namespace_id
  home = info.home_namespace_id
})

const paths = (entries: { path_display?: string }[]) => entries.map(({ path_display }) => path_display)
const withRoot = (value: object) => ({ headers: { 'dropbox-api-path-root': JSON.stringify(value) } })

it('is not seen without the header: the root is the home', async () => {
  expect(root).not.toBe(home)
  const { entries } = await listAll(sandbox, ada, { path: '' })
  expect(paths(entries)).toContain('/Welcome.md')
  expect(paths(entries)).not.toContain('/Bakery team')
  const explicit = await rpc(sandbox, ada, 'files/list_folder', { path: '' }, withRoot({ '.tag': 'home' }))
  expect(paths(explicit.body.entries)).toContain('/Welcome.md')
})

it('has the team folder and the home at its root', async () => {
  const { entries } = await listAll(sandbox, ada, { path: '' }, { root })
  expect(entries).toEqual([
    expect.objectContaining({ '.tag': 'folder', name: 'Ada Baker', path_display: '/Ada Baker' }),
    expect.objectContaining({
      '.tag': 'folder',
      name: 'Bakery team',
      path_lower: '/bakery team',
      sharing_info: expect.objectContaining({ shared_folder_id: '3235651' }),
    }),
  ])
  const team = await listAll(sandbox, ada, { path: '/bakery team' }, { root })
  expect(paths(team.entries)).toEqual(['/Bakery team/Shift plan.csv', '/Bakery team/Photos'])
  const [, id] = entries.map((entry) => entry.id)
  expect((await listAll(sandbox, ada, { path: id }, { root })).entries).toEqual(team.entries)
  const mine = await rpc(sandbox, ada, 'files/get_metadata', { path: '/ADA baker/welcome.md' }, { root })
  expect(mine.body).toMatchObject({ path_display: '/Ada Baker/Welcome.md' })
})

it('leaves mounted folders out when it is told to', async () => {
  const argument = { path: '', include_mounted_folders: false }
  expect(paths((await listAll(sandbox, ada, argument, { root })).entries)).toEqual(['/Ada Baker'])
})

it('lists everything below, of the team and of the home', async () => {
  const all = paths((await listAll(sandbox, ada, { path: '', recursive: true }, { root })).entries)
  expect(all).toEqual(
    expect.arrayContaining(['/Bakery team/Photos/Oven.svg', '/Ada Baker/Recipes/Recipe 60.md', '/Bakery team']),
  )
  expect(new Set(all).size).toBe(all.length)
})

it('gives files of the team to whoever looks from its root, by path and by id', async () => {
  const { entries } = await listAll(sandbox, ada, { path: '/Bakery team' }, { root })
  const { id } = entries[0]
  expect((await content(sandbox, ada, 'files/download', { path: id }, { root })).text).toContain('day,who')
  const blind = await content(sandbox, ada, 'files/download', { path: id })
  expect(blind.body.error_summary).toMatch(/^path\/not_found/)
})

it('is reached by its namespace, where what is not mounted has no path', async () => {
  const byNamespace = await rpc(sandbox, ada, 'files/list_folder', { path: 'ns:3235651' })
  expect(byNamespace.body.entries.map(({ name }: { name: string }) => name)).toEqual(['Shift plan.csv', 'Photos'])
  expect(byNamespace.body.entries[0]).not.toHaveProperty('path_display')
  const { body } = await rpc(
    sandbox,
    ada,
    'files/list_folder',
    { path: '' },
    withRoot({ '.tag': 'namespace_id', namespace_id: '3235651' }),
  )
  expect(paths(body.entries)).toEqual(['/Shift plan.csv', '/Photos'])
})

it('answers a stale root with the new one', async () => {
  sandbox.control.settings('dropbox', { teamRootNamespaceId: '3240000' })
  for (const name of ['files/list_folder', 'files/get_metadata']) {
    const { status, body } = await rpc(sandbox, ada, name, { path: '/Bakery team' }, { root })
    expect(status).toBe(422)
    expect(body).toEqual({
      error_summary: expect.stringMatching(/^invalid_root\/\.+$/),
      error: {
        '.tag': 'invalid_root',
        invalid_root: {
          '.tag': 'team',
          root_namespace_id: '3240000',
          home_namespace_id: home,
          home_path: '/Ada Baker',
        },
      },
    })
  }
  const download = await content(sandbox, ada, 'files/download', { path: '/Ada Baker/Welcome.md' }, { root })
  expect(download.status).toBe(422)
  expect((await listAll(sandbox, ada, { path: '' }, { root: '3240000' })).entries).toHaveLength(2)
})

it('answers a namespace without access, and a header that is none', async () => {
  const ask = (value: object) => rpc(sandbox, ada, 'files/list_folder', { path: '' }, withRoot(value))
  const foreign = await ask({ '.tag': 'namespace_id', namespace_id: '4471902' })
  expect([foreign.status, foreign.body.error]).toEqual([422, { '.tag': 'no_permission' }])
  for (const wrong of [{ '.tag': 'root' }, { root }, { '.tag': 'moon' }]) expect((await ask(wrong)).status).toBe(400)
})

it('tells changes by the paths of its root, and resets a cursor of another root', async () => {
  const ask = { path: '', recursive: true }
  const { cursor } = (await rpc(sandbox, ada, 'files/list_folder/get_latest_cursor', ask, { root })).body
  sandbox.control.settings('dropbox', { files: { move: { path: '/Welcome.md', to: '/Hello.md' } } })
  const { entries } = await changesSince(sandbox, ada, cursor, { root })
  expect(paths(entries)).toEqual(['/Ada Baker/Welcome.md', '/Ada Baker/Hello.md'])
  const { body } = await rpc(sandbox, ada, 'files/list_folder/continue', { cursor })
  expect(body.error).toEqual({ '.tag': 'reset' })
})

it('is no more when the account leaves the team', async () => {
  sandbox.control.settings('dropbox', { teamRootNamespaceId: null })
  const { root_info: info } = (await rpc(sandbox, ada, 'users/get_current_account')).body
  expect(info).toEqual({ '.tag': 'user', root_namespace_id: home, home_namespace_id: home })
  const stale = await rpc(sandbox, ada, 'files/list_folder', { path: '' }, { root })
  expect([stale.status, stale.body.error.invalid_root['.tag']]).toEqual([422, 'user'])
  expect((await rpc(sandbox, ada, 'files/list_folder', { path: '' }, { root: home })).status).toBe(200)
})
