import type { DataSourceContext } from '@wellhead/datasource-node'
import { type Sandbox, startSandbox } from '@wellhead/sandbox'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { dropbox } from '../src/index.ts'
import { authorize, connect, redirectUri } from './connect.ts'
import { homeAccount, page, sent, startScriptedDropbox } from './scripted-dropbox.ts'

let sandbox: Sandbox
let ctx: DataSourceContext
beforeAll(async () => {
  sandbox = await startSandbox({ only: ['dropbox'], redirectUris: [redirectUri] })
})
afterAll(() => sandbox?.close())
beforeEach(async () => {
  sandbox.control.reset()
  ctx = (await authorize(sandbox)).context()
})

const counted = (name: string) => sandbox.control.requests('dropbox').filter(({ path }) => path === `/2/${name}`).length
const textOf = async (id: string) => new Response((await dropbox.download(ctx, { id })).body).text()

describe('an account with a team space', () => {
  it('has the folders of its team at its top, and its own', async () => {
    const { entries, nextCursor } = await dropbox.listFolder(ctx, {})
    expect(nextCursor).toBeNull()
    expect(entries.map(({ name, type, path }) => [name, type, path])).toEqual([
      ['Ada Baker', 'folder', '/Ada Baker'],
      ['Bakery team', 'folder', '/Bakery team'],
    ])
    const [home, team] = entries
    const own = (await dropbox.listFolder(ctx, { folder: home!.id })).entries
    expect(own.find(({ name }) => name === 'Welcome.md')).toMatchObject({
      path: '/Ada Baker/Welcome.md',
      parentId: home!.id,
    })
    const shared = (await dropbox.listFolder(ctx, { folder: team!.id })).entries
    expect(shared.map(({ name }) => name)).toEqual(['Shift plan.csv', 'Photos'])
    expect(await textOf(shared[0]!.id)).toContain('day,who')
    expect(await textOf(own.find(({ name }) => name === 'Team plan.paper')!.id)).toContain('# Team plan')
  })

  it('is asked for its root once in a context, however many calls there are', async () => {
    await Promise.all([
      dropbox.listFolder(ctx, {}),
      dropbox.listFolder(ctx, { folder: '/Bakery team' }),
      dropbox.changes(ctx, {}),
    ])
    expect(counted('users/get_current_account')).toBe(1)
    const other = (await authorize(sandbox, { account: 'Bo' })).context()
    expect((await dropbox.listFolder(other, {})).entries.map(({ name }) => name)).toEqual(['Notes.txt', 'Nothing here'])
    expect(counted('users/get_current_account')).toBe(2)
  })

  it('follows a root that has changed, in a listing, a download and the changes', async () => {
    const { entries } = await dropbox.listFolder(ctx, { folder: '/Bakery team' })
    const { nextCursor } = await dropbox.changes(ctx, {})
    sandbox.control.settings('dropbox', { teamRootNamespaceId: '3240000' })
    expect(await textOf(entries[0]!.id)).toContain('day,who')
    expect((await dropbox.listFolder(ctx, {})).entries).toHaveLength(2)
    sandbox.control.settings('dropbox', { teamRootNamespaceId: '3250000' })
    expect((await dropbox.listFolder(ctx, {})).entries).toHaveLength(2)
    // Its paths were those of another root.
    await expect(dropbox.changes(ctx, { cursor: nextCursor })).rejects.toMatchObject({ code: 'cursor_expired' })
    sandbox.control.settings('dropbox', { teamRootNamespaceId: null })
    expect((await dropbox.listFolder(ctx, {})).entries.map(({ name }) => name)).toContain('Welcome.md')
  })

  it('tells what changed in its team and in its home, by their paths', async () => {
    const { nextCursor: cursor } = await dropbox.changes(ctx, {})
    sandbox.control.settings('dropbox', { files: { move: { path: '/Welcome.md', to: '/Hello.md' } } })
    const { changed, deleted } = await dropbox.changes(ctx, { cursor })
    expect(changed).toMatchObject([{ name: 'Hello.md', path: '/Ada Baker/Hello.md' }])
    expect(deleted).toEqual([{ id: null, path: '/ada baker/welcome.md' }])
  })
})

describe('a path root on a scripted server', () => {
  const account = (root: string) => ({
    body: {
      ...homeAccount,
      root_info: { '.tag': 'team', root_namespace_id: root, home_namespace_id: '1', home_path: '/A' },
    },
  })
  const moved = {
    status: 422,
    body: { error_summary: 'invalid_root/..', error: { '.tag': 'invalid_root', invalid_root: {} } },
  }

  it('is in every call about files, and in no other', async () => {
    await using server = await startScriptedDropbox(({ name }) => {
      if (name === 'users/get_current_account') return account('2')
      if (name === 'files/download') return sent({ id: 'id:1', name: 'a.txt', size: 1 }, 'a')
      if (name === 'files/get_metadata') return { body: { '.tag': 'folder', id: 'id:f', name: 'f' } }
      return name.endsWith('latest_cursor') ? { body: { cursor: 'c' } } : page([], 'c2', !name.endsWith('continue'))
    })
    const on = connect(server.endpoints)
    const { nextCursor } = await dropbox.listFolder(on, { folder: '/f' })
    await dropbox.listFolder(on, { folder: '/f', cursor: nextCursor! })
    await dropbox.changes(on, { cursor: (await dropbox.changes(on, {})).nextCursor })
    await (await dropbox.download(on, { id: 'id:1' })).body.cancel()
    const [first, ...rest] = server.asked
    expect(first?.headers['dropbox-api-path-root']).toBeUndefined()
    expect(rest).toHaveLength(6)
    for (const { headers } of rest)
      expect(JSON.parse(String(headers['dropbox-api-path-root']))).toEqual({ '.tag': 'root', root: '2' })
  })

  it('is followed once; one that keeps moving, or does not move, is an error', async () => {
    let root = 2
    await using server = await startScriptedDropbox(({ name }) =>
      name === 'users/get_current_account' ? account(String(root++)) : moved,
    )
    await expect(dropbox.listFolder(connect(server.endpoints), {})).rejects.toMatchObject({
      code: 'invalid_request',
      status: 422,
    })
    expect(server.asked.map(({ name }) => name)).toEqual([
      'users/get_current_account',
      'files/list_folder',
      'users/get_current_account',
      'files/list_folder',
    ])
    await using still = await startScriptedDropbox(({ name }) =>
      name === 'users/get_current_account' ? account('2') : moved,
    )
    await expect(dropbox.listFolder(connect(still.endpoints), {})).rejects.toMatchObject({ status: 422 })
    expect(still.asked).toHaveLength(3)
  })

  it('without access to it is said, and not retried', async () => {
    const denied = { status: 422, body: { error_summary: 'no_permission/.', error: { '.tag': 'no_permission' } } }
    await using server = await startScriptedDropbox(({ name }) =>
      name === 'users/get_current_account' ? account('2') : denied,
    )
    await expect(dropbox.listFolder(connect(server.endpoints), {})).rejects.toMatchObject({ code: 'missing_scope' })
  })

  it('that could not be found is asked for again by the next call', async () => {
    let times = 0
    await using server = await startScriptedDropbox(({ name }) => {
      if (name !== 'users/get_current_account') return page([])
      return ++times === 1 ? { status: 503, body: '' } : account('2')
    })
    const on = connect(server.endpoints)
    await expect(dropbox.listFolder(on, {})).rejects.toMatchObject({ code: 'provider_unavailable' })
    expect(await dropbox.listFolder(on, {})).toEqual({ entries: [], nextCursor: null, warnings: [] })
  })

  it('is not sent by an account that does not say what its root is', async () => {
    await using server = await startScriptedDropbox(({ name }) =>
      name === 'users/get_current_account' ? { body: { account_id: 'dbid:1' } } : page([]),
    )
    await dropbox.listFolder(connect(server.endpoints), {})
    expect(server.asked[1]?.headers['dropbox-api-path-root']).toBeUndefined()
  })
})
