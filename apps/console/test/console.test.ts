import { readdir } from 'node:fs/promises'
import type { Browser, Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { consoleFolder } from '../build/index.ts'
import { launchChromium, noChromium } from './chromium.ts'
import { type House, openHouse } from './house.ts'
import { closeWithOutcome, look, newPerson, type Person, pictureOf } from './look.ts'

const card = (page: Page, source: string) => page.getByRole('region', { name: source })
const connection = (page: Page, name: string) => page.getByRole('listitem', { name, exact: true })
const dialog = (page: Page) => page.getByRole('dialog')

describe.skipIf(noChromium !== null)('the console in Chromium', () => {
  let house: House
  let browser: Browser
  let ada: Person

  beforeAll(async () => {
    house = await openHouse()
    browser = await launchChromium()
    ada = await newPerson(browser)
  })
  afterAll(async () => {
    await browser?.close()
    await house?.[Symbol.asyncDispose]()
  })

  test('not signed in: a form; a wrong password is told; the password signs in; sign-out ends it', async () => {
    const { page, complaints } = await newPerson(browser)
    await page.goto(house.url)
    await page.getByRole('heading', { name: 'Sign in' }).waitFor()
    await page.getByText('prints a link that signs in once').waitFor()
    await look(page, 'sign-in')
    await page.getByLabel('E-mail address').fill('ada@acme.test')
    await page.getByLabel('Password').fill('not the password')
    await page.keyboard.press('Enter')
    await page.getByRole('alert').getByText('do not belong together').waitFor()
    await page.getByLabel('Password').fill('a long password')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Data Sources' }).waitFor()
    await page.getByText('Acme Research').waitFor()
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByRole('heading', { name: 'Sign in' }).waitFor()
    expect(complaints).toEqual([])
    await page.context().close()
  })

  test('its files are asked for each time, and run under a policy without inline scripts', async () => {
    const names = (await readdir(consoleFolder, { recursive: true })).filter((name) => /\.\w+$/.test(name))
    expect(names).toContain('dialogs/run.js')
    for (const name of ['', ...names]) {
      const response = await fetch(`${house.url}/${name}`)
      expect(response.status, name).toBe(200)
      // A name that looks as if it held a hash would be kept for a year.
      expect(response.headers.get('cache-control'), name).toBe('no-cache')
      expect(response.headers.get('content-security-policy'), name).toMatch(/default-src 'self'(?!.*unsafe)/)
      await response.body?.cancel()
    }
  })

  test('the one-time link signs in and shows the data sources', async () => {
    const { page } = ada
    await page.goto(await house.signInLink())
    await card(page, 'Notion').waitFor()
    for (const source of ['Notion', 'Firecrawl']) {
      await card(page, source).locator('.badge').waitFor()
      await card(page, source).getByText('Not connected yet.').waitFor()
    }
    await card(page, 'Notion').getByText('Online documents').waitFor()
    await card(page, 'Firecrawl').getByText('Web site crawl').waitFor()
    await look(page, 'data-sources-empty')
  })

  test('Notion by API key: a refused key is told at its field, a good one connects; the key stays out of the page', async () => {
    const { page } = ada
    await card(page, 'Notion').getByRole('button', { name: 'Add API Key' }).click()
    await dialog(page).getByRole('link', { name: 'Get a key' }).waitFor()
    const key = dialog(page).getByLabel('API Key')
    expect(await key.getAttribute('type')).toBe('password')
    expect(await key.getAttribute('autocomplete')).toBe('off')
    await page.keyboard.press('Enter')
    await dialog(page).getByText('This is needed.').waitFor()
    await dialog(page).getByLabel('Authorization Name').fill('Docs <b>by</b> key')
    await key.fill('ntn_00000000000000000000000000000000000')
    await page.keyboard.press('Enter')
    await expectAttribute(key, 'aria-invalid', 'true')
    const described = (await key.getAttribute('aria-describedby'))?.split(' ').at(-1)
    expect(await page.locator(`#${described}`).textContent()).toMatch(/\w/)
    await look(page, 'add-api-key')
    const good = house.sandbox.apiKeys.notion as string
    await key.fill(good)
    await page.keyboard.press('Enter')
    const row = connection(page, 'Docs <b>by</b> key')
    await row.getByText('Connected', { exact: true }).waitFor()
    await row.getByText(`API key ending in ${good.slice(-4)}`).waitFor()
    await dialog(page).waitFor({ state: 'detached' })
    await expect.poll(() => focusedText(page)).toContain('Add API Key')
    expect(await page.content()).not.toContain(good)
    await row.getByRole('button', { name: 'Test now' }).click()
    await row.getByText('Tested: it works.').waitFor()
  })

  test('Firecrawl by API key: its settings are fields, and a wrong one is told at its field', async () => {
    const { page } = ada
    await card(page, 'Firecrawl').getByRole('button', { name: 'Add API Key' }).click()
    await dialog(page)
      .getByLabel('API Key')
      .fill(house.sandbox.apiKeys.firecrawl as string)
    const baseUrl = dialog(page).getByLabel('Base URL')
    await baseUrl.fill('https://me:secret@example.org')
    await dialog(page).getByRole('button', { name: 'Save' }).click()
    await expectAttribute(baseUrl, 'aria-invalid', 'true')
    await baseUrl.fill('')
    await dialog(page).getByLabel('Authorization Name').fill('Crawler')
    await dialog(page).getByRole('button', { name: 'Save' }).click()
    await connection(page, 'Crawler').getByText('Connected', { exact: true }).waitFor()
  })

  test('Notion by OAuth: two attempts at a time, one allowed and one cancelled at the consent page', async () => {
    const { page } = ada
    const first = await beginOAuth(page, 'Team space')
    const second = await beginOAuth(page, 'Never mind')
    const waiting = card(page, 'Notion').getByText('Waiting for you to give access at Notion')
    await waiting.nth(1).waitFor()
    await look(page, 'waiting')
    await second.getByRole('button', { name: 'Cancel' }).click()
    const cancelled = card(page, 'Notion').getByRole('listitem').filter({ hasText: 'You did not give access' })
    await cancelled.getByRole('button', { name: 'Try again' }).waitFor()
    // What the window does afterwards changes nothing.
    await closeWithOutcome(second)
    await first.getByRole('button', { name: 'Allow access' }).click()
    const row = connection(page, 'Team space')
    await row.getByText('Connected', { exact: true }).waitFor()
    await row.getByText('OAuth', { exact: true }).waitFor()
    await card(page, 'Notion').getByText('“Team space” is connected.').waitFor()
    await closeWithOutcome(first)
    await look(page, 'connected')

    const [again] = await Promise.all([
      ada.context.waitForEvent('page'),
      cancelled.getByRole('button', { name: 'Try again' }).click(),
    ])
    await again.getByRole('button', { name: 'Allow access' }).click()
    await connection(page, 'Never mind').getByText('Connected', { exact: true }).waitFor()
    await closeWithOutcome(again)
    await card(page, 'Notion').getByText('“Never mind” is connected.').waitFor()
    const dismiss = card(page, 'Notion').getByRole('button', { name: 'Dismiss' })
    while ((await dismiss.count()) > 0) await dismiss.first().click()
  })

  test('a blocked window: the page itself goes to the provider, and finds its attempt when it comes back', async () => {
    const blocked = await ada.context.newPage()
    await blocked.addInitScript('window.open = () => null')
    await blocked.goto(house.url)
    await card(blocked, 'Notion').getByRole('button', { name: 'Add OAuth' }).click()
    await dialog(blocked).getByLabel('Authorization Name').fill('Same tab')
    await look(blocked, 'add-oauth')
    await dialog(blocked).getByRole('button', { name: 'Continue to Notion' }).click()
    await blocked.getByRole('button', { name: 'Allow access' }).click()
    await blocked.getByRole('link', { name: 'Back to Wellhead' }).click()
    await card(blocked, 'Notion').getByText('“Same tab” is connected.').waitFor()
    await connection(blocked, 'Same tab').getByText('Connected', { exact: true }).waitFor()
    await blocked.close()
  })

  test('the outcome of an attempt arrives although no event does', async () => {
    const deaf = await ada.context.newPage()
    await deaf.addInitScript(
      'delete window.BroadcastChannel; window.BroadcastChannel = class extends EventTarget {}; window.EventSource = class extends EventTarget {}',
    )
    await deaf.goto(house.url)
    const consent = await beginOAuth(deaf, 'By looking')
    await consent.getByRole('button', { name: 'Allow access' }).click()
    await connection(deaf, 'By looking').getByText('Connected', { exact: true }).waitFor()
    await closeWithOutcome(consent)
    await deaf.close()
  })

  test('a grant that the provider ended shows without a reload, and is authorized again', async () => {
    const { page } = ada
    const row = connection(page, 'Team space')
    house.sandbox.control.revokeGrant('notion')
    house.sandbox.control.advance(24 * 3600)
    await row.getByRole('button', { name: 'More' }).click()
    await row.getByRole('button', { name: 'Refresh now' }).click()
    await row.getByText('Must be authorized again').waitFor()
    await look(page, 'needs-authorization')
    await row.getByRole('button', { name: 'Authorize again' }).click()
    await dialog(page).getByText('Choose the same account').waitFor()
    const [consent] = await Promise.all([
      ada.context.waitForEvent('page'),
      dialog(page).getByRole('button', { name: 'Continue to Notion' }).click(),
    ])
    await consent.getByRole('button', { name: 'Allow access' }).click()
    await row.getByText('Connected', { exact: true }).waitFor()
    await closeWithOutcome(consent)
    await card(page, 'Notion').getByText('“Team space” is authorized again.').waitFor()
    await card(page, 'Notion').getByRole('button', { name: 'Dismiss' }).click()
  })

  test('runs: pages are listed; a crawl shows its progress and documents; another is cancelled', async () => {
    const { page } = ada
    await connection(page, 'Docs <b>by</b> key').getByRole('button', { name: 'Run' }).click()
    await dialog(page).getByRole('button', { name: 'Run' }).click()
    await dialog(page)
      .getByText(/Completed: \d+ documents\./)
      .waitFor()
    expect(await dialog(page).locator('.titles > li').count()).toBeGreaterThan(3)
    await look(page, 'run-list')
    await dialog(page).getByRole('button', { name: 'Close' }).last().click()
    await expect.poll(() => focusedText(page)).toContain('Run')

    await connection(page, 'Crawler').getByRole('button', { name: 'Run' }).click()
    await dialog(page).getByLabel('URL').fill(house.sandbox.siteUrl)
    await dialog(page).getByLabel('Limit').fill('4')
    await look(page, 'run-form')
    await dialog(page).getByRole('button', { name: 'Run' }).click()
    await dialog(page).getByText('Completed: 4 documents.').waitFor()
    await dialog(page).locator('.titles summary').first().click()
    await dialog(page).locator('.titles pre').first().waitFor()
    await look(page, 'run-crawl')
    await page.keyboard.press('Escape')

    house.sandbox.control.settings('firecrawl', { manual: true })
    await connection(page, 'Crawler').getByRole('button', { name: 'Run' }).click()
    await dialog(page).getByLabel('URL').fill(house.sandbox.siteUrl)
    await dialog(page).getByRole('button', { name: 'Run' }).click()
    await dialog(page)
      .getByText(/^Running/)
      .waitFor()
    await dialog(page).getByRole('button', { name: 'Cancel the run' }).click()
    await dialog(page)
      .getByText(/^Cancelled/)
      .waitFor()
    await page.keyboard.press('Escape')
    house.sandbox.control.settings('firecrawl', { manual: false })
  })

  test('a connection is renamed, made the default, and another key replaced; a refused one is told', async () => {
    const { page } = ada
    const more = async (name: string, action: string) => {
      const row = connection(page, name)
      await row.waitFor()
      if (!(await row.getByRole('button', { name: action }).isVisible()))
        await row.getByRole('button', { name: 'More' }).click()
      await row.getByRole('button', { name: action }).click()
    }
    await more('Never mind', 'Rename')
    await dialog(page).getByLabel('Authorization Name').fill('Team space')
    await page.keyboard.press('Enter')
    await dialog(page).getByText('already a connection named').waitFor()
    await dialog(page).getByLabel('Authorization Name').fill('Second space')
    await page.keyboard.press('Enter')
    await more('Second space', 'Make default')
    await connection(page, 'Second space').getByText('Default', { exact: true }).waitFor()
    expect(await card(page, 'Notion').getByText('Default', { exact: true }).count()).toBe(1)
    await more('Crawler', 'Replace key')
    await dialog(page).getByLabel('API Key').fill('fc-not-a-key')
    await page.keyboard.press('Enter')
    await expectAttribute(dialog(page).getByLabel('API Key'), 'aria-invalid', 'true')
    await connection(page, 'Crawler').getByText('API key refused').waitFor()
    await dialog(page)
      .getByLabel('API Key')
      .fill(house.sandbox.apiKeys.firecrawl as string)
    await page.keyboard.press('Enter')
    await connection(page, 'Crawler').getByText('Connected', { exact: true }).waitFor()
  })

  test('a second member joins by invite link and sees only what is visible to them', async () => {
    const { page } = ada
    await page.getByRole('button', { name: 'Invite' }).click()
    await dialog(page).getByLabel('E-mail address').fill('grace@acme.test')
    await look(page, 'invite')
    await dialog(page).getByRole('button', { name: 'Make the link' }).click()
    const link = await dialog(page).getByLabel('Invite link').inputValue()
    await dialog(page).getByRole('button', { name: 'Done' }).click()

    const grace = await newPerson(browser)
    await grace.page.goto(link)
    await grace.page.getByLabel('Your name').fill('Grace Hopper')
    await grace.page.getByLabel('Choose a password').fill('another long password')
    await grace.page.getByRole('button', { name: 'Join' }).click()
    await connection(grace.page, 'Team space').waitFor()

    const visible = async (name: string, choice: string, member?: string) => {
      const row = connection(page, name)
      await row.waitFor()
      if (!(await row.getByRole('button', { name: 'Who may use it' }).isVisible()))
        await row.getByRole('button', { name: 'More' }).click()
      await row.getByRole('button', { name: 'Who may use it' }).click()
      await dialog(page).getByLabel(choice, { exact: true }).check()
      if (member) await dialog(page).getByLabel(member).check()
      await look(page, 'who-may-use-it')
      await dialog(page).getByRole('button', { name: 'Save' }).click()
      await dialog(page).waitFor({ state: 'detached' })
    }
    await visible('Team space', 'Only me')
    await visible('Second space', 'Chosen members', 'Grace Hopper')
    await grace.page.reload()
    await connection(grace.page, 'Second space').waitFor()
    expect(await connection(grace.page, 'Team space').count()).toBe(0)
    // A member may use what others made, not change it; nor invite, nor set OAuth clients.
    expect(await connection(grace.page, 'Second space').getByRole('button').allTextContents()).toEqual([
      expect.stringContaining('Run'),
    ])
    for (const name of ['Invite', 'OAuth Client Settings'])
      expect(await grace.page.getByRole('button', { name }).count()).toBe(0)
    await look(grace.page, 'second-member')
    expect(grace.complaints).toEqual([])
    await grace.context.close()
  })

  test('who came by a one-time link sets a password, comes back with it and changes it', async () => {
    const email = 'owner@wellhead.local'
    const { userId } = await house.api.login.createOwner({ name: 'Owner', email, workspaceName: 'My workspace' })
    const owner = await newPerson(browser, { width: 360 })
    const { page } = owner
    await page.goto(await house.api.login.signInLink(userId))
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
    await page.keyboard.press('Enter')
    await expectAttribute(next, 'aria-invalid', 'true')
    await look(page, 'set-password')
    // Blanks at the ends belong to it.
    await next.fill(' my own password ')
    await again.fill(' my own password ')
    await page.keyboard.press('Enter')
    await dialog(page).waitFor({ state: 'detached' })
    await hint.waitFor({ state: 'detached' })
    await expect.poll(() => focusedText(page)).toBe('Change password')
    await look(page, 'password-set')

    await page.getByRole('button', { name: 'Sign out' }).click()
    const back = async (password: string) => {
      await page.getByLabel('E-mail address').fill(email)
      await page.getByLabel('Password').fill(password)
      await page.keyboard.press('Enter')
    }
    await page.getByRole('heading', { name: 'Sign in' }).waitFor()
    await back(' my own password ')
    await page.getByRole('button', { name: 'Change password' }).click()
    const current = dialog(page).getByLabel('Current password')
    await current.fill('not the password')
    await next.fill('another password')
    await again.fill('another password')
    await page.keyboard.press('Enter')
    await expectAttribute(current, 'aria-invalid', 'true')
    await dialog(page).getByText('This is not your current password.').waitFor()
    await look(page, 'change-password')
    await current.fill(' my own password ')
    await page.keyboard.press('Enter')
    await dialog(page).waitFor({ state: 'detached' })
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(360)
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByRole('heading', { name: 'Sign in' }).waitFor()
    await back('another password')
    await page.getByRole('heading', { name: 'Data Sources' }).waitFor()
    expect(owner.complaints).toEqual([])
    await owner.context.close()
  })

  test('OAuth Client Settings: a custom client is saved and authorized with, then removed', async () => {
    const { page } = ada
    await page.getByRole('button', { name: 'OAuth Client Settings (Notion)' }).click()
    const redirectUri = await dialog(page).getByLabel('Redirect URI').inputValue()
    expect(redirectUri).toBe(`${house.url}/oauth/callback/notion`)
    await dialog(page).getByRole('button', { name: 'Copy' }).click()
    await dialog(page)
      .getByText(/Copied|Selected/)
      .waitFor()
    house.sandbox.control.registerClient('notion', {
      clientId: 'acme-client',
      clientSecret: 'acme-secret-4321',
      redirectUris: [redirectUri],
    })
    await dialog(page).getByLabel('Client ID').fill('acme-client')
    await dialog(page).getByLabel('Client Secret').fill('acme-secret-4321')
    await look(page, 'oauth-client')
    const [consent] = await Promise.all([
      ada.context.waitForEvent('page'),
      dialog(page).getByRole('button', { name: 'Save and Authorize' }).click(),
    ])
    await consent.getByRole('button', { name: 'Allow access' }).click()
    await card(page, 'Notion').getByText('is connected.').waitFor()
    await closeWithOutcome(consent)
    await card(page, 'Notion').getByText('Custom OAuth client').waitFor()

    await page.getByRole('button', { name: 'OAuth Client Settings (Notion)' }).click()
    await dialog(page).getByText('The stored one ends in 4321').waitFor()
    await dialog(page).getByRole('button', { name: 'Remove' }).click()
    await dialog(page).waitFor({ state: 'detached' })
    await page.getByRole('button', { name: 'OAuth Client Settings (Notion)' }).click()
    await dialog(page).getByText('Default: new connections use').waitFor()
    await page.keyboard.press('Escape')
    await expect.poll(() => focusedLabel(page)).toBe('OAuth Client Settings (Notion)')
  })

  test('by keyboard alone: a connection is deleted after a question', async () => {
    const { page } = ada
    const row = connection(page, 'Docs <b>by</b> key')
    await row.getByRole('button', { name: 'More' }).focus()
    await page.keyboard.press('Enter')
    await row.getByRole('button', { name: 'Delete' }).focus()
    await page.keyboard.press('Enter')
    await dialog(page).getByText('stop working at once').waitFor()
    await look(page, 'delete')
    await page.keyboard.press('Escape')
    await dialog(page).waitFor({ state: 'detached' })
    await expect.poll(() => focusedText(page)).toContain('Delete')
    await page.keyboard.press('Enter')
    await dialog(page).getByRole('button', { name: 'Delete' }).press('Enter')
    await row.waitFor({ state: 'detached' })
    await expect.poll(() => focusedText(page)).not.toBe('')
  })

  test('on a narrow screen nothing is cut off', async () => {
    const { page } = ada
    await page.setViewportSize({ width: 360, height: 780 })
    await look(page, 'narrow')
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(360)
    await page.screenshot({ fullPage: true, path: pictureOf('narrow-whole') })
  })

  test('signed out elsewhere: the page asks to sign in and shows nothing any more', async () => {
    const { page, context } = ada
    const other = await context.newPage()
    await other.goto(house.url)
    await other.getByRole('button', { name: 'Sign out' }).click()
    await other.getByRole('heading', { name: 'Sign in' }).waitFor()
    await page.getByRole('heading', { name: 'Sign in' }).waitFor()
    expect(await page.getByText('Team space').count()).toBe(0)
    expect(ada.complaints).toEqual([])
  })

  async function beginOAuth(page: Page, name: string): Promise<Page> {
    await card(page, 'Notion').getByRole('button', { name: 'Add OAuth' }).click()
    await dialog(page).getByText('You choose in Notion which pages').waitFor()
    await dialog(page).getByLabel('Authorization Name').fill(name)
    const [opened] = await Promise.all([
      page.context().waitForEvent('page'),
      dialog(page).getByRole('button', { name: 'Continue to Notion' }).click(),
    ])
    await opened.getByRole('button', { name: 'Allow access' }).waitFor()
    return opened
  }
})

async function expectAttribute(locator: Locator, name: string, value: string): Promise<void> {
  await locator.and(locator.page().locator(`[${name}="${value}"]`)).waitFor()
}

const focusedText = (page: Page) => page.evaluate('document.activeElement.textContent') as Promise<string>
const focusedLabel = (page: Page) => page.evaluate('document.activeElement.ariaLabel') as Promise<string>
