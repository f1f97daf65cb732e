/** Each flow by the keyboard alone: no pointer is used in this file. */
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { connection, dialog, focused, inWindow, node, panel, status, tabTo } from './actions.ts'
import { noChromium } from './chromium.ts'
import { closeWithOutcome } from './look.ts'
import { openStage, type Stage } from './stage.ts'

describe.skipIf(noChromium !== null)('by the keyboard alone', () => {
  let stage: Stage
  let page: Page
  beforeAll(async () => {
    stage = await openStage()
    page = stage.ada.page
  })
  afterAll(async () => stage?.[Symbol.asyncDispose]())

  test('a source is connected by API key, after a wrong one', async () => {
    await wayOf('Notion', 'Add API Key (Notion)')
    await write('Authorization Name', 'Docs')
    await write('API Key', 'ntn_00000000000000000000000000000000000')
    await page.keyboard.press('Enter')
    await dialog(page).getByText('Notion refuses the credential.').waitFor()
    // The focus is where the mistake is.
    await expect.poll(() => page.locator(':focus').getAttribute('name')).toBe('api_key')
    await page.keyboard.press('Control+A')
    await page.keyboard.type(stage.house.sandbox.apiKeys.notion as string)
    await page.keyboard.press('Enter')
    await status(page, 'Docs', 'Connected').waitFor()
    await dialog(page).waitFor({ state: 'detached' })
    await expect.poll(() => focused(page)).toContain('Configure')
  })

  test('with an OAuth client of the workspace, saved and authorized with', async () => {
    await wayOf('Dropbox', 'OAuth Client Settings')
    await tabTo(page, /^Default/)
    await page.keyboard.press('ArrowDown')
    const redirectUri = await dialog(page).getByLabel('Redirect URI').inputValue()
    stage.house.sandbox.control.registerClient('dropbox', {
      clientId: 'acme-client',
      clientSecret: 'acme-secret-4321',
      redirectUris: [redirectUri],
    })
    await write('Client ID', 'acme-client')
    await write('Client Secret', 'acme-secret-4321')
    const consent = await inWindow(page, () => press('Save and Authorize'))
    await tabTo(consent, 'Allow')
    await consent.keyboard.press('Enter')
    await page.getByText('Custom OAuth client').waitFor()
    await closeWithOutcome(consent)
    await wayOf('Dropbox', 'OAuth Client Settings')
    await press('Remove')
    await dialog(page).waitFor({ state: 'detached' })
  })

  test('a source is connected by OAuth; another attempt is given up', async () => {
    await wayOf('Google Drive', 'Add OAuth (Google Drive)')
    await write('Authorization Name', 'Team drive')
    const consent = await inWindow(page, () => press('Continue to Google Drive'))
    await tabTo(consent, 'Continue')
    await consent.keyboard.press('Enter')
    await status(page, 'Team drive', 'Connected').waitFor()
    await closeWithOutcome(consent)
    await wayOf('OneDrive', 'Add OAuth (OneDrive)')
    const second = await inWindow(page, () => press('Continue to OneDrive'))
    await second.close()
    await press('Stop waiting (OneDrive)')
    await page.getByText('Waiting for you to give access').waitFor({ state: 'detached' })
  })

  test('a connection is renamed, tested, refreshed, made the default, shared, and its key replaced', async () => {
    await action('Docs', 'Rename')
    await write('Authorization Name', 'Handbook')
    await page.keyboard.press('Enter')
    await connection(page, 'Handbook').waitFor()
    await dialog(page).waitFor({ state: 'detached' })
    await action('Handbook', 'Test now')
    await page.getByText('Tested: it works.').waitFor()
    await action('Team drive', 'Refresh now')
    await page.getByText('Refreshed.', { exact: true }).waitFor()
    await action('Handbook', 'Who may use it')
    await tabTo(page, 'Everybody in the workspace')
    await page.keyboard.press('ArrowUp')
    await page.keyboard.press('ArrowUp')
    await press('Save')
    await connection(page, 'Handbook').getByText('Whoever made it').waitFor()
    await dialog(page).waitFor({ state: 'detached' })
    await action('Handbook', 'Replace key')
    await write('API Key', stage.house.sandbox.apiKeys.notion as string)
    await page.keyboard.press('Enter')
    await dialog(page).waitFor({ state: 'detached' })
    await wayOf('Notion', 'Add API Key (Notion)')
    await write('Authorization Name', 'Second')
    await write('API Key', stage.house.sandbox.apiKeys.notion as string)
    await page.keyboard.press('Enter')
    await status(page, 'Second', 'Connected').waitFor()
    await dialog(page).waitFor({ state: 'detached' })
    await action('Second', 'Make default')
    await connection(page, 'Second').getByText('Default', { exact: true }).waitFor()
  })

  test('what a source holds is looked through, and a page is read', async () => {
    await press('Browse and run (Second)')
    const pages = dialog(page).getByRole('grid', { name: 'Pages that this connection can see' })
    await write('Search by title', 'handbook')
    await pages
      .getByRole('row', { name: /Handbook/ })
      .first()
      .waitFor()
    await expect.poll(() => pages.getByRole('row', { name: /Product \d/ }).count()).toBe(0)
    await tabToPart('[role=row]')
    await page.keyboard.press('Space')
    await press(/^Read 1 page/)
    await dialog(page).getByText('Completed').waitFor()
    await tabToPart('summary')
    await page.keyboard.press('Enter')
    await dialog(page)
      .getByRole('region', { name: /^Text of/ })
      .waitFor()
    await page.keyboard.press('Escape')
    await dialog(page).waitFor({ state: 'detached' })
  })

  test('found by search and filter', async () => {
    await write('Search sources and connections', 'handbook')
    await connection(page, 'Second').waitFor({ state: 'detached' })
    await page.keyboard.press('Escape')
    await connection(page, 'Second').waitFor()
    await tabTo(page, 'All')
    await page.keyboard.press('ArrowRight')
    await page.keyboard.press('Space')
    await page.getByRole('region', { name: 'Jina Reader' }).waitFor({ state: 'detached' })
    await page.keyboard.press('ArrowLeft')
    await page.keyboard.press('Space')
    await page.getByRole('region', { name: 'Jina Reader' }).waitFor()
  })

  test('a connection is deleted', async () => {
    await action('Second', 'Delete')
    await press('Delete')
    await connection(page, 'Second').waitFor({ state: 'detached' })
  })

  test('a member is invited, and a token made and revoked', async () => {
    await account('Members')
    await page.getByRole('heading', { name: 'Members' }).waitFor()
    await press('Invite')
    await write('E-mail address', 'grace@acme.test')
    await page.keyboard.press('Enter')
    await dialog(page).getByLabel('Invite link').waitFor()
    await press('Done')
    await page.getByRole('listitem', { name: 'grace@acme.test' }).waitFor()
    await account('API Tokens')
    await press('Make a token')
    await write('Name', 'Orchestrator')
    await page.keyboard.press('Enter')
    await dialog(page).getByLabel('API token').waitFor()
    await press('Done')
    await press('Revoke (Orchestrator)')
    await press('Revoke')
    await page.getByText('No API tokens yet').waitFor()
  })

  test('a pipeline is imported by pasting it, a node chosen, connected there, and run; then deleted', async () => {
    await press('Pipelines')
    await press('Import pipeline')
    await tabTo(page, 'File')
    await page.keyboard.press('ArrowRight')
    await page.keyboard.press('Space')
    const text = {
      format: 'wellhead.pipeline',
      version: 1,
      name: 'Manual',
      nodes: [{ id: 'crawl', type: 'data_source', title: 'Crawl', position: { x: 0, y: 0 }, data_source: 'firecrawl' }],
      edges: [],
    }
    await tabTo(page, 'Document')
    await page.keyboard.insertText(JSON.stringify(text))
    await press('Import')
    await node(page, /^Crawl.*needs authorization$/).waitFor()
    await tabTo(page, /^Crawl/)
    await page.keyboard.press('Enter')
    await press('Add API Key (Firecrawl)')
    await write('API Key', stage.house.sandbox.apiKeys.firecrawl as string)
    await page.keyboard.press('Enter')
    await node(page, /^Crawl.*, connected$/).waitFor()
    await dialog(page).waitFor({ state: 'detached' })
    await write('URL', stage.house.sandbox.siteUrl)
    await write('Limit', '2')
    await page.keyboard.press('Enter')
    await panel(page)
      .getByText(/^Completed/)
      .waitFor()
    await page.keyboard.press('Escape')
    await panel(page).waitFor({ state: 'detached' })
    await tabTo(page, 'Actions (Manual)')
    await page.keyboard.press('Enter')
    await page.keyboard.press('End')
    await page.keyboard.press('Enter')
    await press('Delete')
    await page.getByText('No pipelines yet').waitFor()
  })

  test('signed out, and in again', async () => {
    await account('Sign out')
    await page.getByLabel('E-mail address').waitFor()
    await write('E-mail address', 'ada@acme.test')
    await write('Password', 'a long password')
    await page.keyboard.press('Enter')
    await page
      .getByRole('heading', { name: 'Pipelines' })
      .or(page.getByRole('heading', { name: 'Data Sources' }))
      .waitFor()
    expect(stage.ada.complaints).toEqual([])
  })

  /** Goes on by Tab to what is called so, and presses it. */
  async function press(name: string | RegExp): Promise<void> {
    await tabTo(page, name)
    await page.keyboard.press('Enter')
  }

  async function write(field: string, text: string): Promise<void> {
    await tabTo(page, field)
    await page.keyboard.press('Control+A')
    await page.keyboard.insertText(text)
  }

  /** Opens a way to connect a source from its card. */
  async function wayOf(source: string, way: string): Promise<void> {
    await press(`Configure (${source})`)
    await press(way)
    await page.getByRole('heading', { name: new RegExp(`: ${source}$`) }).waitFor()
  }

  /** Chooses from a connection's menu. */
  async function action(name: string, item: string): Promise<void> {
    await tabTo(page, `Actions: ${name}`)
    await choose(item)
  }

  async function account(item: string): Promise<void> {
    await tabTo(page, /^Your account/)
    await choose(item)
  }

  async function choose(item: string): Promise<void> {
    await page.keyboard.press('Enter')
    await page.getByRole('menuitem', { name: item }).waitFor()
    for (let steps = 0; steps < 20; steps++) {
      if (
        (await page
          .locator(':focus')
          .and(page.getByRole('menuitem', { name: item }))
          .count()) > 0
      )
        break
      await page.keyboard.press('ArrowDown')
    }
    await page.keyboard.press('Enter')
  }

  async function tabToPart(selector: string): Promise<void> {
    for (let tabs = 0; tabs < 60; tabs++) {
      if ((await page.locator(`:focus:is(${selector})`).count()) > 0) return
      await page.keyboard.press('Tab')
    }
    throw new Error(`Tab does not lead to ${selector}.`)
  }
})
