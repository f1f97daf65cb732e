import { loadDataSources, paceOf } from '@wellhead/plugin-host'
import { type Sandbox, startSandbox } from '@wellhead/sandbox'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { dropbox } from '../src/index.ts'
import { authorize, connect, redirectUri } from './connect.ts'
import { homeAccount, startScriptedDropbox } from './scripted-dropbox.ts'

let sandbox: Sandbox
beforeAll(async () => {
  sandbox = await startSandbox({ only: ['dropbox'], redirectUris: [redirectUri] })
})
afterAll(() => sandbox?.close())

it('is a data source that the host accepts', async () => {
  const registry = await loadDataSources({
    builtin: { dropbox: () => import('../src/index.ts') },
    plugins: [],
    baseDir: import.meta.dirname,
  })
  const hosted = registry.get('dropbox')
  expect(hosted?.source).toBe(dropbox)
  expect(paceOf(hosted!, {})).toMatchObject({ parallel: 5 })
})

it('authorizes as Dropbox documents it', () => {
  expect(dropbox.auth[0]).toMatchObject({
    scopes: ['account_info.read', 'files.metadata.read', 'files.content.read'],
    // A list that is joined by commas is refused.
    scopeDelimiter: ' ',
    clientAuth: 'post',
    tokenRequestFormat: 'form',
    authorizeParams: { token_access_type: 'offline' },
    pkce: true,
    rotation: 'keeps',
    replay: { kind: 'safe' },
    assumedLifetimeSeconds: 14_400,
    revoke: { token: 'access_token', auth: 'bearer' },
    tokenErrors: {},
  })
  expect(dropbox.auth[0]).not.toHaveProperty('keepAliveSeconds')
})

it('lets the credential go to the two hosts of the API alone', () => {
  const hosts = dropbox.hosts({ endpoints: dropbox.endpoints, settings: {} })
  expect(hosts.map((host) => new URL(host).origin)).toEqual([
    'https://api.dropboxapi.com',
    'https://content.dropboxapi.com',
  ])
})

it('Dropbox asked without offline access and stored as "never expires": it is offline, lives 14,400 seconds, and is refreshed after them', async () => {
  const { tokens, refreshes, context } = await authorize(sandbox)
  expect(tokens.refresh_token).toEqual(expect.any(String))
  expect(tokens.expires_in).toBe(dropbox.auth[0].assumedLifetimeSeconds)
  sandbox.control.advance(14_399)
  await dropbox.listFolder(context(), {})
  expect(refreshes()).toBe(0)
  sandbox.control.advance(2)
  expect((await dropbox.listFolder(context(), {})).entries).not.toEqual([])
  expect(refreshes()).toBe(1)
  // Long after, too: a refresh token does not die of disuse.
  sandbox.control.advance(400 * 86_400)
  await dropbox.listFolder(context(), {})
  expect(refreshes()).toBe(2)
})

it('does not refresh for what a refresh cannot mend', async () => {
  const { refreshes, context } = await authorize(sandbox)
  for (const [code, meaning] of [
    ['missing_scope', 'missing_scope'],
    ['user_suspended', 'unauthorized'],
  ]) {
    sandbox.control.fault({ provider: 'dropbox', match: 'list_folder', kind: 'status', status: 401, code: code! })
    await expect(dropbox.listFolder(context(), {})).rejects.toMatchObject({ code: meaning })
  }
  expect(refreshes()).toBe(0)
})

it('says that the app itself lacks a permission', async () => {
  const { context } = await authorize(sandbox)
  sandbox.control.settings('dropbox', { appScopes: ['account_info.read'] })
  const listed = dropbox.listFolder(context(), {})
  await expect(listed).rejects.toMatchObject({ code: 'missing_scope', message: expect.stringContaining('Permissions') })
  sandbox.control.settings('dropbox', { appScopes: ['account_info.read', 'files.metadata.read', 'files.content.read'] })
})

describe('identify', () => {
  it('says whose the token is, by one call', async () => {
    const { tokens, context } = await authorize(sandbox, { account: 'Bo' })
    const account = await dropbox.identify(context(), { ...tokens, client_id: 'app1' })
    expect(account).toEqual({
      accountId: tokens.account_id,
      grantKey: `${tokens.account_id}:app1`,
      name: 'bo@example.test',
      avatarUrl: null,
    })
  })

  it.each([
    ['an app that is not told', {}, {}, { grantKey: homeAccount.account_id, name: 'ada@acme.test' }],
    ['no e-mail address', { email: null }, {}, { name: 'Ada L' }],
    ['no name either', { email: '', name: null }, {}, { name: 'Dropbox' }],
    ['a photo', { profile_photo_url: 'https://x.test/p.png' }, {}, { avatarUrl: 'https://x.test/p.png' }],
    ['a photo that is none', { profile_photo_url: 'javascript:alert(1)' }, {}, { avatarUrl: null }],
    ['no root', { root_info: null }, {}, { accountId: homeAccount.account_id }],
  ])('stands %s', async (_, more, tokenInfo, account) => {
    await using server = await startScriptedDropbox(() => ({ body: { ...homeAccount, ...more } }))
    expect(await dropbox.identify(connect(server.endpoints), tokenInfo)).toMatchObject(account)
    expect(server.asked.map(({ name, argument }) => [name, argument])).toEqual([['users/get_current_account', null]])
  })

  it.each([
    ['HTML', '<html>'],
    ['an account without an id', { name: {} }],
    ['null', null],
  ])('refuses %s', async (_, body) => {
    await using server = await startScriptedDropbox(() => ({ body }))
    await expect(dropbox.identify(connect(server.endpoints), {})).rejects.toMatchObject({ code: 'invalid_response' })
  })
})
