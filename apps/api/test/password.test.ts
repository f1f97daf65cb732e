import { passwordLength, session } from '@wellhead/client/schema'
import { schema } from '@wellhead/engine'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Browser } from './browser.ts'
import { type ApiHouse, openApiHouse } from './house.ts'

let house: ApiHouse
beforeAll(async () => {
  house = await openApiHouse({ worker: false })
})
afterAll(() => house?.[Symbol.asyncDispose]())

let people = 0
/** Somebody who came by a one-time link, as the first owner does. */
async function byLink() {
  const email = `link${++people}@wellhead.local`
  const { userId, workspaceId } = await house.api.login.createOwner({ name: 'Lin', email, workspaceName: 'Lins' })
  const enter = async () => {
    const browser = house.browser()
    expect((await browser.get(await house.api.login.signInLink(userId))).status).toBe(303)
    return browser
  }
  return { email, userId, workspaceId, enter, browser: await enter() }
}

const put = async (browser: Browser, body: unknown, headers?: Record<string, string>) => {
  const response = await browser.json('PUT', '/v1/session/password', body, headers)
  return [response.status, (await response.json()) as Record<string, unknown>] as const
}
const refusal = (code: string, field?: string) =>
  expect.objectContaining({ code, ...(field ? { errors: [expect.objectContaining({ path: field })] } : {}) })
const signIn = async (email: string, password: string) =>
  (await house.browser().post('/sign-in', { email, password })).status
const status = async (browser: Browser) => (await browser.get('/v1/session')).status
const hasPassword = async (browser: Browser) =>
  session.parse(await (await browser.get('/v1/session')).json()).has_password
const entries = async (browser: Browser) =>
  ((await (await browser.get('/v1/audit')).json()) as { items: Record<string, unknown>[] }).items

it('is set by who came by a link, who then signs in with it', async () => {
  const { browser, email, userId, enter } = await byLink()
  const elsewhere = await enter()
  expect(await hasPassword(browser)).toBe(false)
  expect(await house.api.login.hasPassword(userId)).toBe(false)
  const [code, body] = await put(browser, { new_password: 'the first password' })
  expect([code, session.parse(body)]).toMatchObject([200, { user: { email }, has_password: true }])
  expect(await house.api.login.hasPassword(userId)).toBe(true)
  expect([await status(browser), await status(elsewhere)]).toEqual([200, 401])
  expect(await signIn(email, 'the first password')).toBe(303)
  expect(await signIn(email.toUpperCase(), 'the first password')).toBe(303)
  expect(await entries(browser)).toEqual([
    expect.objectContaining({
      action: 'password.change',
      actor: { user_id: userId, token_id: null },
      subject: userId,
      data: {},
    }),
  ])
})

it('is changed with the current one, which then no longer signs in; other sessions end, and only of this user', async () => {
  const { browser, email, enter, userId } = await byLink()
  await put(browser, { new_password: 'the first password' })
  const elsewhere = await enter()
  const another = await byLink()
  const [code] = await put(browser, { new_password: 'the second password', current_password: 'the first password' })
  expect(code).toBe(200)
  expect([await status(browser), await status(elsewhere), await status(another.browser)]).toEqual([200, 401, 200])
  expect([await signIn(email, 'the first password'), await signIn(email, 'the second password')]).toEqual([401, 303])
  expect((await entries(browser)).map(({ action, subject }) => [action, subject])).toEqual([
    ['password.change', userId],
    ['password.change', userId],
  ])
  expect(await entries(another.browser)).toEqual([])
})

it('leaves the session in the workspace that it was in', async () => {
  const { browser, email, userId, workspaceId } = await byLink()
  const link = await house.api.login.invite(house.owner, { email, role: 'member' })
  expect((await browser.post(link, {})).status).toBe(303)
  const home = { new_password: 'the first password' }
  await browser.json('POST', '/v1/session/workspace', { workspace_id: house.owner.workspaceId })
  expect(await put(browser, home)).toMatchObject([200, { workspace: { name: 'Acme' } }])
  const again = { new_password: 'the second password', current_password: 'the first password' }
  expect(await put(browser, again)).toMatchObject([200, { workspace: { name: 'Acme' }, user: { id: userId } }])
  const now = session.parse(await (await browser.get('/v1/session')).json())
  expect(now.workspace.name).toBe('Acme')
  expect(now.workspaces.map(({ id }) => id)).toContain(workspaceId)
})

it('is refused, naming the field, and nothing changes', async () => {
  const { browser, email } = await byLink()
  const { min, max } = passwordLength
  for (const new_password of ['', 'x'.repeat(min - 1), 'x'.repeat(max + 1), 1, null])
    expect(await put(browser, { new_password })).toEqual([400, refusal('invalid_request', 'new_password')])
  expect(await put(browser, {})).toEqual([400, refusal('invalid_request', 'new_password')])
  const needless = { new_password: 'the first password', current_password: 'there is none' }
  expect(await put(browser, needless)).toEqual([400, refusal('invalid_request', 'current_password')])
  expect(await hasPassword(browser)).toBe(false)

  expect((await put(browser, { new_password: 'x'.repeat(max) }))[0]).toBe(200)
  const shortest = { new_password: 'y'.repeat(min), current_password: 'x'.repeat(max) }
  expect((await put(browser, shortest))[0]).toBe(200)

  const next = 'the next password'
  const about = [400, refusal('invalid_request', 'current_password')]
  expect(await put(browser, { new_password: next })).toEqual(about)
  expect(await put(browser, { new_password: next, current_password: '' })).toEqual(about)
  expect(await put(browser, { new_password: next, current_password: 'x'.repeat(max + 1) })).toEqual(about)
  const wrong = [403, refusal('wrong_password', 'current_password')]
  expect(await put(browser, { new_password: next, current_password: 'not the password' })).toEqual(wrong)
  expect([await signIn(email, next), await signIn(email, 'y'.repeat(min))]).toEqual([401, 303])
  expect(await entries(browser)).toHaveLength(2)
})

it('is for a session, from our own page', async () => {
  const { browser, userId, workspaceId, email } = await byLink()
  const body = { new_password: 'the first password' }
  for (const headers of [{ origin: 'https://evil.example' }, { origin: 'null' }, { 'sec-fetch-site': 'same-site' }])
    expect(await put(browser, body, headers)).toEqual([403, refusal('cross_origin_refused')])
  expect(await put(house.browser(), body)).toEqual([401, refusal('unauthenticated')])
  const actor = await house.engine.tenancy.memberActor(userId, workspaceId)
  const authorization = `Bearer ${await house.token(['connections:write', 'clients:write'], actor)}`
  expect(await put(house.browser(), body, { authorization })).toEqual([403, refusal('session_required')])
  // Not by a form, which another site could send.
  const form = await browser.json('PUT', '/v1/session/password', undefined, { 'content-type': 'text/plain' })
  expect(form.status).toBe(415)
  await browser.post('/sign-out', {})
  expect(await put(browser, body)).toEqual([401, refusal('unauthenticated')])
  expect(await signIn(email, body.new_password)).toBe(401)
})

it('is one password, whichever of several requests at the same moment set it', async () => {
  const { browser, email, userId } = await byLink()
  const tried = ['a', 'b', 'c', 'd'].map((letter) => `the password ${letter}`)
  const answers = await Promise.all(tried.map((new_password) => put(browser, { new_password })))
  const statuses = answers.map(([code]) => code)
  expect(statuses).toContain(200)
  expect(statuses.filter((code) => code !== 200 && code !== 400)).toEqual([])
  const rows = await house.engine.db.select().from(schema.accounts)
  expect(rows.filter((row) => row.userId === userId)).toHaveLength(1)
  const good = []
  for (const password of tried) if ((await signIn(email, password)) === 303) good.push(password)
  expect(good).toHaveLength(1)
})

it('is tried as often as a sign-in', async () => {
  await using strict = await openApiHouse({ worker: false, rateLimits: { signIn: 3 } })
  // The link counts as the first try.
  const { browser } = await strict.signedIn()
  const codes = []
  codes.push((await put(browser, { new_password: 'the first password' }))[1].code)
  for (let index = 0; index < 3; index++)
    codes.push((await put(browser, { new_password: 'another password', current_password: `guess ${index}` }))[1].code)
  expect(codes).toEqual([undefined, 'wrong_password', 'rate_limited', 'rate_limited'])
})

it('is never in a log', () => {
  const text = house.logs.join('\n')
  expect(text).toContain('/v1/session/password')
  for (const secret of ['the first password', 'the second password', 'not the password', 'the password a'])
    expect(text).not.toContain(secret)
})
