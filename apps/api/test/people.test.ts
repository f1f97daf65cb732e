import { member, session } from '@wellhead/client/schema'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ApiHouse, openApiHouse } from './house.ts'

let house: ApiHouse
beforeAll(async () => {
  house = await openApiHouse({ worker: false })
})
afterAll(() => house?.[Symbol.asyncDispose]())

const code = (wanted: string) => expect.objectContaining({ code: wanted })
const answer = async (response: Response) => [response.status, await response.json()] as const
const me = async (browser: { get(url: string): Promise<Response> }) => {
  const response = await browser.get('/v1/session')
  return response.status === 200 ? session.parse(await response.json()) : response.status
}

describe('a sign-in link', () => {
  it('signs in once', async () => {
    const link = await house.api.login.signInLink('ada@acme.test')
    expect(link).toMatch(new RegExp(`^${house.url}/sign-in/link/\\w{20,}$`))
    const browser = house.browser()
    const used = await browser.get(link)
    expect([used.status, used.headers.get('location')]).toEqual([303, '/'])
    const [cookie] = browser.cookies()
    expect(cookie?.attributes).toMatch(/httponly/i)
    expect(cookie?.attributes).toMatch(/samesite=lax/i)
    expect(await me(browser)).toMatchObject({
      user: { name: 'Ada', email: 'ada@acme.test' },
      workspace: { name: 'Acme', role: 'owner' },
    })
    const other = house.browser()
    expect((await other.get(link)).status).toBe(410)
    expect(await me(other)).toBe(401)
  })

  it('asks first when another site sent the browser', async () => {
    const link = await house.api.login.signInLink(house.owner.userId)
    const browser = house.browser()
    const asked = await browser.get(link, { 'sec-fetch-site': 'cross-site' })
    expect([asked.status, browser.cookies()]).toEqual([200, []])
    expect((await browser.post(link, {}, { origin: 'https://evil.example' })).status).toBe(403)
    expect((await browser.post(link, {})).status).toBe(303)
  })

  it('is not made for somebody unknown', async () => {
    await expect(house.api.login.signInLink('nobody@acme.test')).rejects.toThrow('no such user')
  })
})

describe('an invitation', () => {
  const invite = async (role = 'editor', email = `new${Math.random()}@acme.test`.replace('0.', '')) => {
    const { browser } = await house.signedIn()
    const response = await browser.json('POST', '/v1/invitations', { email, role })
    expect(response.status).toBe(201)
    return { owner: browser, email, ...((await response.json()) as { id: string; join_url: string }) }
  }

  it('makes a new person a member of exactly its role, once', async () => {
    const { join_url, email } = await invite('editor')
    const browser = house.browser()
    const page = await (await browser.get(join_url)).text()
    expect(page).toContain('Join Acme')
    expect(page).toContain('<strong>editor</strong>')
    const short = await browser.post(join_url, { name: 'Ben', password: 'short' })
    expect([short.status, await short.text()]).toEqual([422, expect.stringContaining('at least 10')])
    const joined = await browser.post(join_url, { name: 'Ben <b>', password: 'a long password', role: 'owner' })
    expect(joined.status).toBe(303)
    expect(await me(browser)).toMatchObject({ user: { name: 'Ben <b>', email }, workspace: { role: 'editor' } })
    expect((await house.browser().get(join_url)).status).toBe(410)
    expect((await house.browser().post(join_url, { name: 'C', password: 'a long password' })).status).toBe(410)

    const again = house.browser()
    expect((await again.post('/sign-in', { email, password: 'another password' })).status).toBe(401)
    expect((await again.post('/sign-in', { email, password: 'a long password' })).status).toBe(303)
    expect(await me(again)).toMatchObject({ user: { email } })
    expect((await again.post('/sign-out', {})).status).toBe(303)
    expect(await me(again)).toBe(401)
  })

  it('lets one of two who use it at the same moment in', async () => {
    const { join_url } = await invite()
    const tries = await Promise.all(
      ['x', 'y'].map((name) => house.browser().post(join_url, { name, password: `password of ${name}` })),
    )
    expect(tries.filter(({ status }) => status === 303)).toHaveLength(1)
  })

  it('adds a workspace to an existing person, by session or by password', async () => {
    const ours = await house.api.login.createOwner({
      name: 'Eve',
      email: 'eve@other.test',
      workspaceName: 'Other',
      password: 'the password of eve',
    })
    const { join_url } = await invite('member', 'eve@other.test')
    const stranger = await house.signedIn('member')
    const refused = await stranger.browser.post(join_url, {})
    expect([refused.status, await refused.text()]).toEqual([422, expect.stringContaining('Sign out first')])
    const browser = house.browser()
    const wrong = await browser.post(join_url, { password: 'not the password' })
    expect([wrong.status, await wrong.text()]).toEqual([422, expect.stringContaining('not the password')])
    expect((await browser.post(join_url, { password: 'the password of eve' })).status).toBe(303)
    const now = await me(browser)
    expect(now).toMatchObject({ workspace: { name: 'Acme', role: 'member' }, workspaces: [{}, {}] })
    const back = await browser.json('POST', '/v1/session/workspace', { workspace_id: ours.workspaceId })
    expect(await back.json()).toMatchObject({ workspace: { name: 'Other', role: 'owner' } })
    expect(await me(browser)).toMatchObject({ workspace: { name: 'Other' } })
    const none = await browser.json('POST', '/v1/session/workspace', { workspace_id: 'unknown' })
    expect(await answer(none)).toEqual([404, code('workspace_not_found')])

    const second = await house.api.login.createOwner({ name: 'Fay', email: 'fay@other.test', workspaceName: 'Fays' })
    const signedIn = house.browser()
    await signedIn.get(await house.api.login.signInLink(second.userId))
    const link = await house.api.login.invite(house.owner, { email: 'fay@other.test', role: 'editor' })
    expect((await signedIn.post(link, {})).status).toBe(303)
    expect(await me(signedIn)).toMatchObject({ workspace: { name: 'Acme', role: 'editor' } })
  })

  it('cannot be used by its id, which is in the list', async () => {
    const { id, owner, email } = await invite('owner')
    const list = (await (await owner.get('/v1/invitations')).json()) as { items: { id: string; email: string }[] }
    expect(list.items.find((it) => it.email === email)?.id).toBe(id)
    expect(JSON.stringify(list)).not.toContain('/join/')
    for (const key of [id, `${id}.`, `${id}.${'A'.repeat(32)}`])
      expect((await house.browser().get(`/join/${key}`)).status).toBe(410)
  })

  it('ends when it is withdrawn or made again', async () => {
    const first = await invite()
    const second = (await (
      await first.owner.json('POST', '/v1/invitations', { email: first.email, role: 'member' })
    ).json()) as { id: string; join_url: string }
    expect((await house.browser().get(first.join_url)).status).toBe(410)
    expect((await house.browser().get(second.join_url)).status).toBe(200)
    expect((await first.owner.json('DELETE', `/v1/invitations/${second.id}`)).status).toBe(204)
    expect((await house.browser().get(second.join_url)).status).toBe(410)
    expect(await answer(await first.owner.json('DELETE', `/v1/invitations/${second.id}`))).toEqual([
      404,
      code('invitation_not_found'),
    ])
  })

  it('is given by owners and editors, to at most their own role', async () => {
    const editor = await house.signedIn('editor')
    const plain = await house.signedIn('member')
    const ask = (browser: typeof editor.browser, role: string, email = 'someone@acme.test') =>
      browser.json('POST', '/v1/invitations', { email, role }).then(answer)
    expect(await ask(plain.browser, 'member')).toEqual([403, code('forbidden')])
    expect(await ask(editor.browser, 'owner')).toEqual([403, code('forbidden')])
    expect((await ask(editor.browser, 'editor'))[0]).toBe(201)
    expect(await ask(editor.browser, 'member', 'ada@acme.test')).toEqual([409, code('already_member')])
    expect(await answer(await plain.browser.get('/v1/invitations'))).toEqual([403, code('forbidden')])
    expect(await ask(editor.browser, 'admin')).toEqual([400, code('invalid_request')])
    const higher = await invite('owner')
    expect(await answer(await editor.browser.json('DELETE', `/v1/invitations/${higher.id}`))).toEqual([
      403,
      code('forbidden'),
    ])
    expect(await ask(editor.browser, 'member', higher.email)).toEqual([403, code('forbidden')])
  })
})

describe('the members', () => {
  it('are changed and removed by owners; the last owner stays', async () => {
    const owner = await house.signedIn()
    const editor = await house.signedIn('editor')
    const list = (await (await owner.browser.get('/v1/members')).json()) as { items: unknown[] }
    for (const item of list.items) expect(member.parse(item)).toEqual(item)
    const path = `/v1/members/${editor.actor.userId}`
    const own = `/v1/members/${owner.actor.userId}`
    expect(await answer(await editor.browser.json('PATCH', path, { role: 'owner' }))).toEqual([403, code('forbidden')])
    expect(await answer(await editor.browser.json('DELETE', own))).toEqual([403, code('forbidden')])
    expect(await answer(await owner.browser.json('PATCH', own, { role: 'member' }))).toEqual([409, code('last_owner')])
    expect(await answer(await owner.browser.json('DELETE', own))).toEqual([409, code('last_owner')])
    expect(await answer(await owner.browser.json('PATCH', '/v1/members/unknown', { role: 'member' }))).toEqual([
      404,
      code('member_not_found'),
    ])
    expect(await answer(await owner.browser.json('PATCH', path, { role: 'member' }))).toEqual([
      200,
      expect.objectContaining({ role: 'member' }),
    ])
    const token = await house.token(['runs:read'], editor.actor)
    const runs = () => fetch(`${house.url}/v1/runs`, { headers: { authorization: `Bearer ${token}` } })
    expect((await runs()).status).toBe(200)
    expect((await owner.browser.json('DELETE', path)).status).toBe(204)
    expect(await answer(await editor.browser.get('/v1/session'))).toEqual([403, code('forbidden')])
  })

  it('may leave by themselves', async () => {
    const { browser, actor } = await house.signedIn('member')
    expect((await browser.json('DELETE', `/v1/members/${actor.userId}`)).status).toBe(204)
  })
})

describe('a request with a session', () => {
  it('changes something only from our own page', async () => {
    const { browser } = await house.signedIn()
    const body = { name: 'N', scopes: ['runs:read'] }
    const ask = (headers: Record<string, string>) => browser.json('POST', '/v1/tokens', body, headers).then(answer)
    expect(await ask({ origin: 'https://evil.example' })).toEqual([403, code('cross_origin_refused')])
    expect(await ask({ origin: 'null' })).toEqual([403, code('cross_origin_refused')])
    expect(await ask({ 'sec-fetch-site': 'same-site' })).toEqual([403, code('cross_origin_refused')])
    expect((await ask({}))[0]).toBe(201)
    const form = await browser.post('/v1/tokens', { name: 'N' })
    expect(await answer(form)).toEqual([415, code('unsupported_media_type')])
    expect((await browser.post('/sign-out', {}, { origin: 'https://evil.example' })).status).toBe(403)
  })

  it('to sign in is limited by address', async () => {
    await using strict = await openApiHouse({ worker: false, rateLimits: { signIn: 3 } })
    const browser = strict.browser()
    const statuses = []
    for (let index = 0; index < 5; index++)
      statuses.push((await browser.post('/sign-in', { email: 'ada@acme.test', password: `guess ${index}` })).status)
    expect(statuses).toEqual([401, 401, 401, 429, 429])
  })
})
