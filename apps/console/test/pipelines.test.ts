import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  allow,
  dialog,
  focused,
  inWindow,
  node,
  panel,
  panelSection as section,
  tabTo,
  waitForAttribute,
} from './actions.ts'
import { noChromium } from './chromium.ts'
import { closeWithOutcome, look, newPerson } from './look.ts'
import { openStage, type Stage } from './stage.ts'

const documentOf = (name: string) => join(import.meta.dirname, 'pipeline-documents', name)
const item = (page: Page, name: string) =>
  page.getByRole('list', { name: 'Pipelines of this workspace' }).getByRole('listitem', { name, exact: true })

describe.skipIf(noChromium !== null)('pipelines', () => {
  let stage: Stage
  let page: Page
  beforeAll(async () => {
    stage = await openStage()
    page = stage.ada.page
  })
  afterAll(async () => stage?.[Symbol.asyncDispose]())

  test('none yet: a sample of what is installed; the canvas is loaded when it is needed', async () => {
    const loaded = () => page.evaluate('performance.getEntriesByType("resource").map(({ name }) => name).join()')
    expect(await loaded()).not.toMatch(/canvas/)
    await page.getByRole('link', { name: 'Pipelines' }).click()
    await page.getByText('No pipelines yet').waitFor()
    await look(page, 'pipelines-empty')
    await page.getByRole('button', { name: 'Try it with a sample' }).click()
    await page.getByRole('heading', { name: 'Sample pipeline' }).waitFor()
    await node(page, 'Notion, data source, needs authorization').waitFor()
    expect(await loaded()).toMatch(/canvas/)
    await page.getByText('2 sources need authorization').waitFor()
  })

  test('what is no document is told before it is sent; a broken one with every mistake and its place', async () => {
    await page.getByRole('link', { name: 'Pipelines' }).first().click()
    await openImport(page)
    await dialog(page).getByRole('button', { name: 'Import', exact: true }).click()
    await dialog(page).getByRole('alert').getByText('Choose a file first.').waitFor()
    const refused = {
      'picture.json': [Buffer.from([0x89, 0x50, 0x4e, 0x47, 0xff, 0x00]), 'This file is no text.'],
      'empty.json': [Buffer.alloc(0), 'This file is empty.'],
      'large.json': [Buffer.alloc(513 * 1024, ' '), 'This file is larger than 512 KiB'],
    } as const
    for (const [name, [buffer, said]] of Object.entries(refused)) {
      await choose(page, { name, mimeType: 'application/json', buffer })
      await dialog(page).getByRole('alert').getByText(said).waitFor()
    }
    await drop(page, dialog(page).getByText('Drop a document here'), { 'one.json': '{}', 'two.json': '{}' })
    await dialog(page).getByRole('alert').getByText('Drop one file at a time.').waitFor()

    await dialog(page).getByRole('radio', { name: 'Paste' }).click()
    const text = dialog(page).getByRole('textbox', { name: 'Document' })
    const broken = {
      format: 'wellhead.pipeline',
      version: 1,
      nodes: [{ id: 'a', type: 'data_source', data_source: 'notion' }],
      edges: [
        { source: 'a', target: 'b' },
        { source: 'c', target: 'a' },
      ],
    }
    await text.fill(JSON.stringify(broken))
    await dialog(page).getByRole('button', { name: 'Import', exact: true }).click()
    const mistakes = dialog(page).getByRole('alert')
    await mistakes.getByText('edges.0.target: There is no node b.').waitFor()
    await mistakes.getByText('edges.1.source: There is no node c.').waitFor()
    await look(page, 'pipeline-mistakes')

    await text.fill(
      JSON.stringify({
        ...broken,
        nodes: [{ id: 'a', type: 'data_source', title: 'Wiki', data_source: 'acme-wiki' }],
        edges: [],
      }),
    )
    await dialog(page).getByRole('button', { name: 'Import', exact: true }).click()
    await mistakes.getByText('“Wiki” wants the data source acme-wiki, which is not installed here.').waitFor()
    await page.keyboard.press('Escape')
    await expect.poll(() => focused(page)).toContain('Import pipeline')
  })

  test('our own document by the file picker, another system’s dropped on the page; each is written out again to the byte', async () => {
    await openImport(page)
    await choose(page, documentOf('site.json'))
    await dialog(page).getByRole('status').getByText('site.json').waitFor()
    await look(page, 'pipeline-import')
    await dialog(page).getByRole('button', { name: 'Import', exact: true }).click()
    await page.getByRole('heading', { name: 'Acme manual' }).waitFor()
    await node(page, 'The manual, Firecrawl data source, needs authorization').waitFor()
    await node(page, 'Leaflets, local_file, given at the orchestrator').waitFor()
    await node(page, 'Split, split, run by the orchestrator').waitFor()
    await expect.poll(() => overlapping(page)).toBe(0)
    await look(page, 'pipeline-canvas')

    await page.getByRole('link', { name: 'Pipelines' }).first().click()
    await page.getByRole('heading', { name: 'Pipelines' }).waitFor()
    const handbook = await readFile(documentOf('handbook.pipeline'), 'utf8')
    const text = handbook.replace('{{host}}', new URL(stage.house.sandbox.siteUrl).host)
    await drop(page, page.getByRole('heading', { name: 'Pipelines' }), { 'handbook.pipeline': text })
    await dialog(page).getByRole('status').getByText('handbook.pipeline').waitFor()
    await dialog(page).getByLabel('Name').fill('Handbook')
    await dialog(page).getByRole('button', { name: 'Import', exact: true }).click()
    await page.getByRole('heading', { name: 'Handbook' }).waitFor()
    // The document looks at a place of its own.
    await expect
      .poll(() => page.locator('.react-flow__viewport').getAttribute('style'))
      .toContain('translate(40px, 30px) scale(0.9)')
    expect(await download(page, 'Handbook')).toEqual({ name: 'Handbook.yml', text })

    await page.getByRole('link', { name: 'Pipelines' }).first().click()
    await item(page, 'Handbook').getByText('Dify document').waitFor()
    await item(page, 'Handbook').getByText('Drive, data source, needs authorization').waitFor()
    await item(page, 'Acme manual').getByText('2 sources need authorization').waitFor()
    const site = await readFile(documentOf('site.json'), 'utf8')
    expect(await download(page, 'Acme manual')).toEqual({ name: 'Acme manual.json', text: site })
    await look(page, 'pipelines')
  })

  test('what is not a data source is shown as the orchestrator’s', async () => {
    await item(page, 'Acme manual').getByRole('link').click()
    await node(page, /^Split/).click()
    await panel(page).getByText('Your orchestrator runs this step.').waitFor()
    await panel(page).getByText('The manual, Notion, Leaflets').waitFor()
    await node(page, /^Leaflets/).click()
    await panel(page).getByText('Files are given to the orchestrator').waitFor()
    await page.keyboard.press('Escape')
    await panel(page).waitFor({ state: 'detached' })
  })

  test('connected by API key at the node: a wrong key is told at its field, and the node follows', async () => {
    await node(page, 'Notion, data source, needs authorization').click()
    await look(page, 'pipeline-connect')
    await section(page, 'Connection').getByRole('button', { name: 'Add API Key' }).click()
    await dialog(page).getByLabel('Authorization Name').fill('Handbook key')
    await dialog(page).getByLabel('API Key').fill('ntn_00000000000000000000000000000000000')
    await page.keyboard.press('Enter')
    await dialog(page).getByText('Notion refuses the credential.').waitFor()
    await dialog(page)
      .getByLabel('API Key')
      .fill(stage.house.sandbox.apiKeys.notion as string)
    await page.keyboard.press('Enter')
    await node(page, 'Notion, data source, connected').waitFor()
    await section(page, 'Connection')
      .getByRole('button', { name: /Handbook key.*Connected/ })
      .waitFor()
    expect(page.url()).toMatch(/\/pipelines\/[^/]+\?node=handbook/)
  })

  test('a page is picked in what the source holds, read, and shown as it is meant to look', async () => {
    const read = section(page, 'Read')
    await read.getByRole('searchbox', { name: 'Search by title' }).fill('every block')
    await read.getByRole('row', { name: /^Every block/ }).click()
    await look(page, 'pipeline-pick')
    await read.getByRole('button', { name: 'Read 1 page' }).click()
    const run = section(page, 'Run')
    await run.getByText('Completed: 1 document').waitFor()
    await run.locator('summary').first().click()
    const text = run.getByRole('region', { name: /^Text of Every block/ })
    await text.getByRole('table').first().waitFor()
    await text.getByRole('heading').first().waitFor()
    expect(await text.locator('script, img, iframe, h1, h2').count()).toBe(0)
    await look(page, 'pipeline-document')
  })

  test('connected by OAuth in a window at the node; a file is found in its folder and downloaded', async () => {
    await go(page, 'Handbook')
    await node(page, 'Drive, Google Drive data source, needs authorization').click()
    await section(page, 'Connection').getByRole('button', { name: 'Add OAuth' }).click()
    const consent = await inWindow(page, () =>
      dialog(page).getByRole('button', { name: 'Continue to Google Drive' }).click(),
    )
    await section(page, 'Connection').getByText('Waiting for you to give access at Google Drive').waitFor()
    await allow(consent)
    await node(page, 'Drive, Google Drive data source, connected').waitFor()
    await closeWithOutcome(consent)
    const read = section(page, 'Read')
    await read.getByRole('row').first().waitFor()
    await look(page, 'pipeline-files')
    const folder = read
      .getByRole('row')
      .filter({ hasNot: page.getByRole('checkbox') })
      .first()
    const name = (await folder.textContent()) ?? ''
    await folder.click()
    await read.getByRole('navigation').getByRole('button').nth(1).waitFor()
    expect(name).toContain(await read.getByRole('navigation').getByRole('button').nth(1).textContent())
    await read
      .getByRole('row')
      .filter({ has: page.getByRole('checkbox') })
      .first()
      .click()
    await read.getByRole('button', { name: 'Download 1 file' }).click()
    await section(page, 'Run').getByText('Completed: 1 document').waitFor()
  })

  test('what the document asks for is asked, by its labels, and a wrong answer is told at its field', async () => {
    await node(page, /^Web site/).click()
    await section(page, 'Connection').getByRole('button', { name: 'Add API Key' }).click()
    await dialog(page)
      .getByLabel('API Key')
      .fill(stage.house.sandbox.apiKeys['jina-reader'] as string)
    await page.keyboard.press('Enter')
    await node(page, 'Web site, Jina Reader data source, connected').waitFor()
    const read = section(page, 'Read')
    // As the document has it: one constant; the rest from what a person is asked.
    expect(await read.getByLabel('Use the sitemap').isChecked()).toBe(false)
    await read.getByText('URL: http://Host/site/Path').waitFor()
    expect(await read.getByLabel('At most (pages)').inputValue()).toBe('3')
    await read.getByRole('button', { name: 'Run', exact: true }).click()
    await read.getByText('This is needed.').first().waitFor()
    const path = read.getByRole('textbox', { name: 'Path', exact: true })
    expect(await path.getAttribute('placeholder')).toBe('guide/')
    expect(await path.getAttribute('maxlength')).toBe('40')
    await path.fill('guide/')
    await read.getByRole('button', { name: /^Host|Choose/ }).click()
    await page.getByRole('option', { name: new URL(stage.house.sandbox.siteUrl).host }).click()
    await read.getByLabel('At most (pages)').fill('0')
    await read.getByRole('button', { name: 'Run', exact: true }).click()
    await waitForAttribute(read.getByLabel('At most (pages)'), 'aria-invalid', 'true')
    await look(page, 'pipeline-asked')
    await read.getByLabel('At most (pages)').fill('2')
    await read.getByRole('button', { name: 'Run', exact: true }).click()
    const run = section(page, 'Run')
    await run.getByText('Completed: 1 document').waitFor()
    await run.locator('summary').click()
    await run.getByRole('region', { name: 'Text of Guide' }).getByText('Three steps').waitFor()
  })

  test('a crawl shows how far it is and what it has read; it is cancelled; all that was chosen is there after a reload', async () => {
    await go(page, 'Acme manual')
    await node(page, /^The manual/).click()
    await section(page, 'Connection').getByRole('button', { name: 'Add API Key' }).click()
    await dialog(page).getByLabel('Authorization Name').fill('Crawler')
    await dialog(page)
      .getByLabel('API Key')
      .fill(stage.house.sandbox.apiKeys.firecrawl as string)
    await page.keyboard.press('Enter')
    await node(page, 'The manual, Firecrawl data source, connected').waitFor()

    const read = section(page, 'Read')
    const run = section(page, 'Run')
    stage.house.sandbox.control.settings('firecrawl', { manual: true })
    await read
      .getByRole('textbox', { name: 'Limit' })
      .or(read.getByRole('spinbutton', { name: 'Limit' }))
      .fill('6')
    await read.getByLabel('Address of the manual').fill(stage.house.sandbox.siteUrl)
    await read.getByRole('button', { name: 'Run', exact: true }).click()
    await run.getByText(/^Running/).waitFor()
    stage.house.sandbox.control.settings('firecrawl', { step: 2 })
    await run.getByText(/2 of \d+ done/).waitFor()
    await run.getByRole('progressbar', { name: 'Progress' }).waitFor()
    await run.getByRole('list', { name: 'Documents' }).getByRole('listitem').nth(1).waitFor()
    await look(page, 'pipeline-running')

    // It goes on without the page, and the page finds it again.
    await page.reload()
    await run.getByText(/^Running: 2 documents/).waitFor()
    expect(
      await read
        .getByRole('textbox', { name: 'Limit' })
        .or(read.getByRole('spinbutton', { name: 'Limit' }))
        .inputValue(),
    ).toBe('6')
    await section(page, 'Connection')
      .getByRole('button', { name: /^Crawler/ })
      .waitFor()
    await run.getByRole('button', { name: 'Cancel the run' }).click()
    await run.getByText(/^Cancelled: 2 documents/).waitFor()
    stage.house.sandbox.control.settings('firecrawl', { manual: false })

    await read.getByLabel('Address of the manual').fill(`${stage.house.sandbox.siteUrl}no-such-page`)
    await read.getByRole('button', { name: 'Run', exact: true }).click()
    await run.getByText(/^Failed/).waitFor()
    expect(await run.getByRole('alert').textContent()).toMatch(/\w+ \w+.*\.$/)
    await look(page, 'pipeline-failed')
    await run.getByRole('button', { name: /Runs of this node/ }).click()
    await page.getByRole('option').nth(1).click()
    await run.getByText(/^Cancelled: 2 documents/).waitFor()
  })

  test('a constant in the place of what is asked, kept for the pipeline and given back', async () => {
    const read = section(page, 'Read')
    await read.getByRole('button', { name: 'Set a fixed value (URL)' }).click()
    await read.getByRole('textbox', { name: 'URL' }).fill('not an address')
    await read.getByRole('button', { name: 'Save' }).click()
    await waitForAttribute(read.getByRole('textbox', { name: 'URL' }), 'aria-invalid', 'true')
    await read.getByRole('textbox', { name: 'URL' }).fill(stage.house.sandbox.siteUrl)
    await read.getByRole('button', { name: 'Save' }).click()
    await page.getByText('Saved for this pipeline.').waitFor()
    await page.reload()
    expect(await read.getByRole('textbox', { name: 'URL' }).inputValue()).toBe(stage.house.sandbox.siteUrl)
    expect(await read.getByLabel('Address of the manual').count()).toBe(0)
    await read.getByRole('button', { name: 'Ask at each run (URL)' }).click()
    await read.getByRole('button', { name: 'Save' }).click()
    await read.getByLabel('Address of the manual').waitFor()
  })
  test('another connection is made and chosen at the node; the default is chosen again', async () => {
    await node(page, /^Notion/).click()
    const connection = section(page, 'Connection')
    await connection.getByRole('button', { name: 'Connect another' }).click()
    await connection.getByRole('button', { name: 'Add OAuth' }).click()
    await dialog(page).getByLabel('Authorization Name').fill('Team space')
    const consent = await inWindow(page, () => dialog(page).getByRole('button', { name: 'Continue to Notion' }).click())
    await allow(consent)
    await connection.getByRole('button', { name: /^Team space/ }).waitFor()
    await closeWithOutcome(consent)
    await page.reload()
    await connection.getByRole('button', { name: /^Team space/ }).click()
    await look(page, 'pipeline-connections')
    await page.getByRole('option', { name: /^Handbook key.*The default/ }).click()
    await node(page, /^Notion/)
      .getByText('Handbook key')
      .waitFor()
  })

  test('a grant that the provider ended shows at the node without a reload, and is authorized again there', async () => {
    const connection = section(page, 'Connection')
    await connection.getByRole('button', { name: /^Handbook key/ }).click()
    await page.getByRole('option', { name: /^Team space/ }).click()
    await connection.getByRole('button', { name: /^Team space/ }).waitFor()
    stage.house.sandbox.control.revokeGrant('notion')
    stage.house.sandbox.control.advance(24 * 3600)
    // Looking at what it holds finds it out.
    await section(page, 'Read').getByRole('searchbox').fill('every')
    await node(page, 'Notion, data source, needs authorization').waitFor()
    await connection.getByRole('button', { name: 'Authorize again (Team space)' }).waitFor()
    await look(page, 'pipeline-reauthorize')
    await connection.getByRole('button', { name: 'Authorize again (Team space)' }).click()
    const consent = await inWindow(page, () => dialog(page).getByRole('button', { name: 'Continue to Notion' }).click())
    await allow(consent)
    await node(page, 'Notion, data source, connected').waitFor()
    await closeWithOutcome(consent)
    await section(page, 'Read').getByRole('row').first().waitFor()
    await connection.getByRole('button', { name: /^Team space/ }).click()
    await page.getByRole('option', { name: /^Handbook key.*The default/ }).click()
    await node(page, /^Notion/)
      .getByText('Handbook key')
      .waitFor()
  })

  test('a member who may not change it runs it with choices of their own, which are not kept', async () => {
    const invited = (await page.evaluate(`fetch('/v1/invitations', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ email: 'grace@acme.test', role: 'member' }),
    }).then((answer) => answer.json())`)) as { join_url: string }
    const grace = await newPerson(stage.browser)
    await grace.page.goto(invited.join_url)
    await grace.page.getByLabel('Your name').fill('Grace Hopper')
    await grace.page.getByLabel('Choose a password').fill('another long password')
    await grace.page.getByRole('button', { name: 'Join' }).click()
    await go(grace.page, 'Acme manual')
    // While the page still comes together its title takes the focus, which closes a menu.
    await node(grace.page, /^Notion/).waitFor()
    await grace.page.getByRole('button', { name: 'Actions (Acme manual)' }).click()
    for (const action of ['Rename', 'Replace document', 'Delete'])
      await waitForAttribute(grace.page.getByRole('menuitem', { name: action }), 'aria-disabled', 'true')
    await grace.page.keyboard.press('Escape')

    await node(grace.page, /^Notion/).click()
    await panel(grace.page).getByText('What you choose here holds for your own runs').waitFor()
    const connection = section(grace.page, 'Connection')
    await connection.getByRole('button', { name: /^Handbook key/ }).click()
    await grace.page.getByRole('option', { name: /^Team space/ }).click()
    await connection.getByRole('button', { name: /^Team space/ }).waitFor()
    await look(grace.page, 'pipeline-member')
    await node(grace.page, /^The manual/).click()
    const read = section(grace.page, 'Read')
    expect(await read.getByRole('button', { name: 'Save' }).count()).toBe(0)
    await read.getByLabel('Address of the manual').fill(stage.house.sandbox.siteUrl)
    await read.getByLabel('Limit').fill('2')
    await read.getByRole('button', { name: 'Run', exact: true }).click()
    await section(grace.page, 'Run').getByText('Completed: 2 documents').waitFor()
    await grace.page.reload()
    expect(await read.getByLabel('Limit').inputValue()).toBe('6')
    expect(grace.complaints).toEqual([])
    await grace.context.close()
  })

  test('by the keyboard alone: from node to node in reading order, into the panel, through a run, and back', async () => {
    await page.keyboard.press('Escape')
    await page.goto(page.url().replace(/\?.*/, ''))
    await node(page, /^The manual/).waitFor()
    await page.getByRole('radio', { name: 'Canvas' }).focus()
    await page.keyboard.press('Tab')
    const order: string[] = []
    for (let tabs = 0; tabs < 12 && order.length < 5; tabs++) {
      const name = (await page.evaluate(
        'document.activeElement.dataset.node && document.activeElement.firstElementChild.textContent',
      )) as string
      if (name) order.push(name.split(',')[0] as string)
      await page.keyboard.press('Tab')
    }
    expect(order).toEqual(await inReadingOrder(page))
    await node(page, /^Notion/).focus()
    await page.keyboard.press('Enter')
    await expect.poll(() => focused(page)).toBe('Notion')
    await tabTo(page, 'Search by title')
    await page.keyboard.type('every block')
    await section(page, 'Read')
      .getByRole('row', { name: /^Every block/ })
      .first()
      .waitFor()
    await page.keyboard.press('Tab')
    await tabInto(page, 'row')
    await page.keyboard.press('Space')
    await tabTo(page, 'Read 1 page')
    await page.keyboard.press('Enter')
    await section(page, 'Run')
      .getByText(/^Completed: 1 document/)
      .waitFor()
    await page.keyboard.press('Escape')
    await panel(page).waitFor({ state: 'detached' })
    await expect.poll(() => focused(page)).toContain('Notion, data source, connected')
  })

  test('on a narrow screen the nodes are a list, and the panel is a sheet', async () => {
    await page.setViewportSize({ width: 390, height: 800 })
    await page.getByRole('list', { name: 'Nodes of Acme manual' }).waitFor()
    await look(page, 'pipeline-narrow')
    await node(page, /^Notion/).click()
    await dialog(page).getByRole('heading', { name: 'Notion' }).waitFor()
    await dialog(page).getByRole('row').first().waitFor()
    await look(page, 'pipeline-sheet')
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(390)
    await page.keyboard.press('Escape')
    await dialog(page).waitFor({ state: 'detached' })
    await page.setViewportSize({ width: 1100, height: 900 })
    await page.getByRole('radio', { name: 'List' }).click()
    await page.getByText('Goes on to Split').first().waitFor()
    await page.reload()
    await waitForAttribute(page.getByRole('radio', { name: 'List' }), 'aria-checked', 'true')
    await look(page, 'pipeline-list')
  })

  test('in Chinese', async () => {
    await page.getByRole('button', { name: /^Your account/ }).click()
    await page.getByRole('menuitemradio', { name: '简体中文' }).click()
    await page.getByRole('radio', { name: '画布' }).click()
    await node(page, 'Notion，数据源，已连接').click()
    await look(page, 'pipeline-zh')
    await page.getByRole('button', { name: /^你的账户/ }).click()
    await page.getByRole('menuitemradio', { name: 'English' }).click()
    await node(page, 'Notion, data source, connected').waitFor()
  })

  test('renamed, another document in its place, deleted; a link to what is gone says so', async () => {
    const address = page.url()
    await act(page, 'Acme manual', 'Rename')
    await dialog(page).getByLabel('Name').fill('Manual')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Manual', exact: true }).waitFor()

    await act(page, 'Manual', 'Replace document')
    const site = JSON.parse(await readFile(documentOf('site.json'), 'utf8'))
    site.nodes = site.nodes.filter(({ id }: { id: string }) => id !== 'upload')
    site.edges = site.edges.filter(({ source }: { source: string }) => source !== 'upload')
    await choose(page, { name: 'next.json', mimeType: 'application/json', buffer: Buffer.from(JSON.stringify(site)) })
    await dialog(page).getByRole('button', { name: 'Replace' }).click()
    await node(page, /^Leaflets/).waitFor({ state: 'detached' })
    await node(page, 'The manual, Firecrawl data source, connected').waitFor()

    await act(page, 'Manual', 'Delete')
    await look(page, 'pipeline-delete')
    await dialog(page).getByRole('button', { name: 'Delete' }).click()
    await item(page, 'Handbook').waitFor()
    expect(await item(page, 'Manual').count()).toBe(0)
    await page.goto(address)
    await page.getByRole('heading', { name: 'This pipeline is not there' }).waitFor()
    expect(stage.ada.complaints).toEqual([])
  })
})

async function go(page: Page, pipeline: string): Promise<void> {
  await page.getByRole('link', { name: 'Pipelines' }).first().click()
  await item(page, pipeline).getByRole('link').click()
  await page.getByRole('heading', { name: pipeline, exact: true }).waitFor()
}

async function openImport(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Import pipeline' }).click()
  await page.getByRole('heading', { name: 'Import a pipeline' }).waitFor()
}

async function choose(page: Page, file: Parameters<Locator['setInputFiles']>[0]): Promise<void> {
  await dialog(page).locator('input[type=file]').setInputFiles(file)
}

/** As when files are dragged from a folder of the machine's. */
async function drop(page: Page, target: Locator, files: Readonly<Record<string, string>>): Promise<void> {
  const dataTransfer = await page.evaluateHandle(`(() => {
    const carried = new DataTransfer()
    for (const [name, text] of Object.entries(${JSON.stringify(files)})) carried.items.add(new File([text], name))
    return carried
  })()`)
  for (const type of ['dragenter', 'dragover', 'drop']) await target.dispatchEvent(type, { dataTransfer })
}

async function act(page: Page, pipeline: string, action: string): Promise<void> {
  await page.getByRole('button', { name: `Actions (${pipeline})` }).click()
  await page.getByRole('menuitem', { name: action }).click()
}

async function download(page: Page, pipeline: string): Promise<{ name: string; text: string }> {
  const [file] = await Promise.all([page.waitForEvent('download'), act(page, pipeline, 'Download document')])
  return { name: file.suggestedFilename(), text: await readFile(await file.path(), 'utf8') }
}

/** How many pairs of nodes lie on each other. */
async function overlapping(page: Page): Promise<number> {
  const boxes = await Promise.all((await page.locator('[data-node]').all()).map((one) => one.boundingBox()))
  return boxes.flatMap((a, index) =>
    boxes
      .slice(index + 1)
      .filter(
        (b) => a && b && a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height,
      ),
  ).length
}

/** Column by column, and each from top to bottom. */
async function inReadingOrder(page: Page): Promise<string[]> {
  const nodes = await Promise.all(
    (await page.locator('[data-node]').all()).map(async (one) => ({
      title: (await one.textContent())?.split(',')[0] as string,
      box: await one.boundingBox(),
    })),
  )
  return nodes
    .toSorted((a, b) => (a.box?.x ?? 0) - (b.box?.x ?? 0) || (a.box?.y ?? 0) - (b.box?.y ?? 0))
    .map(({ title }) => title)
}

async function tabInto(page: Page, role: 'row'): Promise<void> {
  for (let tabs = 0; tabs < 40; tabs++) {
    if ((await page.locator(':focus').and(page.getByRole(role)).count()) > 0) return
    await page.keyboard.press('Tab')
  }
  throw new Error(`Tab leads to no ${role}.`)
}
