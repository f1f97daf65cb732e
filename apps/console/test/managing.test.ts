import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  act,
  actOnAccount,
  allow,
  beginOAuth,
  choose,
  configure,
  connection,
  dialog,
  focused,
  status,
  waitForAttribute,
} from './actions.ts'
import { noChromium } from './chromium.ts'
import { closeWithOutcome, look, newPerson, pictureOf } from './look.ts'
import { openStage, type Stage } from './stage.ts'

describe.skipIf(noChromium !== null)('Settings > Data Sources: to manage and to try', () => {
  let stage: Stage
  beforeAll(async () => {
    stage = await openStage()
    const { page } = stage.ada
    await addKey(page, 'Notion', stage.house.sandbox.apiKeys.notion as string, 'Docs')
    await addKey(page, 'Firecrawl', stage.house.sandbox.apiKeys.firecrawl as string, 'Crawler')
    const consent = await beginOAuth(page, 'Google Drive', 'Team drive')
    await allow(consent)
    await status(page, 'Team drive', 'Connected').waitFor()
    await closeWithOutcome(consent)
  })
  afterAll(async () => stage?.[Symbol.asyncDispose]())

  test('pages are looked for, chosen and read, with their text', async () => {
    const { page } = stage.ada
    await connection(page, 'Docs').getByRole('button', { name: 'Browse and run' }).click()
    const pages = dialog(page).getByRole('grid', { name: 'Pages that this connection can see' })
    await pages.getByRole('row').nth(3).waitFor()
    await look(page, 'browse-pages')
    await dialog(page).getByRole('searchbox').fill('Handbook')
    await pages
      .getByRole('row', { name: /Handbook/ })
      .first()
      .waitFor()
    await expect.poll(() => pages.getByRole('row', { name: /Product \d/ }).count()).toBe(0)
    await pages
      .getByRole('row', { name: /Handbook/ })
      .first()
      .click()
    await dialog(page).getByRole('button', { name: 'Read 1 page' }).click()
    await dialog(page).getByText('Completed').waitFor()
    await dialog(page).getByRole('list', { name: 'Documents' }).locator('summary').first().click()
    // As it is meant to look, once what shows it so is loaded.
    await dialog(page)
      .getByRole('region', { name: /^Text of/ })
      .getByRole('heading')
      .first()
      .waitFor()
    await look(page, 'run-pages')
    await dialog(page).getByRole('button', { name: 'Back' }).click()
    await pages.waitFor()
    await page.keyboard.press('Escape')
    await expect.poll(() => focused(page)).toContain('Browse and run')
  })

  test('folders are opened and files downloaded', async () => {
    const { page } = stage.ada
    await connection(page, 'Team drive').getByRole('button', { name: 'Browse and run' }).click()
    const files = dialog(page).getByRole('grid', { name: 'Files that this connection can see' })
    await files.getByRole('row').nth(1).waitFor()
    await look(page, 'browse-files')
    const folder = files
      .getByRole('row')
      .filter({ has: page.locator('.lucide-folder') })
      .first()
    const name = (await folder.getAttribute('aria-label')) as string
    await folder.click()
    await dialog(page).getByRole('navigation').getByText(name).waitFor()
    await dialog(page).getByRole('button', { name: 'Top' }).click()
    const file = files
      .getByRole('row')
      .filter({ has: page.getByRole('checkbox') })
      .first()
    await file.click()
    await dialog(page).getByRole('button', { name: 'Download 1 file' }).click()
    await dialog(page).getByText('Completed').waitFor()
    await look(page, 'run-files')
    await page.keyboard.press('Escape')
  })

  test('a crawl shows its progress and documents; another is cancelled; wrong parameters are told at their field', async () => {
    const { page } = stage.ada
    const crawl = async (url: string) => {
      await connection(page, 'Crawler').getByRole('button', { name: 'Browse and run' }).click()
      await dialog(page).getByLabel('URL').fill(url)
    }
    await crawl('ftp://acme.test')
    await dialog(page).getByRole('button', { name: 'Run', exact: true }).click()
    await waitForAttribute(dialog(page).getByLabel('URL'), 'aria-invalid', 'true')
    await look(page, 'run-form')
    await dialog(page).getByLabel('URL').fill(stage.house.sandbox.siteUrl)
    await dialog(page).getByLabel('Limit').fill('4')
    await dialog(page).getByRole('button', { name: 'Run', exact: true }).click()
    await dialog(page).getByText('Completed').waitFor()
    await dialog(page).getByText('4 documents').waitFor()
    await dialog(page).locator('summary').first().click()
    await dialog(page)
      .getByRole('region', { name: /^Text of/ })
      .waitFor()
    await look(page, 'run-crawl')
    await page.keyboard.press('Escape')

    stage.house.sandbox.control.settings('firecrawl', { manual: true })
    await crawl(stage.house.sandbox.siteUrl)
    await dialog(page).getByRole('button', { name: 'Run', exact: true }).click()
    await dialog(page).getByText('Running').waitFor()
    await dialog(page).getByRole('progressbar', { name: 'Progress' }).waitFor()
    await look(page, 'run-running')
    await dialog(page).getByRole('button', { name: 'Cancel the run' }).click()
    await dialog(page).getByText('Cancelled').waitFor()
    // The button is gone; who is at the keyboard is not.
    expect(await focused(page)).toMatch(/^Cancelled/)
    await page.keyboard.press('Escape')
    await dialog(page).waitFor({ state: 'detached' })
    stage.house.sandbox.control.settings('firecrawl', { manual: false })
  })

  test('a connection is renamed, made the default, and its key replaced; a refused one is told', async () => {
    const { page } = stage.ada
    await addKey(page, 'Notion', stage.house.sandbox.apiKeys.notion as string, 'Second')
    await act(page, 'Second', 'Rename')
    await dialog(page).getByLabel('Authorization Name').fill('Docs')
    await page.keyboard.press('Enter')
    await dialog(page).getByText('already a connection named').waitFor()
    await dialog(page).getByLabel('Authorization Name').fill('Second space')
    await page.keyboard.press('Enter')
    await dialog(page).waitFor({ state: 'detached' })
    await act(page, 'Second space', 'Make default')
    await connection(page, 'Second space').getByText('Default', { exact: true }).waitFor()
    expect(await connection(page, 'Docs').getByText('Default', { exact: true }).count()).toBe(0)
    await act(page, 'Crawler', 'Replace key')
    const key = dialog(page).getByLabel('API Key')
    await key.fill('fc-not-a-key')
    await page.keyboard.press('Enter')
    await waitForAttribute(key, 'aria-invalid', 'true')
    await status(page, 'Crawler', 'API key refused').waitFor()
    await look(page, 'replace-key')
    await key.fill(stage.house.sandbox.apiKeys.firecrawl as string)
    await page.keyboard.press('Enter')
    await status(page, 'Crawler', 'Connected').waitFor()
    await dialog(page).waitFor({ state: 'detached' })
  })

  test('found by search and filter, with a way back when nothing is', async () => {
    const { page } = stage.ada
    const search = page.getByRole('searchbox', { name: 'Search sources and connections' })
    await search.fill('second')
    await connection(page, 'Second space').waitFor()
    expect(await connection(page, 'Docs').count()).toBe(0)
    expect(await page.getByRole('region', { name: 'Dropbox' }).count()).toBe(0)
    await search.fill('nothing is called this')
    await page.getByText('Nothing matches').waitFor()
    await look(page, 'no-match')
    await page.getByRole('button', { name: 'Show all' }).click()
    await page.getByRole('region', { name: 'Dropbox' }).waitFor()
    await page.getByRole('radio', { name: 'Not connected' }).click()
    await expect.poll(() => page.getByRole('region', { name: 'Notion' }).count()).toBe(0)
    await page.getByRole('radio', { name: 'All' }).click()
  })

  test('a second member joins by invite link and sees only what is visible to them', async () => {
    const { page } = stage.ada
    await actOnAccount(page, 'Members')
    await page.getByRole('heading', { name: 'Members' }).waitFor()
    await page.getByRole('button', { name: 'Invite' }).click()
    await dialog(page).getByLabel('E-mail address').fill('grace@acme.test')
    await look(page, 'invite')
    await dialog(page).getByRole('button', { name: 'Make the link' }).click()
    const link = await dialog(page).getByLabel('Invite link').inputValue()
    await dialog(page).getByRole('button', { name: 'Done' }).click()
    await page.getByRole('listitem', { name: 'grace@acme.test' }).waitFor()
    await look(page, 'members')

    const grace = await newPerson(stage.browser)
    await grace.page.goto(link)
    await grace.page.getByLabel('Your name').fill('Grace Hopper')
    await grace.page.getByLabel('Choose a password').fill('another long password')
    await grace.page.getByRole('button', { name: 'Join' }).click()
    await connection(grace.page, 'Docs').waitFor()

    await page.reload()
    await page.getByRole('listitem', { name: 'Grace Hopper' }).waitFor()
    await actOnAccount(page, 'Data Sources')
    const visible = async (name: string, choice: string, member?: string) => {
      await act(page, name, 'Who may use it')
      await choose(dialog(page).getByRole('radio', { name: choice }))
      if (member) await choose(dialog(page).getByRole('checkbox', { name: member }))
      await look(page, 'who-may-use-it')
      await dialog(page).getByRole('button', { name: 'Save' }).click()
      await dialog(page).waitFor({ state: 'detached' })
    }
    await visible('Docs', 'Only me')
    await visible('Second space', 'Chosen members', 'Grace Hopper')
    await grace.page.reload()
    await connection(grace.page, 'Second space').waitFor()
    expect(await connection(grace.page, 'Docs').count()).toBe(0)
    // A member may use what others made, not change it; nor invite, nor set OAuth clients.
    expect(await connection(grace.page, 'Second space').getByRole('button').allTextContents()).toEqual([
      expect.stringContaining('Browse and run'),
    ])
    await grace.page.getByRole('button', { name: 'Configure (Notion)' }).click()
    await dialog(grace.page).getByRole('button', { name: 'Add OAuth' }).waitFor()
    expect(await grace.page.getByRole('button', { name: 'OAuth Client Settings' }).count()).toBe(0)
    await grace.page.keyboard.press('Escape')
    await look(grace.page, 'second-member')
    await grace.page.goto(`${stage.house.url}/settings/members`)
    await grace.page.getByRole('listitem', { name: 'Ada Lovelace' }).waitFor()
    expect(await grace.page.getByRole('button', { name: 'Invite' }).count()).toBe(0)
    expect(grace.complaints).toEqual([])
    await grace.context.close()
  })

  test('an API token is shown once, works within its scopes, and ends when it is revoked', async () => {
    const { page } = stage.ada
    await actOnAccount(page, 'API Tokens')
    await page.getByText('No API tokens yet').waitFor()
    await look(page, 'tokens-empty')
    await page.getByRole('button', { name: 'Make a token' }).click()
    await dialog(page).getByLabel('Name').fill('Orchestrator')
    await dialog(page).getByRole('checkbox', { name: 'Begin and cancel runs' }).waitFor({ state: 'attached' })
    await look(page, 'make-token')
    await dialog(page).getByRole('button', { name: 'Make a token' }).click()
    const token = await dialog(page).getByLabel('API token').inputValue()
    await dialog(page).getByRole('button', { name: 'Done' }).click()
    await page
      .getByRole('listitem', { name: 'Orchestrator' })
      .getByText(`ends in ${token.slice(-4)}`)
      .waitFor()
    await look(page, 'tokens')
    expect(await page.content()).not.toContain(token)
    const ask = async (path: string) =>
      (await fetch(`${stage.house.url}${path}`, { headers: { authorization: `Bearer ${token}` } })).status
    expect([await ask('/v1/connections'), await ask('/v1/audit')]).toEqual([200, 403])
    await page.getByRole('button', { name: 'Revoke (Orchestrator)' }).click()
    await look(page, 'revoke-token')
    await dialog(page).getByRole('button', { name: 'Revoke' }).click()
    await page.getByText('No API tokens yet').waitFor()
    await expect.poll(() => ask('/v1/connections'), { timeout: 10_000 }).toBe(401)
    await actOnAccount(page, 'Data Sources')
  })

  test('by keyboard alone: a connection is deleted after a question', async () => {
    const { page } = stage.ada
    const actions = connection(page, 'Second space').getByRole('button', { name: /^Actions/ })
    await actions.focus()
    await page.keyboard.press('Enter')
    await page.getByRole('menuitem', { name: 'Delete' }).waitFor()
    await page.keyboard.press('End')
    await page.keyboard.press('Enter')
    await dialog(page).getByText('cannot be used any more').waitFor()
    await look(page, 'delete')
    await page.keyboard.press('Escape')
    await dialog(page).waitFor({ state: 'detached' })
    await expect.poll(() => focused(page)).toContain('Actions')
    await page.keyboard.press('Enter')
    await page.getByRole('menuitem', { name: 'Delete' }).waitFor()
    await page.keyboard.press('End')
    await page.keyboard.press('Enter')
    await dialog(page).getByRole('button', { name: 'Delete' }).press('Enter')
    await connection(page, 'Second space').waitFor({ state: 'detached' })
    await page.getByText('“Second space” is deleted.').waitFor()
    await expect.poll(() => focused(page)).toBe('Data Sources')
  })

  test('on a narrow screen nothing is cut off', async () => {
    const { page } = stage.ada
    await page.setViewportSize({ width: 360, height: 780 })
    await look(page, 'narrow')
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(360)
    await page.screenshot({ fullPage: true, path: pictureOf('narrow-whole') })
    expect(stage.ada.complaints).toEqual([])
  })
})

async function addKey(page: Page, source: string, key: string, name: string): Promise<void> {
  await configure(page, source, 'Add API Key')
  await dialog(page).getByLabel('Authorization Name').fill(name)
  await dialog(page).getByLabel('API Key').fill(key)
  await page.keyboard.press('Enter')
  await status(page, name, 'Connected').waitFor()
  await dialog(page).waitFor({ state: 'detached' })
}
