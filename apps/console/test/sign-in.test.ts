import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { actOnAccount, dialog, waitForAttribute } from './actions.ts'
import { noChromium } from './chromium.ts'
import { look, newPerson } from './look.ts'
import { openStage, type Stage } from './stage.ts'

describe.skipIf(noChromium !== null)('the way in', () => {
  let stage: Stage
  beforeAll(async () => {
    stage = await openStage()
  })
  afterAll(async () => stage?.[Symbol.asyncDispose]())

  test('not signed in: a form; a wrong password is told; the password signs in where one wanted to go; sign-out ends it', async () => {
    const { page, complaints, context } = await newPerson(stage.browser)
    await page.goto(`${stage.house.url}/settings/members`)
    await page.getByRole('heading', { name: 'Sign in' }).waitFor()
    await page.getByText('prints a link that signs in once').waitFor()
    await look(page, 'sign-in')
    await page.getByLabel('E-mail address').fill('ada@acme.test')
    await page.getByLabel('Password').fill('not the password')
    await page.keyboard.press('Enter')
    await page.getByRole('alert').getByText('do not belong together').waitFor()
    await look(page, 'sign-in-refused')
    await page.getByLabel('Password').fill('a long password')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Members' }).waitFor()
    await page.getByText('Acme Research', { exact: true }).waitFor()
    await actOnAccount(page, 'Sign out')
    await page.getByRole('heading', { name: 'Sign in' }).waitFor()
    expect(complaints).toEqual([])
    await context.close()
  })

  test('who came by a one-time link sets a password, comes back with it and changes it', async () => {
    const email = 'owner@wellhead.local'
    const { login } = stage.house.api
    const { userId } = await login.createOwner({ name: 'Owner', email, workspaceName: 'My workspace' })
    const owner = await newPerson(stage.browser, { width: 360 })
    const { page } = owner
    await page.goto(await login.signInLink(userId))
    const hint = page.getByText('You signed in by a link that works once.')
    await hint.getByText(email).waitFor()
    await page.getByRole('button', { name: 'Set password' }).click()
    expect(await dialog(page).getByLabel('Current password').count()).toBe(0)
    const next = dialog(page).getByLabel('New password', { exact: true })
    const again = dialog(page).getByLabel('New password again')
    await expect.poll(() => next.evaluate('document.activeElement.name')).toBe('new_password')
    for (const input of [next, again]) {
      expect(await input.getAttribute('type')).toBe('password')
      expect(await input.getAttribute('autocomplete')).toBe('new-password')
    }
    await next.fill('short')
    await again.fill('shore')
    await page.keyboard.press('Enter')
    await dialog(page).getByText('The two passwords differ.').waitFor()
    await again.fill('short')
    await dialog(page).getByText('The two passwords differ.').waitFor({ state: 'hidden' })
    await page.keyboard.press('Enter')
    await waitForAttribute(next, 'aria-invalid', 'true')
    await look(page, 'set-password')
    // Blanks at the ends belong to it.
    await next.fill(' my own password ')
    await again.fill(' my own password ')
    await page.keyboard.press('Enter')
    await dialog(page).waitFor({ state: 'detached' })
    await hint.waitFor({ state: 'detached' })
    await look(page, 'password-set')

    await actOnAccount(page, 'Sign out')
    const back = async (password: string) => {
      await page.getByLabel('E-mail address').fill(email)
      await page.getByLabel('Password').fill(password)
      await page.keyboard.press('Enter')
    }
    await page.getByRole('heading', { name: 'Sign in' }).waitFor()
    await back(' my own password ')
    await page.getByRole('heading', { name: 'Data Sources' }).waitFor()
    await actOnAccount(page, 'Change password')
    const current = dialog(page).getByLabel('Current password')
    await current.fill('not the password')
    await next.fill('another password')
    await again.fill('another password')
    await page.keyboard.press('Enter')
    await waitForAttribute(current, 'aria-invalid', 'true')
    await dialog(page).getByText('This is not your current password.').waitFor()
    await look(page, 'change-password')
    await current.fill(' my own password ')
    await page.keyboard.press('Enter')
    await dialog(page).waitFor({ state: 'detached' })
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(360)
    await actOnAccount(page, 'Sign out')
    await page.getByRole('heading', { name: 'Sign in' }).waitFor()
    await back('another password')
    await page.getByRole('heading', { name: 'Data Sources' }).waitFor()
    expect(owner.complaints).toEqual([])
    await owner.context.close()
  })

  test('two workspaces: the switch leads from one to the other, and nothing of the first stays', async () => {
    const { login } = stage.house.api
    const { page, context, complaints } = await newPerson(stage.browser)
    const { userId } = await login.createOwner({
      name: 'Lin Wei',
      email: 'lin@acme.test',
      workspaceName: 'Field notes',
      password: 'lin has a password',
    })
    await page.goto(await login.signInLink(userId))
    await page.getByText('Field notes', { exact: true }).waitFor()
    const link = await inviteLink(stage, 'lin@acme.test')
    await page.goto(link)
    await page.getByRole('button', { name: 'Join as lin@acme.test' }).click()
    await page.getByRole('heading', { name: 'Data Sources' }).waitFor()
    const other = /Switch to another/
    const before = await page.getByRole('button', { name: other }).textContent()
    const wanted = before === 'Field notes' ? 'Acme Research' : 'Field notes'
    await page.getByRole('button', { name: other }).click()
    await look(page, 'workspaces')
    await page.getByRole('menuitemradio', { name: wanted }).click()
    await page.getByRole('button', { name: `Workspace ${wanted}` }).waitFor()
    expect(complaints).toEqual([])
    await context.close()
  })

  test('signed out elsewhere: the page asks to sign in and shows nothing any more', async () => {
    const { page, context } = stage.ada
    const other = await context.newPage()
    await other.goto(stage.house.url)
    await actOnAccount(other, 'Sign out')
    await other.getByRole('heading', { name: 'Sign in' }).waitFor()
    await page.getByRole('heading', { name: 'Sign in' }).waitFor()
    await page.getByText('Your session has ended.').waitFor()
    expect(await page.getByText('Acme Research').count()).toBe(0)
    expect(stage.ada.complaints).toEqual([])
  })
})

async function inviteLink({ house, ada }: Stage, email: string): Promise<string> {
  const answer = await ada.page.request.post(`${house.url}/v1/invitations`, {
    data: { email, role: 'editor' },
    headers: { origin: house.url },
  })
  return ((await answer.json()) as { join_url: string }).join_url
}
