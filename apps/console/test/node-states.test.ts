/** What a node's panel says where there is no one connection to run it with, and how a drive's node gets its folder. */
import type { Page } from 'playwright-core'
import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { dialog, focused, node, panel, panelSection as section } from './actions.ts'
import { noChromium } from './chromium.ts'
import { look, newPerson, type Person } from './look.ts'
import { type OtherDoor, openOtherDoor } from './other-door.ts'
import { openStage, type Stage } from './stage.ts'

describe.skipIf(noChromium !== null)('the states of a node', () => {
  let stage: Stage
  let door: OtherDoor
  let grace: Person
  let pipelineId: string
  let ownId: string
  beforeAll(async () => {
    stage = await openStage()
    door = await openOtherDoor(stage.house)
    ownId = await door.connectByKey('notion', 'Only of Ada')
    await door.connectByOAuth(stage.ada.page, 'google-drive', 'Team drive')
    const nodes = ['notion', 'firecrawl', 'jina-reader', 'google-drive'].map((id, row) => ({
      id,
      type: 'data_source',
      title: `${id} node`,
      position: { x: 0, y: row * 150 },
      data_source: id,
    }))
    const document = { format: 'wellhead.pipeline', version: 1, name: 'States', nodes, edges: [] }
    pipelineId = (await door.client.pipelines.create({ body: { document: JSON.stringify(document) } })).id
    await choose({ connection_id: ownId })
    await door.client.connections.update({ params: { id: ownId }, body: { visibility: 'only_me' } })

    grace = await newPerson(stage.browser)
    await grace.page.goto(await stage.house.api.login.invite(door.owner, { email: 'grace@acme.test', role: 'member' }))
    await grace.page.getByLabel('Your name').fill('Grace Hopper')
    await grace.page.getByLabel('Password').fill('another long password')
    await grace.page.keyboard.press('Enter')
    await grace.page.getByRole('heading', { name: 'Data Sources' }).waitFor()
    await show(grace.page)
  })
  afterAll(async () => stage?.[Symbol.asyncDispose]())

  test('the chosen connection is somebody else’s own: it is said, and the way on is one’s own', async () => {
    const { page } = grace
    await node(page, 'notion node, Notion data source, connection not yours').click()
    const connection = section(page, 'Connection')
    await connection.getByText('is not shared with you. Ask for it to be shared, or connect one of your own.').waitFor()
    await connection.getByRole('button', { name: 'Add API Key (Notion)' }).waitFor()
    await section(page, 'Read').getByText('once it has a working connection').waitFor()
    expect(await panel(page).getByText('Only of Ada').count()).toBe(0)
    await look(page, 'node-hidden')

    await connection.getByRole('button', { name: 'Add API Key (Notion)' }).click()
    await dialog(page).getByLabel('Authorization Name').fill('Of Grace')
    await dialog(page)
      .getByLabel('API Key')
      .fill(stage.house.sandbox.apiKeys.notion as string)
    await page.keyboard.press('Enter')
    await section(page, 'Read').getByRole('row').first().waitFor()
    await connection.getByRole('button', { name: /^Of Grace/ }).waitFor()
    expect(await connection.getByText('is not shared with you').count()).toBe(0)
    // For her own runs, until she leaves; the node stays as it was chosen.
    await page.reload()
    await connection.getByText('is not shared with you. Choose another one').waitFor()
    await connection.getByRole('button', { name: /^Choose a connection/ }).click()
    await page
      .getByRole('option', { name: /^Of Grace/ })
      .first()
      .click()
    await section(page, 'Read').getByRole('row').first().waitFor()
  })

  test('several connections, and none is the default: one is chosen', async () => {
    const { page } = grace
    const first = await door.connectByKey('firecrawl', 'First crawler')
    await door.connectByKey('firecrawl', 'Second crawler')
    await door.connectByKey('firecrawl', 'Third crawler')
    await door.client.connections.update({ params: { id: first }, body: { visibility: 'only_me' } })
    await show(page)
    await node(page, 'firecrawl node, Firecrawl data source, choose a connection').click()
    const connection = section(page, 'Connection')
    await connection.getByText('You have several connections, and none is the default.').waitFor()
    expect(await section(page, 'Read').getByRole('button', { name: 'Run', exact: true }).isDisabled()).toBe(true)
    await look(page, 'node-ambiguous')
    await connection.getByRole('button', { name: /^Choose a connection/ }).click()
    expect(await page.getByRole('option', { name: /First crawler/ }).count()).toBe(0)
    await page.getByRole('option', { name: /^Third crawler/ }).click()
    await connection.getByText('You have several connections').waitFor({ state: 'detached' })
    expect(await section(page, 'Read').getByRole('button', { name: 'Run', exact: true }).isDisabled()).toBe(false)
    expect(grace.complaints).toEqual([])
  })

  test('the data source is no longer installed: the node says which, and who can add it', async () => {
    const sql = postgres(stage.house.databaseUrl, { max: 1, onnotice: () => {} })
    // As it is once a plugin is gone: the document still names it.
    await sql`update pipelines set model = replace(model::text, '"jina-reader"', '"acme-wiki"')::jsonb`
    await sql.end()
    const { page } = stage.ada
    await show(page)
    await node(page, /^jina-reader node, .*not installed$/).click()
    await panel(page).getByText('The document names the data source “acme-wiki”, which is not installed here').waitFor()
    await panel(page).getByText('Whoever runs this installation can add it as a plugin.').waitFor()
    expect(
      await panel(page)
        .getByRole('button', { name: /^(Add|Run)/ })
        .count(),
    ).toBe(0)
    await look(page, 'node-not-installed')
  })

  test('a folder that is looked into becomes the one that the node lists', async () => {
    const { page } = stage.ada
    await node(page, 'google-drive node, Google Drive data source, connected').click()
    const read = section(page, 'Read')
    await read.getByRole('row').first().waitFor()
    expect(await read.getByRole('button', { name: /^Use this folder/ }).count()).toBe(0)
    const folder = read
      .getByRole('row')
      .filter({ has: page.locator('.lucide-folder') })
      .first()
    const name = (await folder.getAttribute('aria-label')) as string
    await folder.click()
    await read.getByRole('button', { name: `Use this folder (${name})` }).click()
    await page.getByText(`This node now lists “${name}”.`).waitFor()
    await read.getByRole('button', { name: `This node lists this folder (${name})` }).waitFor()
    expect(await focused(page)).toContain('This node lists this folder')
    await look(page, 'node-folder')
    const { nodes } = await door.client.pipelines.get({ params: { id: pipelineId } })
    const chosen = nodes.find(({ id }) => id === 'google-drive')?.values.folder
    await read.getByRole('radio', { name: 'List a folder' }).click()
    expect(await read.getByLabel('Folder').inputValue()).toBe(chosen)
    await read.getByRole('button', { name: 'List', exact: true }).click()
    await section(page, 'Run')
      .getByText(/^Completed: \d+ documents?/)
      .waitFor()
    // A member who may not change the pipeline only looks.
    await show(grace.page)
    await node(grace.page, 'google-drive node, Google Drive data source, connected').click()
    await section(grace.page, 'Read').getByRole('row', { name }).click()
    await section(grace.page, 'Read').getByRole('navigation').getByText(name).waitFor()
    await section(grace.page, 'Read').getByRole('row').first().waitFor()
    expect(await grace.page.getByRole('button', { name: /^Use this folder/ }).count()).toBe(0)
    expect(stage.ada.complaints).toEqual([])
    expect(grace.complaints).toEqual([])
  })

  const show = (page: Page) => page.goto(`${stage.house.url}/pipelines/${pipelineId}`)
  const choose = (choice: { connection_id: string }) =>
    door.client.pipelines.update({ params: { id: pipelineId }, body: { nodes: [{ id: 'notion', ...choice }] } })
})
