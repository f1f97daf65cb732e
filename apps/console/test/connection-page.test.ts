import { schema } from '@wellhead/engine'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { allow, dialog, focused, inWindow } from './actions.ts'
import { noChromium } from './chromium.ts'
import { closeWithOutcome, look, newPerson, pictureOf } from './look.ts'
import { type OtherDoor, openOtherDoor } from './other-door.ts'
import { openStage, type Stage } from './stage.ts'

const section = (page: Page, name: string) => page.getByRole('region', { name, exact: true })
const title = (page: Page, name: string) => page.getByRole('heading', { name, exact: true, level: 1 })
const history = (page: Page) => section(page, 'History').getByRole('listitem')
const fact = (page: Page, term: string) =>
  page.locator('dl > div').filter({ has: page.locator('dt').getByText(term, { exact: true }) })

async function act(page: Page, action: string): Promise<void> {
  await page.getByRole('button', { name: /^Actions/ }).click()
  await page.getByRole('menuitem', { name: action }).click()
}

describe.skipIf(noChromium !== null)('the page of a connection', () => {
  let stage: Stage
  let door: OtherDoor
  let page: Page

  beforeAll(async () => {
    stage = await openStage()
    door = await openOtherDoor(stage.house)
    page = stage.ada.page
  })
  afterAll(async () => stage?.[Symbol.asyncDispose]())

  const open = async (who: Page, id: string) => who.goto(`${stage.house.url}/connections/${id}`)

  test('by API key: what it is, and from the first on what happened to it', async () => {
    await door.connectByKey('firecrawl', 'Crawler')
    await page.getByRole('link', { name: 'Crawler', exact: true }).click()
    await title(page, 'Crawler').waitFor()
    await expect.poll(() => focused(page)).toBe('Crawler')
    await page.getByText('Connection to Firecrawl').waitFor()
    await page.getByText('Connected', { exact: true }).first().waitFor()
    await page.getByText('Default', { exact: true }).waitFor()
    const key = stage.house.sandbox.apiKeys.firecrawl as string
    await fact(page, 'API key')
      .getByText(`ends in ${key.slice(-4)}`)
      .waitFor()
    await fact(page, 'Last used').getByText('never').waitFor()
    await fact(page, 'Connected').getByText('now by you').waitFor()
    await fact(page, 'Base URL').getByText('not set').waitFor()
    await section(page, 'Who may use it').getByText('Everybody in the workspace.').waitFor()
    await section(page, 'Pipelines').getByText('No node of a pipeline names it.').waitFor()
    await history(page).getByText('Checked: it works').waitFor()
    await history(page).getByText('Ada Lovelace (API token “Orchestrator”) connected it by API key').waitFor()
    // Said once, though two logs have it.
    expect(await history(page).count()).toBe(2)
    expect(await page.content()).not.toContain(key)
    await look(page, 'connection-key')
    await page.getByRole('button', { name: 'About the sandbox of Firecrawl' }).click()
    await dialog(page).getByText('To use the real one').waitFor()
    await page.keyboard.press('Escape')
  })

  test('what is done with it on the page is in its history at once, by name', async () => {
    await act(page, 'Rename')
    await dialog(page).getByLabel('Authorization Name').fill('Site reader')
    await page.keyboard.press('Enter')
    await title(page, 'Site reader').waitFor()
    await history(page).getByText('Ada Lovelace changed its name').waitFor()
    await act(page, 'Test now')
    await page.getByText('Tested: it works.').waitFor()
    await act(page, 'Replace key')
    await dialog(page).getByLabel('API Key').fill('fc-not-a-key')
    await page.keyboard.press('Enter')
    await history(page).getByText('The API key was refused').waitFor()
    await history(page).getByText('Ada Lovelace changed the API key').waitFor()
    await page.getByText('Replace it to go on').waitFor()
    await dialog(page)
      .getByLabel('API Key')
      .fill(stage.house.sandbox.apiKeys.firecrawl as string)
    await page.keyboard.press('Enter')
    await dialog(page).waitFor({ state: 'detached' })
    await page.getByText('Replace it to go on').waitFor({ state: 'detached' })
  })

  test('by OAuth: account, permissions, client and tokens; a refresh of now, and one that would risk the grant', async () => {
    const id = await door.connectByOAuth(page, 'notion', 'Team space')
    await open(page, id)
    await title(page, 'Team space').waitFor()
    await fact(page, 'OAuth client').getByText('Default').waitFor()
    await fact(page, 'Tokens issued').getByText('1', { exact: true }).waitFor()
    await section(page, 'Permissions').waitFor()
    await history(page).getByText('Connected by OAuth').waitFor()
    await history(page).getByText('You gave access').waitFor()
    await act(page, 'Refresh now')
    await fact(page, 'Tokens issued').getByText('2', { exact: true }).waitFor()
    await history(page).getByText('The token was refreshed').waitFor()
    await look(page, 'connection-oauth')

    // The answer is lost: nobody knows whether the token is spent.
    stage.house.sandbox.control.fault({ provider: 'notion', match: 'POST /v1/oauth/token', kind: 'reset' })
    await act(page, 'Refresh now')
    await history(page).getByText('A refresh failed').waitFor()
    await page.getByText('Nobody can tell whether Notion took the last refresh.').waitFor()
    await act(page, 'Refresh now')
    await dialog(page).getByText('may make Notion end the access').waitFor()
    await look(page, 'connection-risk')
    await dialog(page).getByRole('button', { name: 'Cancel' }).click()
    await dialog(page).waitFor({ state: 'detached' })
    await fact(page, 'Tokens issued').getByText('2', { exact: true }).waitFor()
    await act(page, 'Refresh now')
    await dialog(page).getByRole('button', { name: 'Refresh all the same' }).click()
    await fact(page, 'Tokens issued').getByText('3', { exact: true }).waitFor()
    await history(page).getByText('It works again').waitFor()
    await page.getByText('Nobody can tell whether').waitFor({ state: 'detached' })
  })

  test('a grant that is gone: told without a reload, what to do stands there, and authorizing again makes it good', async () => {
    stage.house.sandbox.control.revokeGrant('notion')
    stage.house.sandbox.control.advance(24 * 3600)
    await act(page, 'Refresh now')
    await page.getByText('Authorize it again to go on.').waitFor()
    await history(page).getByText('It must be authorized again').waitFor()
    await look(page, 'connection-needs-authorization')
    await page.getByRole('button', { name: 'Authorize again' }).click()
    const consent = await inWindow(page, () => dialog(page).getByRole('button', { name: 'Continue to Notion' }).click())
    await allow(consent)
    await page.getByText('Authorize it again to go on.').waitFor({ state: 'detached' })
    await history(page).getByText('It works again').first().waitFor()
    await closeWithOutcome(consent)
  })

  test('which nodes of pipelines use it', async () => {
    const { items } = await door.client.connections.list({ query: { data_source: 'notion' } })
    const connection = items.find(({ name }) => name === 'Team space')
    const made = await door.client.pipelines.create({
      body: {
        document: {
          format: 'wellhead.pipeline',
          version: 1,
          name: 'Handbook',
          nodes: [{ id: 'read', type: 'data_source', title: 'Read the handbook', data_source: 'notion' }],
        },
      },
    })
    await door.client.pipelines.update({
      params: { id: made.id },
      body: { nodes: [{ id: 'read', connection_id: connection?.id as string }] },
    })
    await page.reload()
    await section(page, 'Pipelines').getByText('Node “Read the handbook”').waitFor()
    await section(page, 'Pipelines').getByRole('link', { name: 'Handbook' }).click()
    await title(page, 'Handbook').waitFor()
    await page.goBack()
  })

  test('by the keyboard alone: the menu, a dialog, and back', async () => {
    await title(page, 'Team space').waitFor()
    await page.getByRole('button', { name: /^Actions/ }).focus()
    await page.keyboard.press('Enter')
    await expect.poll(() => focused(page)).toContain('Test now')
    await page.keyboard.type('Rename')
    await page.keyboard.press('Enter')
    await dialog(page).getByLabel('Authorization Name').waitFor()
    await page.keyboard.press('Escape')
    await dialog(page).waitFor({ state: 'detached' })
    await expect.poll(() => focused(page)).toContain('Actions')
    await page.getByRole('link', { name: 'Data Sources' }).first().focus()
    await page.keyboard.press('Enter')
    await title(page, 'Data Sources').waitFor()
  })

  test('a long history is read by the page, and a fault on the way can be tried again', async () => {
    const { items } = await door.client.connections.list({ query: { data_source: 'firecrawl' } })
    const id = items[0]?.id as string
    for (let number = 0; number < 40; number++)
      await door.client.connections.update({ params: { id }, body: { name: `Site reader ${number}` } })
    await open(page, id)
    await title(page, 'Site reader 39').waitFor()
    await expect.poll(() => history(page).count()).toBe(25)
    await page.route('**/history?*cursor*', (route) => route.abort())
    await section(page, 'History').getByRole('button', { name: 'Show earlier' }).click()
    await section(page, 'History').getByRole('alert').waitFor()
    await page.unroute('**/history?*cursor*')
    await section(page, 'History').getByRole('button', { name: 'Show earlier' }).click()
    await section(page, 'History').getByRole('alert').waitFor({ state: 'detached' })
    await history(page).getByText('connected it by API key').waitFor()
    expect(await section(page, 'History').getByRole('button', { name: 'Show earlier' }).count()).toBe(0)

    const second = await stage.ada.context.newPage()
    await second.route('**/history*', (route) => route.abort())
    await open(second, id)
    await section(second, 'History').getByRole('button', { name: 'Try again' }).waitFor()
    await second.unroute('**/history*')
    await section(second, 'History').getByRole('button', { name: 'Try again' }).click()
    await expect.poll(() => history(second).count()).toBe(25)
    await second.close()
  })

  test('another member sees it and its history, but may not change it; once it is not shared, it does not exist', async () => {
    const { browser, house } = stage
    const { items } = await door.client.connections.list({ query: { data_source: 'notion' } })
    const id = items.find(({ name }) => name === 'Team space')?.id as string
    const grace = await newPerson(browser)
    await grace.page.goto(await house.api.login.invite(door.owner, { email: 'grace@acme.test', role: 'member' }))
    await grace.page.getByLabel('Your name').fill('Grace Hopper')
    await grace.page.getByLabel('Password').fill('another long password')
    await grace.page.keyboard.press('Enter')
    await title(grace.page, 'Data Sources').waitFor()
    await grace.page.getByRole('link', { name: 'Team space', exact: true }).click()
    await title(grace.page, 'Team space').waitFor()
    await fact(grace.page, 'Connected').getByText('by Ada Lovelace').waitFor()
    await history(grace.page).getByText('Connected by OAuth').waitFor()
    // An attempt is the business of whoever made it.
    expect(await history(grace.page).getByText('You gave access').count()).toBe(0)
    expect(await grace.page.getByRole('button', { name: /^Actions/ }).count()).toBe(0)

    await open(page, id)
    await act(page, 'Who may use it')
    await dialog(page).getByText('Chosen members', { exact: true }).click()
    await dialog(page).getByText('Grace Hopper').click()
    await dialog(page).getByRole('button', { name: 'Save' }).click()
    await section(page, 'Who may use it').getByText('Grace Hopper').waitFor()
    await history(page).getByText('Ada Lovelace changed who may use it and the chosen members').waitFor()
    await grace.page.reload()
    await section(grace.page, 'Who may use it').getByText('Only these members:').waitFor()

    await act(page, 'Who may use it')
    await dialog(page).getByText('Only me', { exact: true }).click()
    await dialog(page).getByRole('button', { name: 'Save' }).click()
    await section(page, 'Who may use it').getByText('Only you.').waitFor()
    await grace.page.reload()
    await grace.page.getByText('There is no such connection').waitFor()
    await look(grace.page, 'connection-gone')
    expect(grace.complaints).toEqual([])
    await grace.context.close()
  })

  test('an OAuth client that is wrong: whose turn it is, and until when nothing is tried', async () => {
    const id = await door.connectByOAuth(page, 'google-drive', 'Shared drive')
    await open(page, id)
    await title(page, 'Shared drive').waitFor()
    await section(page, 'Permissions').getByRole('listitem').first().waitFor()
    stage.house.sandbox.control.fault({
      provider: 'google-drive',
      match: 'POST /token',
      kind: 'status',
      status: 401,
      body: { error: 'invalid_client' },
    })
    await act(page, 'Refresh now')
    await page.getByText('Somebody has to correct the OAuth client').waitFor()
    await page.getByText('Its token is not refreshed until').waitFor()
  })

  test('what this page does not know: entries of a newer server, people who are gone, a source that is not installed', async () => {
    const { db } = stage.house.engine
    const id = await door.connectByKey('jina-reader', 'Reader')
    const { workspaceId } = door.owner
    await db.insert(schema.auditEntries).values({
      id: 'aud_newer',
      workspaceId,
      userId: 'user_gone',
      tokenId: 'tok_gone',
      action: 'connection.polish',
      subject: id,
      data: {},
    })
    await db.insert(schema.events).values({
      id: 'evt_newer',
      workspaceId,
      connectionId: id,
      type: 'connection.polished' as 'connection.validated',
      data: {},
    })
    await open(page, id)
    await history(page).getByText('Somebody (an API token that is gone): connection.polish', { exact: true }).waitFor()
    await history(page).getByText('connection.polished', { exact: true }).waitFor()
    await db.execute(`update connections set data_source = 'retired' where id = '${id}'`)
    await page.reload()
    await page.getByText('The data source “retired” is not installed here').waitFor()
    await title(page, 'Reader').waitFor()
    expect(await page.getByRole('button', { name: /^Actions/ }).count()).toBe(0)
  })

  test('on a narrow screen, in the dark, and in Chinese', async () => {
    const { browser, house } = stage
    const { items } = await door.client.connections.list({ query: { data_source: 'notion' } })
    const id = items.find(({ name }) => name === 'Team space')?.id as string
    const narrow = await newPerson(browser, { width: 390, colorScheme: 'dark' })
    await narrow.page.goto(await house.signInLink())
    await open(narrow.page, id)
    await history(narrow.page).first().waitFor()
    expect(await narrow.page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0)
    await look(narrow.page, 'connection-narrow')
    await narrow.page.screenshot({ path: pictureOf('connection-narrow-whole'), fullPage: true })
    await narrow.page.getByRole('button', { name: /^Your account/ }).click()
    await narrow.page.getByRole('menuitemradio', { name: '中文' }).click()
    await narrow.page.getByRole('heading', { name: '历史' }).waitFor()
    await narrow.page.keyboard.press('Escape')
    await narrow.page.screenshot({ path: pictureOf('connection-zh'), fullPage: true })
    expect(narrow.complaints).toEqual([])
    await narrow.context.close()
  })

  test('deleting it says which pipelines use it and what becomes of the access; then there is no such page', async () => {
    const { items } = await door.client.connections.list({ query: { data_source: 'notion' } })
    await open(page, items.find(({ name }) => name === 'Team space')?.id as string)
    await act(page, 'Delete')
    await dialog(page).getByText('Wellhead asks Notion to end the access').waitFor()
    await dialog(page).getByText('Handbook: Read the handbook').waitFor()
    await look(page, 'connection-delete')
    await dialog(page).getByRole('button', { name: 'Delete', exact: true }).click()
    await page.getByText('There is no such connection').waitFor()
    await page.getByRole('link', { name: 'Go to Data Sources' }).click()
    await title(page, 'Data Sources').waitFor()
    await open(page, 'con_never_was')
    await page.getByText('There is no such connection').waitFor()
  })

  test('the page complained about nothing', () => {
    expect(stage.ada.complaints.filter((complaint) => !/net::ERR_FAILED/.test(complaint))).toEqual([])
  })
})
