import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Dropbox, DropboxAuth, DropboxResponseError, downloadFile } from 'dropbox'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Sandbox, startSandbox } from '../../src/index.ts'
import { consent } from '../consent.ts'
import { changesSince, connect, content, listAll, redirectUri, rpc } from './api.ts'

// Not among the names that the package exports.
const { contentHash } = createRequire(import.meta.url)('dropbox/cjs/src/upload-content-hash.js') as {
  contentHash(bytes: Uint8Array): Promise<string>
}

let sandbox: Sandbox
beforeAll(async () => {
  sandbox = await startSandbox({ only: ['dropbox'], pageSize: 7, redirectUris: [redirectUri] })
})
afterAll(() => sandbox.close())
beforeEach(() => sandbox.control.reset())

/** The vendor's client knows its own hosts alone. */
function toSandbox(url: string): string {
  const { api = '', content: host = '', token = '' } = sandbox.endpoints.dropbox!
  const moved = url
    .replace(/^https:\/\/api\.dropboxapi\.com\/oauth2\/token/, token)
    .replace(/^https:\/\/api\.dropboxapi\.com\/2/, api)
    .replace(/^https:\/\/content\.dropboxapi\.com\/2/, host)
  if (!moved.startsWith('http://127.0.0.1:')) throw new Error(`The client asks elsewhere: ${moved}`)
  return moved
}
const sandboxFetch = (url: string, init: RequestInit) => fetch(toSandbox(url), init)

/** It sends code and secret in the URL, which the sandbox takes in the body alone. */
const tokenFetch = (url: string, { method }: RequestInit) => {
  const [bare = '', query = ''] = toSandbox(url).split('?')
  return fetch(bare, { method: method ?? 'POST', body: new URLSearchParams(query) })
}

async function client(options: { account?: string; pathRoot?: string } = {}) {
  const { access_token: accessToken } = await connect(sandbox, { account: options.account ?? 'Ada' })
  const { pathRoot } = options
  const dropbox = new Dropbox({ accessToken, fetch: sandboxFetch, ...(pathRoot ? { pathRoot } : {}) })
  return { dropbox, accessToken }
}

async function listByClient(dropbox: Dropbox, path: string) {
  let { result } = await dropbox.filesListFolder({ path, recursive: true })
  const entries = [...result.entries]
  while (result.has_more) {
    result = (await dropbox.filesListFolderContinue({ cursor: result.cursor })).result
    entries.push(...result.entries)
  }
  return { entries, cursor: result.cursor }
}

describe("the vendor's client", () => {
  it('says whose token it is', async () => {
    const { dropbox, accessToken } = await client()
    const { result } = await dropbox.usersGetCurrentAccount()
    expect(result).toEqual((await rpc(sandbox, accessToken, 'users/get_current_account')).body)
    expect((await dropbox.checkUser({ query: 'ping' })).result.result).toBe('ping')
  })

  it('lists the same as raw requests do, to the end', async () => {
    const { dropbox, accessToken } = await client()
    const { entries } = await listByClient(dropbox, '')
    expect(entries.length).toBeGreaterThan(70)
    expect(entries).toEqual((await listAll(sandbox, accessToken, { path: '', recursive: true })).entries)
  })

  it('downloads the same, names beyond ASCII among it, and agrees on the hash', async () => {
    const { dropbox, accessToken } = await client()
    for (const path of ['/Welcome.md', '/日本語のメモ.txt', '/Menü – Frühling.txt', '/Empty.txt']) {
      const { result } = await dropbox.filesDownload({ path })
      const raw = await content(sandbox, accessToken, 'files/download', { path })
      const { fileBinary, ...metadata } = result
      expect(metadata).toEqual(raw.result)
      expect(fileBinary?.toString()).toBe(raw.text)
      expect(await contentHash(fileBinary!)).toBe(metadata.content_hash)
    }
  })

  it('downloads a large file in ranges, and finds its hash right', async () => {
    const { dropbox } = await client()
    const folder = mkdtempSync(join(tmpdir(), 'sandbox-dropbox-'))
    try {
      const path = join(folder, 'video')
      const { metadata } = await downloadFile(dropbox, '/Videos/Open day.mp4', path, { parallelDownloads: 2 })
      expect(statSync(path).size).toBe(metadata.size)
      expect(metadata.size).toBe(300 * 1024 * 1024)
    } finally {
      rmSync(folder, { recursive: true })
    }
  }, 120_000)

  it('exports a Paper document', async () => {
    const { dropbox } = await client()
    const { result } = await dropbox.filesExport({ path: '/Team plan.paper', export_format: 'markdown' })
    expect(result.fileBinary?.toString()).toContain('# Team plan')
    expect(result.export_metadata.name).toBe('Team plan.md')
  })

  it('follows changes', async () => {
    const { dropbox, accessToken } = await client()
    const { cursor } = (await dropbox.filesListFolderGetLatestCursor({ path: '', recursive: true })).result
    sandbox.control.settings('dropbox', { files: { move: { path: '/Reports', to: '/Archive' } } })
    sandbox.control.settings('dropbox', { files: { trash: { path: '/Welcome.md' } } })
    let { result } = await dropbox.filesListFolderContinue({ cursor })
    const entries = [...result.entries]
    while (result.has_more) {
      result = (await dropbox.filesListFolderContinue({ cursor: result.cursor })).result
      entries.push(...result.entries)
    }
    expect(entries.length).toBeGreaterThan(7)
    expect(entries).toEqual((await changesSince(sandbox, accessToken, cursor)).entries)
  })

  it('sees the team space by its path root', async () => {
    const pathRoot = JSON.stringify({ '.tag': 'root', root: '3235700' })
    const { dropbox } = await client({ pathRoot })
    const { result } = await dropbox.filesListFolder({ path: '' })
    expect(result.entries.map(({ name }) => name).sort()).toEqual(['Ada Baker', 'Bakery team'])
  })

  it('reads errors as it does those of the real service', async () => {
    const { dropbox } = await client()
    const errorOf = (promise: Promise<unknown>) =>
      promise.then(
        () => expect.fail('It is no error'),
        (thrown: DropboxResponseError<{ error: { '.tag': string } }>) => thrown,
      )
    const missing = await errorOf(dropbox.filesGetMetadata({ path: '/nothing' }))
    expect(missing).toBeInstanceOf(DropboxResponseError)
    expect([missing.status, missing.error.error['.tag']]).toEqual([409, 'path'])
    const paper = await errorOf(dropbox.filesDownload({ path: '/Team plan.paper' }))
    expect([paper.status, paper.error.error['.tag']]).toEqual([409, 'unsupported_file'])
    const wrong = await errorOf(dropbox.filesListFolder({ path: 'Reports' }))
    expect([wrong.status, wrong.error]).toEqual([400, expect.stringContaining('Error in call to API function')])
  })

  it('walks the flow: authorize, exchange, refresh, revoke', async () => {
    const { clientId, clientSecret } = sandbox.oauthClients.dropbox!
    const auth = new DropboxAuth({ clientId, clientSecret, fetch: tokenFetch })
    const scopes = ['account_info.read', 'files.metadata.read']
    const url = await auth.getAuthenticationUrl(redirectUri, 'state-1', 'code', 'offline', scopes)
    const authorize = String(url).replace(
      /^https:\/\/(www\.)?dropbox\.com\/oauth2\/authorize/,
      sandbox.endpoints.dropbox!.authorize!,
    )
    const back = await consent(new URL(authorize).href, { account: 'Bo' })
    const { result } = await auth.getAccessTokenFromCode(redirectUri, back.searchParams.get('code')!)
    const issued = result as { access_token: string; refresh_token: string; expires_in: number }
    expect(issued.expires_in).toBe(14_400)

    auth.setRefreshToken(issued.refresh_token)
    sandbox.control.advance(14_401)
    const dropbox = new Dropbox({ auth, fetch: sandboxFetch })
    // It has no access token yet, so it refreshes by itself.
    const account = await dropbox.usersGetCurrentAccount()
    expect(account.result.email).toBe('bo@example.test')
    expect(auth.getAccessToken()).not.toBe(issued.access_token)
    await dropbox.authTokenRevoke()
    await expect(dropbox.usersGetCurrentAccount()).rejects.toMatchObject({ status: 401 })
    await expect(auth.refreshAccessToken()).rejects.toMatchObject({ status: 400, error: { error: 'invalid_grant' } })
  })
})
