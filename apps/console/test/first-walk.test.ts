/**
 * The first walk of somebody new: from the link that `wellhead start` prints to a document on the screen, in both places where a source
 * is connected, with nothing but what the page itself says.
 */
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { card, configure, connection, dialog, inWindow, node, panelSection, status } from './actions.ts'
import { noChromium } from './chromium.ts'
import { closeWithOutcome, look } from './look.ts'
import { openStage, type Stage } from './stage.ts'

describe.skipIf(noChromium !== null)('the first walk', () => {
  let stage: Stage
  let page: Page
  beforeAll(async () => {
    stage = await openStage()
    page = stage.ada.page
  })
  afterAll(async () => stage?.[Symbol.asyncDispose]())

  test('in Settings: "Get a key" leads to a key, and the run to a document', async () => {
    await configure(page, 'Notion', 'Add API Key')
    const keys = await inWindow(page, () => dialog(page).getByRole('link', { name: 'Get a key' }).click())
    const key = await keys.locator('#keys code').textContent()
    await look(keys, 'sandbox-developers')
    await keys.close()
    await dialog(page)
      .getByLabel('API Key')
      .fill(key as string)
    await dialog(page).getByRole('button', { name: 'Save' }).click()
    const name = (await card(page, 'Notion').getByRole('listitem').first().getAttribute('aria-label')) as string
    await status(page, name, 'Connected').waitFor()
    await connection(page, name).getByRole('button', { name: 'Browse and run' }).click()
    const pages = dialog(page).getByRole('grid', { name: 'Pages that this connection can see' })
    const text = dialog(page).getByRole('region', { name: /^Text of/ })
    const read = async () => {
      await dialog(page).getByRole('button', { name: 'Read 1 page' }).click()
      await dialog(page).getByText('Completed').waitFor()
      await dialog(page).getByRole('list', { name: 'Documents' }).locator('summary').first().click()
      await text.waitFor()
    }
    // What is at the top has no text: it says what it has.
    await pages
      .getByRole('row', { name: /^Product/ })
      .first()
      .click()
    await read()
    await text.getByText('It has no text, only properties:').waitFor()
    await text.getByText(/^SKU-\d+$/).waitFor()
    await look(page, 'properties')
    await dialog(page).getByRole('button', { name: 'Back' }).click()
    await dialog(page).getByRole('searchbox').fill('handbook')
    await pages
      .getByRole('row', { name: /Handbook/ })
      .first()
      .click()
    await read()
    await text.getByRole('heading', { name: '1. Opening', exact: true }).waitFor()
    await text.getByText('Opening, rule 1: keep it simple.', { exact: true }).waitFor()
    expect(await text.locator('pre').count()).toBe(0)
    await page.keyboard.press('Escape')
    await dialog(page).waitFor({ state: 'detached' })
  })

  test('in a pipeline: the sample, a crawler connected at its node, and the site that the sandbox has', async () => {
    await page.getByRole('link', { name: 'Pipelines' }).click()
    await page.getByRole('button', { name: 'Try it with a sample' }).click()
    await node(page, /needs authorization$/).click()
    await panelSection(page, 'Connection').getByRole('button', { name: 'Add API Key' }).click()
    const keys = await inWindow(page, () => dialog(page).getByRole('link', { name: 'Get a key' }).click())
    const key = await keys.locator('#keys code').textContent()
    await keys.close()
    await dialog(page)
      .getByLabel('API Key')
      .fill(key as string)
    await page.keyboard.press('Enter')
    await node(page, /needs authorization$/).waitFor({ state: 'detached' })
    // What to read is filled in: the sandbox could read nothing else.
    const read = panelSection(page, 'Read')
    expect(await read.getByLabel('Web site to read').inputValue()).toBe(stage.house.sandbox.siteUrl)
    await read.getByRole('button', { name: 'Run', exact: true }).click()
    const run = panelSection(page, 'Run')
    await run.getByText(/^Completed/).waitFor()
    await run.locator('summary').first().click()
    await run.getByRole('region', { name: /^Text of/ }).waitFor()
  })

  test('with an OAuth client of one’s own: where it is registered, and what to enter', async () => {
    await page.getByRole('link', { name: 'Settings' }).click()
    await configure(page, 'Dropbox', 'OAuth Client Settings')
    await dialog(page).getByRole('radio', { name: 'Custom' }).press('Space')
    const redirectUri = await dialog(page).getByLabel('Redirect URI').inputValue()
    const site = await inWindow(page, () => dialog(page).getByRole('link', { name: 'Dropbox' }).click())
    await site.getByLabel('Redirect URI').fill(redirectUri)
    await site.getByRole('button', { name: 'Register' }).click()
    const [clientId, secret] = await Promise.all(
      ['#client-id', '#client-secret'].map((id) => site.locator(id).textContent()),
    )
    await look(site, 'sandbox-client')
    await site.close()
    await dialog(page)
      .getByLabel('Client ID')
      .fill(clientId as string)
    await dialog(page)
      .getByLabel('Client Secret')
      .fill(secret as string)
    const consent = await inWindow(page, () => dialog(page).getByRole('button', { name: 'Save and Authorize' }).click())
    await consent.getByRole('button', { name: 'Allow' }).click()
    await card(page, 'Dropbox').getByText('Custom OAuth client').waitFor()
    await closeWithOutcome(consent)
    expect(stage.ada.complaints).toEqual([])
  })
})
