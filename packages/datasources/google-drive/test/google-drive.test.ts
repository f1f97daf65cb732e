import { expect, it } from 'vitest'
import { googleDrive } from '../src/index.ts'
import { connect, contextOf, startDrive } from './connect.ts'
import { envelope } from './documented-errors.ts'
import { startScriptedDrive } from './scripted-drive.ts'

it('authorizes as Google documents it', () => {
  const [oauth] = googleDrive.auth
  expect(oauth).toMatchObject({
    scopes: ['https://www.googleapis.com/auth/drive.readonly'],
    scopeDelimiter: ' ',
    clientAuth: 'post',
    tokenRequestFormat: 'form',
    authorizeParams: { access_type: 'offline', prompt: 'consent select_account' },
    pkce: true,
    issuer: 'https://accounts.google.com',
    rotation: 'keeps',
    replay: { kind: 'safe' },
    assumedLifetimeSeconds: 3599,
    keepAliveSeconds: 2_592_000,
    revoke: { token: 'refresh_token', format: 'form', auth: 'none' },
    tokenErrors: { deleted_client: 'client_misconfigured', admin_policy_enforced: 'revoked' },
  })
  expect(oauth).not.toHaveProperty('issuerRequired')
  expect(oauth).not.toHaveProperty('introspect')
})

it('lets the credential go to the API and to the host of exports alone', () => {
  const { endpoints } = googleDrive
  expect(googleDrive.hosts({ endpoints, settings: {} })).toEqual([
    'https://www.googleapis.com/drive/v3',
    'https://docs.google.com',
  ])
})

it.each([
  ['the number of its project', '407123456789-abc.apps.googleusercontent.com', '407123456789:01'],
  ['all of an id of another form', 'my-client', 'my-client:01'],
  ['nothing, when the client is not known', undefined, '01'],
])('the grant is that of the account and of %s', async (_, clientId, grantKey) => {
  await using server = await startScriptedDrive(() => ({
    body: { user: { permissionId: '01', emailAddress: 'ada@acme.test', photoLink: 'https://photo.test/a' } },
  }))
  const account = await googleDrive.identify(contextOf(server), clientId === undefined ? {} : { client_id: clientId })
  expect(account).toEqual({ accountId: '01', grantKey, name: 'ada@acme.test', avatarUrl: 'https://photo.test/a' })
  expect(server.asked).toMatchObject([{ path: '/about', query: { fields: 'user' } }])
})

it('names an account by what it shows, and takes no odd photo', async () => {
  const named = async (user: object) => {
    await using server = await startScriptedDrive(() => ({ body: { user: { permissionId: '01', ...user } } }))
    return await googleDrive.identify(contextOf(server), {})
  }
  expect(await named({ displayName: 'Ada' })).toMatchObject({ name: 'Ada', avatarUrl: null })
  expect(await named({ photoLink: 'javascript:alert(1)' })).toMatchObject({ name: 'Google Drive', avatarUrl: null })
  await expect(named({ permissionId: '' })).rejects.toMatchObject({ code: 'invalid_response' })
})

it('knows the same account and the same grant by two clients of one project', async () => {
  const sandbox = await startDrive()
  try {
    const { ctx, clientId } = await connect(sandbox)
    const own = await googleDrive.identify(ctx, { client_id: clientId })
    const sibling = `${clientId.split('-')[0]}-another.apps.googleusercontent.com`
    expect(own).toMatchObject({ name: 'ada@acme.test', grantKey: `407123456789:${own.accountId}` })
    expect(await googleDrive.identify(ctx, { client_id: sibling })).toEqual(own)
    const stranger = await googleDrive.identify(ctx, { client_id: '99-x.apps.googleusercontent.com' })
    expect([stranger.accountId === own.accountId, stranger.grantKey === own.grantKey]).toEqual([true, false])
  } finally {
    await sandbox.close()
  }
})

const judge = (status: number, body: unknown, headers: Record<string, string> = {}) =>
  googleDrive.toError({ status, headers: new Headers(headers), text: '', json: body })

it('says how long to wait where Google does', () => {
  const limited = envelope(403, 'userRateLimitExceeded')
  expect(judge(403, limited, { 'retry-after': '7' }).retryAfterMs).toBe(7000)
  expect(judge(403, limited).retryAfterMs).toBeUndefined()
  expect(judge(403, envelope(403, 'dailyLimitExceeded'), { 'retry-after': '7' }).retryAfterMs).toBeUndefined()
})

it('repeats what Google says of a file or a request, never a token', () => {
  const message = 'Wrong: ya29.a0AbC-d_e.f, 1//0gXyZ-9, Bearer abc; try another.'
  for (const said of [
    judge(400, envelope(400, 'badRequest', { message })),
    judge(403, envelope(403, 'x', { message })),
  ]) {
    expect(said.message).toContain('try another')
    expect(said.message).not.toMatch(/a0AbC|0gXyZ|Bearer/)
  }
})
