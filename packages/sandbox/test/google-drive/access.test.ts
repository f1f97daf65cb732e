import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Sandbox, startSandbox } from '../../src/index.ts'
import { type Answer, connect, get, post, readonly, redirectUri, refresh, startDrive } from './stand.ts'

let sandbox: Sandbox
beforeAll(async () => {
  sandbox = await startDrive()
})
afterAll(() => sandbox.close())
beforeEach(() => sandbox.control.reset())

const reasonOf = ({ status, body }: Answer) => [status, body.error.errors[0].reason]
const fault = (more: object) => sandbox.control.fault({ provider: 'google-drive', kind: 'status', ...more })

describe('a call of the API', () => {
  test('with a wrong token is 401 in the documented envelope, without one 403', async () => {
    const wrong = await get(sandbox, 'wrong', '/files')
    expect([wrong.status, wrong.body]).toEqual([
      401,
      {
        error: {
          code: 401,
          message: expect.stringContaining('Request had invalid authentication credentials.'),
          status: 'UNAUTHENTICATED',
          errors: [
            {
              domain: 'global',
              reason: 'authError',
              message: 'Invalid Credentials',
              locationType: 'header',
              location: 'Authorization',
            },
          ],
        },
      },
    ])
    expect(reasonOf(await get(sandbox, undefined, '/files'))).toEqual([403, 'forbidden'])
    const { access_token, refresh_token } = await connect(sandbox)
    expect((await get(sandbox, refresh_token, '/files')).status).toBe(401)
    expect((await get(sandbox, undefined, '/files', { access_token })).status).toBe(403)
  })

  test('needs a scope that covers it', async () => {
    const scope = 'https://www.googleapis.com/auth/drive.metadata.readonly'
    const { access_token } = await connect(sandbox, {}, { scope })
    const { body } = await get(sandbox, access_token, '/files', { q: "'root' in parents" })
    const { id } = body.files.find(({ name }: { name: string }) => name === 'Opening hours.txt')
    const refused = [403, 'insufficientPermissions']
    expect(reasonOf(await get(sandbox, access_token, `/files/${id}`, { alt: 'media' }))).toEqual(refused)
    expect(reasonOf(await get(sandbox, access_token, `/files/${id}/export`, { mimeType: 'text/plain' }))).toEqual(
      refused,
    )
  })

  test('too many of them in a minute are refused, for this account alone', async () => {
    sandbox.control.settings('google-drive', { rateLimitPerMinute: 2 })
    const [ada, bo] = [await connect(sandbox), await connect(sandbox, { account: 'Bo' })]
    const call = ({ access_token }: { access_token: string }) => get(sandbox, access_token, '/files')
    expect([(await call(ada)).status, (await call(ada)).status]).toEqual([200, 200])
    const limited = await call(ada)
    expect(reasonOf(limited)).toEqual([403, 'userRateLimitExceeded'])
    expect(limited.body.error.errors[0].domain).toBe('usageLimits')
    expect((await call(bo)).status).toBe(200)
    sandbox.control.advance(60)
    expect((await call(ada)).status).toBe(200)
  })

  test.each([
    [{ code: 'userRateLimitExceeded' }, 403, 'userRateLimitExceeded'],
    [{ code: 'dailyLimitExceeded' }, 403, 'dailyLimitExceeded'],
    [{ code: 'domainPolicy' }, 403, 'domainPolicy'],
    [{ code: 'rateLimitExceeded', status: 429 }, 429, 'rateLimitExceeded'],
    [{ code: 'accessNotConfigured' }, 403, 'accessNotConfigured'],
    [{ status: 401 }, 401, 'authError'],
    [{ status: 404 }, 404, 'notFound'],
    [{ status: 503 }, 503, 'backendError'],
    [{}, 500, 'backendError'],
  ])('with the fault %j is %i %s', async (injected, status, reason) => {
    const { access_token } = await connect(sandbox)
    fault({ match: '/files', ...injected })
    expect(reasonOf(await get(sandbox, access_token, '/files'))).toEqual([status, reason])
    expect((await get(sandbox, access_token, '/files')).status).toBe(200)
  })

  test('that nobody knows is 404', async () => {
    const { access_token } = await connect(sandbox)
    expect((await get(sandbox, access_token, '/nothing')).status).toBe(404)
  })
})

test('grants and settings survive a restart; page tokens of before do not', async () => {
  const stateFile = join(import.meta.dirname, `state-${process.pid}.json`)
  const start = () => startSandbox({ only: ['google-drive'], redirectUris: [redirectUri], stateFile, pageSize: 5 })
  try {
    const before = await start()
    const tokens = await connect(before)
    before.control.settings('google-drive', { accessTokenSeconds: 77 })
    const { nextPageToken: pageToken } = (await get(before, tokens.access_token, '/files', { pageSize: '5' })).body
    await before.close()
    const after = await start()
    expect((await get(after, tokens.access_token, '/about', { fields: 'user' })).status).toBe(200)
    expect((await get(after, tokens.access_token, '/files', { pageSize: '5', pageToken })).status).toBe(400)
    expect((await refresh(after, tokens.refresh_token)).body).toMatchObject({ expires_in: 77, scope: readonly })
    expect((await post(after, 'revoke', { token: tokens.refresh_token })).status).toBe(200)
    await after.close()
  } finally {
    rmSync(stateFile, { force: true })
  }
})

test.each([
  [{ unknown: true }],
  [{ rateLimitPerMinute: 0 }],
  [{ files: { trash: { path: '/Not there' } } }],
  [{ sharedDriveFiles: { write: { path: 'no-slash', text: '' } } }],
])('the setting %j is refused', (patch) => {
  expect(() => sandbox.control.settings('google-drive', patch)).toThrow()
})
