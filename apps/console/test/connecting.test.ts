import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  act,
  allow,
  beginOAuth,
  card,
  choose,
  configure,
  connection,
  dialog,
  focused,
  inWindow,
  status,
  waitForAttribute,
} from './actions.ts'
import { noChromium } from './chromium.ts'
import { closeWithOutcome, look } from './look.ts'
import { openStage, type Stage } from './stage.ts'

describe.skipIf(noChromium !== null)('Settings > Data Sources: to connect', () => {
  let stage: Stage
  beforeAll(async () => {
    stage = await openStage()
  })
  afterAll(async () => stage?.[Symbol.asyncDispose]())

  test('a card for each source; those of the sandbox say so, and tell the way to the real one', async () => {
    const { page } = stage.ada
    for (const source of ['Notion', 'Jina Reader', 'Firecrawl', 'Google Drive', 'Dropbox', 'OneDrive'])
      await card(page, source).getByText('Not connected yet.').waitFor()
    await card(page, 'Notion').getByText('Online documents').waitFor()
    await card(page, 'Firecrawl').getByText('Web site crawl').waitFor()
    await look(page, 'data-sources-empty')
    await page.getByRole('button', { name: 'About the sandbox of Notion' }).click()
    await dialog(page).getByText('To use the real one').waitFor()
    await look(page, 'sandbox')
    await page.keyboard.press('Escape')
    await card(page, 'Notion').getByRole('button', { name: 'Configure' }).click()
    await look(page, 'configure')
    await page.keyboard.press('Escape')
    await expect.poll(() => focused(page)).toContain('Configure')
  })

  test('Notion by API key: a refused key is told at its field, a good one connects; the key stays out of the page', async () => {
    const { page } = stage.ada
    await configure(page, 'Notion', 'Add API Key')
    await dialog(page).getByRole('link', { name: 'Get a key' }).waitFor()
    const key = dialog(page).getByLabel('API Key')
    expect(await key.getAttribute('type')).toBe('password')
    expect(await key.getAttribute('autocomplete')).toBe('off')
    await expect.poll(() => page.evaluate('document.activeElement.name')).toBe('name')
    await page.keyboard.press('Enter')
    await dialog(page).getByText('This is needed.').waitFor()
    await dialog(page).getByLabel('Authorization Name').fill('Docs <b>by</b> key')
    await key.fill('ntn_00000000000000000000000000000000000')
    await page.keyboard.press('Enter')
    await waitForAttribute(key, 'aria-invalid', 'true')
    await dialog(page).getByText('Notion refuses the credential.').waitFor()
    await expect.poll(() => page.evaluate('document.activeElement.name')).toBe('api_key')
    await look(page, 'add-api-key')
    const good = stage.house.sandbox.apiKeys.notion as string
    await key.fill(good)
    await page.keyboard.press('Enter')
    await status(page, 'Docs <b>by</b> key', 'Connected').waitFor()
    await connection(page, 'Docs <b>by</b> key')
      .getByText(`API key ending in ${good.slice(-4)}`)
      .waitFor()
    await dialog(page).waitFor({ state: 'detached' })
    await expect.poll(() => focused(page)).toContain('Configure')
    expect(await page.content()).not.toContain(good)
    await act(page, 'Docs <b>by</b> key', 'Test now')
    await page.getByText('Tested: it works.').waitFor()
  })

  test('Firecrawl by API key: its settings are fields, and a wrong one is told at its field', async () => {
    const { page } = stage.ada
    await configure(page, 'Firecrawl', 'Add API Key')
    await dialog(page)
      .getByLabel('API Key')
      .fill(stage.house.sandbox.apiKeys.firecrawl as string)
    const baseUrl = dialog(page).getByLabel('Base URL')
    await baseUrl.fill('https://me:secret@example.org')
    await dialog(page).getByRole('button', { name: 'Save' }).click()
    await waitForAttribute(baseUrl, 'aria-invalid', 'true')
    await baseUrl.fill('')
    await dialog(page).getByLabel('Authorization Name').fill('Crawler')
    await dialog(page).getByRole('button', { name: 'Save' }).click()
    await status(page, 'Crawler', 'Connected').waitFor()
  })

  test('Notion by OAuth: two attempts at a time, one allowed and one cancelled at the consent page', async () => {
    const { page } = stage.ada
    const first = await beginOAuth(page, 'Notion', 'Team space')
    const second = await beginOAuth(page, 'Notion', 'Never mind')
    await card(page, 'Notion').getByText('Waiting for you to give access at Notion').nth(1).waitFor()
    await look(page, 'waiting')
    await second.getByRole('button', { name: 'Cancel' }).click()
    const cancelled = card(page, 'Notion').getByRole('listitem').filter({ hasText: 'You did not give access' })
    await cancelled.getByRole('button', { name: 'Try again' }).waitFor()
    // What the window does afterwards changes nothing.
    await closeWithOutcome(second)
    await allow(first)
    await status(page, 'Team space', 'Connected').waitFor()
    await connection(page, 'Team space').getByText('OAuth', { exact: true }).waitFor()
    await page.getByText('“Team space” is connected.').waitFor()
    await closeWithOutcome(first)
    await look(page, 'cancelled')

    const again = await inWindow(page, () => cancelled.getByRole('button', { name: 'Try again' }).click())
    await allow(again)
    await status(page, 'Never mind', 'Connected').waitFor()
    await closeWithOutcome(again)
    await expect.poll(() => card(page, 'Notion').getByText('You did not give access').count()).toBe(0)
  })

  test('a window that was closed says nothing; it is opened again, or given up', async () => {
    const { page } = stage.ada
    const closed = await beginOAuth(page, 'Dropbox', 'Closed at first')
    await closed.close()
    const waiting = card(page, 'Dropbox').getByRole('listitem').filter({ hasText: 'Waiting for you' })
    const again = await inWindow(page, () => waiting.getByRole('button', { name: 'Open the window again' }).click())
    await allow(again)
    await status(page, 'Closed at first', 'Connected').waitFor()
    await closeWithOutcome(again)
    const givenUp = await beginOAuth(page, 'Dropbox', 'Given up')
    await waiting.getByRole('button', { name: 'Stop waiting' }).click()
    await waiting.waitFor({ state: 'detached' })
    await givenUp.close()
  })

  test('a blocked window: the page itself goes to the provider, and is where it was when it comes back', async () => {
    const blocked = await stage.ada.context.newPage()
    await blocked.addInitScript('window.open = () => null')
    await blocked.goto(`${stage.house.url}/settings/data-sources?from=here`)
    await configure(blocked, 'Notion', 'Add OAuth')
    await dialog(blocked).getByText('You choose in Notion which pages').waitFor()
    await dialog(blocked).getByLabel('Authorization Name').fill('Same tab')
    await look(blocked, 'add-oauth')
    await dialog(blocked).getByRole('button', { name: 'Continue to Notion' }).click()
    await allow(blocked)
    await blocked.getByRole('link', { name: 'Back to Wellhead' }).click()
    await blocked.getByText('“Same tab” is connected.').waitFor()
    await status(blocked, 'Same tab', 'Connected').waitFor()
    expect(new URL(blocked.url()).search).toBe('?from=here')
    await blocked.close()
  })

  test('the outcome of an attempt arrives although no event does', async () => {
    const deaf = await stage.ada.context.newPage()
    await deaf.addInitScript(
      `window.BroadcastChannel = class extends EventTarget { postMessage() {} close() {} }
       window.EventSource = class extends EventTarget { close() {} }`,
    )
    await deaf.goto(stage.house.url)
    const consent = await beginOAuth(deaf, 'Notion', 'By looking')
    await allow(consent)
    await status(deaf, 'By looking', 'Connected').waitFor()
    await closeWithOutcome(consent)
    await deaf.close()
  })

  test('an attempt that is too old ends in a sentence and a way on', async () => {
    const late = await stage.ada.context.newPage()
    // As the server answers for one that ran out, or that it has forgotten.
    await late.route('**/v1/authorizations/*', (route) =>
      route.fulfill({
        status: 404,
        contentType: 'application/problem+json',
        body: JSON.stringify({ code: 'authorization_not_found', status: 404, detail: 'No such authorization.' }),
      }),
    )
    await late.goto(stage.house.url)
    const consent = await beginOAuth(late, 'OneDrive', 'Too late')
    const expired = card(late, 'OneDrive').getByRole('listitem').filter({ hasText: 'took longer than ten minutes' })
    await expired.getByRole('button', { name: 'Try again' }).waitFor()
    await expired.getByRole('button', { name: 'Dismiss' }).click()
    await expired.waitFor({ state: 'detached' })
    await consent.close()
    await late.close()
  })

  test('a grant that the provider ended shows without a reload, and is authorized again with the same account', async () => {
    const { page } = stage.ada
    stage.house.sandbox.control.revokeGrant('notion')
    stage.house.sandbox.control.advance(24 * 3600)
    await act(page, 'Team space', 'Refresh now')
    await status(page, 'Team space', 'Must be authorized again').waitFor()
    await look(page, 'needs-authorization')
    await connection(page, 'Team space').getByRole('button', { name: 'Authorize again' }).click()
    await dialog(page).getByText('Choose the same account').waitFor()
    const consent = await inWindow(page, () => dialog(page).getByRole('button', { name: 'Continue to Notion' }).click())
    await allow(consent)
    await status(page, 'Team space', 'Connected').waitFor()
    await closeWithOutcome(consent)
    await page.getByText('“Team space” is authorized again.').waitFor()
  })

  test('OAuth Client Settings: a custom client is saved and authorized with, then removed', async () => {
    const { page } = stage.ada
    await configure(page, 'Notion', 'OAuth Client Settings')
    await choose(dialog(page).getByLabel('Custom'))
    const redirectUri = await dialog(page).getByLabel('Redirect URI').inputValue()
    expect(redirectUri).toBe(`${stage.house.url}/oauth/callback/notion`)
    await dialog(page).getByRole('button', { name: 'Copy' }).click()
    await dialog(page)
      .getByText(/Copied|Selected/)
      .waitFor()
    await dialog(page).getByRole('button', { name: 'Save', exact: true }).click()
    await dialog(page).getByText('This is needed.').first().waitFor()
    stage.house.sandbox.control.registerClient('notion', {
      clientId: 'acme-client',
      clientSecret: 'acme-secret-4321',
      redirectUris: [redirectUri],
    })
    await dialog(page).getByLabel('Client ID').pressSequentially('a')
    await expect.poll(() => dialog(page).getByText('This is needed.').filter({ visible: true }).count()).toBe(1)
    await dialog(page).getByLabel('Client ID').fill('acme-client')
    await dialog(page).getByLabel('Client Secret').fill('acme-secret-4321')
    await look(page, 'oauth-client')
    const consent = await inWindow(page, () => dialog(page).getByRole('button', { name: 'Save and Authorize' }).click())
    await allow(consent)
    await card(page, 'Notion').getByText('Custom OAuth client').waitFor()
    await closeWithOutcome(consent)

    await configure(page, 'Notion', 'OAuth Client Settings')
    await dialog(page).getByText('The stored one ends in 4321').waitFor()
    await dialog(page).getByRole('button', { name: 'Remove' }).click()
    await page.getByText('The custom OAuth client is removed.').waitFor()
    await dialog(page).waitFor({ state: 'detached' })
    await configure(page, 'Notion', 'OAuth Client Settings')
    expect(await dialog(page).getByLabel('Default').isChecked()).toBe(true)
    await page.keyboard.press('Escape')
    await expect.poll(() => focused(page)).toContain('Configure')
  })

  test('nothing was complained of, and no secret is on the page', async () => {
    const { page, complaints } = stage.ada
    expect(complaints).toEqual([])
    const everything = `${await page.content()} ${await page.evaluate('JSON.stringify([sessionStorage, localStorage])')}`
    for (const secret of [...Object.values(stage.house.sandbox.apiKeys), 'acme-secret-4321'])
      expect(everything).not.toContain(secret)
  })
})
