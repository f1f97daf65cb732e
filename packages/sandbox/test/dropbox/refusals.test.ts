import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Sandbox, startSandbox } from '../../src/index.ts'
import { connect, content, redirectUri, rpc } from './api.ts'

let sandbox: Sandbox
let ada: string
beforeAll(async () => {
  sandbox = await startSandbox({ only: ['dropbox'], redirectUris: [redirectUri] })
})
afterAll(() => sandbox.close())
beforeEach(async () => {
  sandbox.control.reset()
  ada = (await connect(sandbox)).access_token
})

async function post(name: string, body: string | undefined, headers: Record<string, string>) {
  const response = await fetch(`${sandbox.endpoints.dropbox!.api}/${name}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${ada}`, ...headers },
    ...(body === undefined ? {} : { body: Buffer.from(body) }),
  })
  return { status: response.status, type: response.headers.get('content-type'), text: await response.text() }
}
const json = { 'content-type': 'application/json' }

describe('400 in plain text, addressed to the developer', () => {
  it.each<[string, string, string | undefined, Record<string, string>, string]>([
    [
      'a form',
      'files/list_folder',
      'path=',
      { 'content-type': 'application/x-www-form-urlencoded' },
      'Bad HTTP "Content-Type" header',
    ],
    ['no content type', 'files/list_folder', '{"path":""}', {}, 'Bad HTTP "Content-Type" header'],
    ['no body', 'files/list_folder', undefined, json, 'could not decode input as JSON'],
    ['half of a body', 'files/list_folder', '{"path":', json, 'could not decode input as JSON'],
    ['an unknown field', 'files/list_folder', '{"path":"","pathh":""}', json, "request body: unknown field 'pathh'"],
    ['no path', 'files/list_folder', '{}', json, "request body: missing required field 'path'"],
    ['null', 'files/list_folder', 'null', json, 'request body: '],
    ['a path without a slash', 'files/list_folder', '{"path":"Reports"}', json, 'path: did not match pattern'],
    ['a limit of zero', 'files/list_folder', '{"path":"","limit":0}', json, 'limit: '],
    ['a limit of too many', 'files/list_folder', '{"path":"","limit":2001}', json, 'limit: '],
    ['a flag that is text', 'files/list_folder', '{"path":"","recursive":"yes"}', json, 'recursive: '],
    ['an argument where there is none', 'users/get_current_account', '{}', json, 'expected null'],
    ['an empty body of JSON', 'users/get_current_account', '', json, 'could not decode input as JSON'],
    ['a long ping', 'check/user', JSON.stringify({ query: 'x'.repeat(501) }), json, 'query: '],
  ])('for %s', async (_, name, body, headers, why) => {
    const answer = await post(name, body, headers)
    expect(answer.status).toBe(400)
    expect(answer.type).toContain('text/plain')
    expect(answer.text.startsWith(`Error in call to API function "${name}": `)).toBe(true)
    expect(answer.text).toContain(why)
  })

  it('takes the content types that are documented', async () => {
    for (const type of ['application/json', 'application/json; charset=utf-8', 'text/plain; charset=dropbox-cors-hack'])
      expect((await post('files/list_folder', '{"path":""}', { 'content-type': type })).status).toBe(200)
    expect((await post('users/get_current_account', undefined, {})).status).toBe(200)
    expect((await post('users/get_current_account', 'null', json)).status).toBe(200)
  })

  it('for a download with a body, another content type, or no argument', async () => {
    const ask = async (headers: Record<string, string>, body?: string) => {
      const response = await fetch(`${sandbox.endpoints.dropbox!.content}/files/download`, {
        method: 'POST',
        headers: { authorization: `Bearer ${ada}`, ...headers },
        ...(body === undefined ? {} : { body: Buffer.from(body) }),
      })
      return [response.status, await response.text()]
    }
    const arg = { 'dropbox-api-arg': '{"path":"/Welcome.md"}' }
    expect(await ask({})).toEqual([400, expect.stringContaining('Must provide HTTP header "Dropbox-API-Arg"')])
    expect(await ask({ ...arg, ...json })).toEqual([400, expect.stringContaining('Bad HTTP "Content-Type" header')])
    expect(await ask({ ...arg, 'content-type': 'application/octet-stream' }, 'x')).toEqual([
      400,
      expect.stringContaining('must be empty'),
    ])
    expect(await ask({ 'dropbox-api-arg': '{"path":"Welcome.md"}' })).toEqual([
      400,
      expect.stringContaining('did not match pattern'),
    ])
    for (const type of ['application/octet-stream', 'text/plain; charset=utf-8'])
      expect((await ask({ ...arg, 'content-type': type }))[0]).toBe(200)
  })

  it('for no credential, or what cannot be one', async () => {
    const ask = (authorization?: string) =>
      fetch(`${sandbox.endpoints.dropbox!.api}/users/get_current_account`, {
        method: 'POST',
        headers: authorization === undefined ? {} : { authorization },
      }).then(async (response) => [response.status, await response.text()])
    expect(await ask()).toEqual([400, expect.stringContaining('Must provide HTTP header "Authorization"')])
    expect(await ask('Basic x')).toEqual([400, expect.stringContaining('Invalid authorization value')])
    expect(await ask('Bearer not-a-token')).toEqual([400, expect.stringContaining('access token is malformed')])
  })

  it('for what the app itself may not', async () => {
    sandbox.control.settings('dropbox', { appScopes: ['account_info.read'] })
    const { status, text } = await rpc(sandbox, ada, 'files/list_folder', { path: '' })
    expect([status, text]).toEqual([
      400,
      expect.stringContaining("does not have the required scope 'files.metadata.read'"),
    ])
  })
})

describe('401', () => {
  it('for a token that nobody knows', async () => {
    const { status, body } = await rpc(sandbox, `sl.u.${'x'.repeat(64)}`, 'users/get_current_account')
    expect([status, body]).toEqual([
      401,
      {
        error_summary: expect.stringMatching(/^invalid_access_token\/\.+$/),
        error: { '.tag': 'invalid_access_token' },
      },
    ])
  })

  it.each([
    ['account_info.read', 'users/get_current_account', null],
    ['account_info.read', 'check/user', { query: 'ping' }],
    ['files.metadata.read', 'files/list_folder', { path: '' }],
    ['files.metadata.read', 'files/list_folder/continue', { cursor: 'x' }],
    ['files.metadata.read', 'files/list_folder/get_latest_cursor', { path: '' }],
    ['files.metadata.read', 'files/get_metadata', { path: '/Welcome.md' }],
    ['files.content.read', 'files/download', { path: '/Welcome.md' }],
    ['files.content.read', 'files/export', { path: '/Team plan.paper' }],
  ])('missing_scope without %s: %s', async (required_scope, name, argument) => {
    const scopes = ['account_info.read', 'files.metadata.read', 'files.content.read']
    const { access_token } = await connect(sandbox, { scope: scopes.filter((one) => one !== required_scope).join(' ') })
    const isContent = name === 'files/download' || name === 'files/export'
    const { status, body } = await (isContent ? content : rpc)(sandbox, access_token, name, argument)
    expect([status, body.error]).toEqual([401, { '.tag': 'missing_scope', required_scope }])
  })
})

describe('429', () => {
  const listed = () => rpc(sandbox, ada, 'files/list_folder', { path: '' })

  it('says how long to wait, in a header and in its body', async () => {
    sandbox.control.settings('dropbox', { rateLimitPerMinute: 2 })
    for (let times = 0; times < 2; times++) expect((await listed()).status).toBe(200)
    const { status, headers, body } = await listed()
    expect([status, headers.get('retry-after')]).toEqual([429, String(body.error.retry_after)])
    expect(body).toEqual({
      error_summary: expect.stringMatching(/^too_many_requests\/\.+$/),
      error: { reason: { '.tag': 'too_many_requests' }, retry_after: expect.any(Number) },
    })
    const { access_token } = await connect(sandbox, { account: 'Bo' })
    expect((await rpc(sandbox, access_token, 'files/list_folder', { path: '' })).status).toBe(200)
    sandbox.control.advance(61)
    expect((await listed()).status).toBe(200)
  })

  it('comes as plain text at times', async () => {
    sandbox.control.settings('dropbox', { rateLimitPerMinute: 1, rateLimitAnswer: 'text' })
    await listed()
    const { status, headers, text } = await listed()
    expect([status, headers.get('content-type')]).toEqual([429, 'text/plain; charset=utf-8'])
    expect(headers.get('retry-after')).toMatch(/^\d+$/)
    expect(text).toContain('too many requests')
  })

  it('counts both hosts', async () => {
    sandbox.control.settings('dropbox', { rateLimitPerMinute: 1 })
    await listed()
    expect((await content(sandbox, ada, 'files/download', { path: '/Welcome.md' })).status).toBe(429)
  })
})

describe('an injected fault', () => {
  const fault = (more: object) => sandbox.control.fault({ provider: 'dropbox', kind: 'status', ...more } as never)

  it.each([
    [401, undefined, 'invalid_access_token'],
    [401, 'user_suspended', 'user_suspended'],
    [401, 'missing_scope', 'missing_scope'],
    [403, undefined, 'invalid_account_type'],
    [403, 'paper_access_denied/paper_disabled', 'paper_access_denied'],
    [409, 'path/not_found', 'path'],
    [409, 'path/restricted_content', 'path'],
    [422, undefined, 'no_permission'],
  ])("speaks Dropbox's words: %i %s", async (status, code, tag) => {
    fault({ status, ...(code ? { code } : {}) })
    const answer = await rpc(sandbox, ada, 'files/get_metadata', { path: '/Welcome.md' })
    expect([answer.status, answer.body.error['.tag']]).toEqual([status, tag])
    expect(answer.headers.get('x-dropbox-request-id')).not.toBeNull()
  })

  it('has a reason and a time for 429, and an OAuth error at the token endpoint', async () => {
    fault({ status: 429, retryAfter: '15' })
    const limited = await rpc(sandbox, ada, 'users/get_current_account')
    expect(limited.headers.get('retry-after')).toBe('15')
    expect(limited.body.error).toEqual({ reason: { '.tag': 'too_many_requests' }, retry_after: 15 })
    fault({ status: 503 })
    expect((await rpc(sandbox, ada, 'users/get_current_account')).status).toBe(503)
    fault({ status: 400, code: 'invalid_grant', match: 'POST /oauth2/token' })
    const response = await fetch(sandbox.endpoints.dropbox!.token!, { method: 'POST' })
    expect(await response.json()).toMatchObject({ error: 'invalid_grant' })
  })

  it('reaches the content host, and breaks a download off', async () => {
    fault({ kind: 'truncated', match: 'POST /2/files/download' })
    await expect(content(sandbox, ada, 'files/download', { path: '/Welcome.md' })).rejects.toThrow()
    expect((await content(sandbox, ada, 'files/download', { path: '/Welcome.md' })).status).toBe(200)
  })
})

it('knows no other functions', async () => {
  const answer = await post('files/delete_v2', '{"path":"/Welcome.md"}', json)
  expect([answer.status, answer.text]).toEqual([404, 'Unknown API function: "files/delete_v2"'])
})

it('takes settings that it knows, and files as they are', () => {
  expect(() => sandbox.control.settings('dropbox', { accessTokenMinutes: 3 })).toThrow()
  expect(() => sandbox.control.settings('dropbox', { files: { trash: { path: '/nothing' } } })).toThrow('There is no')
  expect(sandbox.control.settings('dropbox', { accessTokenSeconds: 60 })).toMatchObject({
    accessTokenSeconds: 60,
    teamRootNamespaceId: '3235700',
  })
})

it('lets an access token live as long as it is told to', async () => {
  sandbox.control.settings('dropbox', { accessTokenSeconds: 60 })
  const { access_token, expires_in } = await connect(sandbox)
  expect(expires_in).toBe(60)
  sandbox.control.advance(61)
  expect((await rpc(sandbox, access_token, 'users/get_current_account')).status).toBe(401)
})
