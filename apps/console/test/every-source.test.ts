import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { allow, beginOAuth, configure, connection, dialog, inWindow, node, panelSection, status } from './actions.ts'
import { noChromium } from './chromium.ts'
import { closeWithOutcome, look } from './look.ts'
import { openOtherDoor } from './other-door.ts'
import { openStage, type Stage } from './stage.ts'

const byKey = [
  ['Notion', 'notion'],
  ['Jina Reader', 'jina-reader'],
  ['Firecrawl', 'firecrawl'],
] as const
const byOAuth = [
  ['Notion', 'notion'],
  ['Google Drive', 'google-drive'],
  ['Dropbox', 'dropbox'],
  ['OneDrive', 'onedrive'],
] as const

describe.skipIf(noChromium !== null)('each source is connected from Settings, in each of its ways', () => {
  let stage: Stage
  beforeAll(async () => {
    stage = await openStage()
  })
  afterAll(async () => stage?.[Symbol.asyncDispose]())

  test.each(byKey)('%s by API key', async (source, id) => {
    const { page } = stage.ada
    await configure(page, source, 'Add API Key')
    await dialog(page).getByLabel('Authorization Name').fill(`${source} by key`)
    await dialog(page)
      .getByLabel('API Key')
      .fill(stage.house.sandbox.apiKeys[id] as string)
    await dialog(page).getByRole('button', { name: 'Save' }).click()
    await status(page, `${source} by key`, 'Connected').waitFor()
  })

  test.each(byOAuth)('%s by OAuth', async (source) => {
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

describe.skipIf(noChromium !== null)('each source is connected at a node of a pipeline, in each of its ways', () => {
  let stage: Stage
  beforeAll(async () => {
    stage = await openStage()
    const { client } = await openOtherDoor(stage.house)
    // A node for each way: the source of one is not connected yet when its turn comes.
    const nodes = [...byKey, ...byOAuth.filter(([, id]) => id !== 'notion')].map(([title, id], row) => ({
      id,
      type: 'data_source',
      title: `${title} node`,
      position: { x: 0, y: row * 150 },
      data_source: id,
    }))
    const document = { format: 'wellhead.pipeline', version: 1, name: 'Every source', nodes, edges: [] }
    const { id } = await client.pipelines.create({ body: { document: JSON.stringify(document) } })
    await stage.ada.page.goto(`${stage.house.url}/pipelines/${id}`)
  })
  afterAll(async () => stage?.[Symbol.asyncDispose]())

  test.each(byKey)('%s by API key', async (source, id) => {
    const { page } = stage.ada
    await node(page, new RegExp(`^${source} node.*needs authorization$`)).click()
    await panelSection(page, 'Connection').getByRole('button', { name: 'Add API Key' }).click()
    await dialog(page)
      .getByLabel('API Key')
      .fill(stage.house.sandbox.apiKeys[id] as string)
    await page.keyboard.press('Enter')
    await node(page, new RegExp(`^${source} node.*, connected$`)).waitFor()
    await dialog(page).waitFor({ state: 'detached' })
  })

  test.each(byOAuth)('%s by OAuth', async (source, id) => {
    const { page } = stage.ada
    const { client } = await openOtherDoor(stage.house)
    // Notion has another way, by which it was connected above.
    const { items } = await client.connections.list({ query: { data_source: id } })
    for (const made of items) await client.connections.delete({ params: { id: made.id } })
    await node(page, new RegExp(`^${source} node.*needs authorization$`)).click()
    await panelSection(page, 'Connection').getByRole('button', { name: 'Add OAuth' }).click()
    const consent = await inWindow(page, () =>
      dialog(page)
        .getByRole('button', { name: `Continue to ${source}` })
        .click(),
    )
    await allow(consent)
    await node(page, new RegExp(`^${source} node.*, connected$`)).waitFor()
    await closeWithOutcome(consent)
    // Nobody had to leave: still the same page, with the panel open.
    expect(page.url()).toContain(`?node=${id}`)
  })

  test('the page complained about nothing', () => {
    expect(stage.ada.complaints).toEqual([])
  })
})
