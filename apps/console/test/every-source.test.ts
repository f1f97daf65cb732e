import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { allow, beginOAuth, configure, connection, dialog, status } from './actions.ts'
import { noChromium } from './chromium.ts'
import { closeWithOutcome, look } from './look.ts'
import { openStage, type Stage } from './stage.ts'

describe.skipIf(noChromium !== null)('each source is connected from Settings, in each of its ways', () => {
  let stage: Stage
  beforeAll(async () => {
    stage = await openStage()
  })
  afterAll(async () => stage?.[Symbol.asyncDispose]())

  test.each([
    ['Notion', 'notion'],
    ['Jina Reader', 'jina-reader'],
    ['Firecrawl', 'firecrawl'],
  ])('%s by API key', async (source, id) => {
    const { page } = stage.ada
    await configure(page, source, 'Add API Key')
    await dialog(page).getByLabel('Authorization Name').fill(`${source} by key`)
    await dialog(page)
      .getByLabel('API Key')
      .fill(stage.house.sandbox.apiKeys[id] as string)
    await dialog(page).getByRole('button', { name: 'Save' }).click()
    await status(page, `${source} by key`, 'Connected').waitFor()
  })

  test.each([['Notion'], ['Google Drive'], ['Dropbox'], ['OneDrive']])('%s by OAuth', async (source) => {
    const { page } = stage.ada
    const consent = await beginOAuth(page, source, `${source} by OAuth`)
    await allow(consent)
    await status(page, `${source} by OAuth`, 'Connected').waitFor()
    await closeWithOutcome(consent)
  })

  test('all of them on one page', async () => {
    const { page, complaints } = stage.ada
    expect(await connection(page, 'OneDrive by OAuth').count()).toBe(1)
    await page.evaluate('scrollTo(0, 0)')
    // What was said of the last ones goes, unless somebody points at it.
    await page.mouse.move(1, 1)
    await expect.poll(() => page.getByRole('alertdialog').count(), { timeout: 30_000 }).toBe(0)
    await look(page, 'data-sources')
    expect(complaints).toEqual([])
  })
})
