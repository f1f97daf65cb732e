import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { noChromium } from './chromium.ts'
import { look, newPerson, pictureOf } from './look.ts'
import { type OtherDoor, openOtherDoor } from './other-door.ts'
import { openStage, type Stage } from './stage.ts'

const section = (page: Page, name: string) => page.getByRole('region', { name, exact: true })
const tile = (page: Page, name: string) =>
  page.getByRole('list', { name: 'At a glance' }).getByRole('listitem').filter({ hasText: name })

describe.skipIf(noChromium !== null)('Health', () => {
  let stage: Stage
  let door: OtherDoor
  beforeAll(async () => {
    stage = await openStage()
    door = await openOtherDoor(stage.house)
  })
  afterAll(async () => stage?.[Symbol.asyncDispose]())

  test('a workspace with nothing in it: each part says so', async () => {
    const { page } = stage.ada
    await page.getByRole('link', { name: 'Health' }).click()
    await page.getByRole('heading', { name: 'Health', exact: true }).waitFor()
    await tile(page, 'Working').getByText('No connection has been made yet').waitFor()
    await section(page, 'Connections').getByText('There is no connection in this workspace yet.').waitFor()
    await section(page, 'Refreshes to come').getByText('No token of this workspace').waitFor()
    await section(page, 'Refreshes of the last 24 hours').getByText('Nothing was refreshed').waitFor()
    await section(page, 'Runs of the last 24 hours').getByText('Nothing was run').waitFor()
    await section(page, 'OAuth clients').getByText('Every provider answers').waitFor()
    await section(page, 'Latest failures').getByText('No connection has a failure').waitFor()
    await section(page, 'Queues').getByRole('row', { name: 'Refreshes ahead of time' }).waitFor()
    await look(page, 'health-empty')
  })

  test('what happens is in the figures within two seconds, without a reload', async () => {
    const { page } = stage.ada
    await page.evaluate('window.notReloaded = true')
    const notion = await door.connectByKey('notion', 'Handbook')
    const drive = await door.connectByOAuth(page, 'google-drive', 'Shared drive')
    await door.connectByOAuth(page, 'dropbox', 'Designs')
    await tile(page, 'Working').getByText('3', { exact: true }).waitFor()
    await section(page, 'Connections')
      .getByRole('listitem')
      .filter({ hasText: 'Connected' })
      .first()
      .getByText('3')
      .waitFor()
    await section(page, 'Refreshes to come')
      .getByText(/\d refreshes? (is|are) due within 6 hours/)
      .waitFor()

    await door.client.connections.refresh({ params: { id: drive } })
    const chart = section(page, 'Refreshes of the last 24 hours')
    await chart.getByRole('img', { name: /1 refreshed; 0 connections began to fail/ }).waitFor()
    await chart.getByText('Show the numbers').click()
    await chart.getByRole('row').last().getByRole('cell', { name: '1', exact: true }).waitFor()
    await chart.getByText('Show the numbers').click()

    await door.client.runs.create({
      body: { data_source: 'notion', connection_id: notion, operation: 'list_pages' },
    })
    await section(page, 'Runs of the last 24 hours')
      .getByRole('listitem')
      .filter({ hasText: 'Completed' })
      .getByText('1')
      .waitFor()

    // Its grant is gone: somebody has to do something.
    stage.house.sandbox.control.revokeGrant('dropbox')
    const broken = tile(page, 'Need action')
    await broken.getByText('Nobody has to do anything').waitFor()
    const { items } = await door.client.connections.list({ query: { data_source: 'dropbox' } })
    await door.client.connections.refresh({ params: { id: items[0]?.id as string } })
    const learned = Date.now()
    await broken.getByText('1', { exact: true }).waitFor()
    expect(Date.now() - learned).toBeLessThan(2_000)
    const failures = section(page, 'Latest failures')
    await failures.getByRole('link', { name: 'Designs' }).waitFor()
    await failures.getByText('Must be authorized again').waitFor()
    expect(await page.evaluate('window.notReloaded')).toBe(true)
  })

  test('an OAuth client that is held back is told with the reason, and what depends on it', async () => {
    const { page } = stage.ada
    const { engine } = stage.house
    const { items } = await door.client.connections.list({ query: { data_source: 'google-drive' } })
    const id = items[0]?.id as string
    stage.house.sandbox.control.fault({
      provider: 'google-drive',
      match: 'POST /token',
      kind: 'status',
      status: 401,
      body: { error: 'invalid_client' },
      times: 2,
    })
    await door.client.connections.refresh({ params: { id } })
    const clients = section(page, 'OAuth clients')
    await clients.getByText('Google Drive refuses this client').waitFor()
    await clients.getByText('Paused').waitFor()
    await clients.getByText('1 connection depends on it.').waitFor()
    await tile(page, 'OAuth clients paused').getByText('1', { exact: true }).waitFor()
    await section(page, 'Latest failures').getByRole('link', { name: 'Shared drive' }).waitFor()

    // Due for a while, and marked as handed over, so that no sweep takes it.
    await engine.db.execute(
      `update credentials set refresh_at = now() - interval '12 minutes', enqueued_until = now() + interval '1 hour' where connection_id = '${id}'`,
    )
    await tile(page, 'Refreshes overdue').getByText('the oldest came due 12 minutes ago').waitFor()
    await section(page, 'Refreshes to come').getByText('1 refresh has been due for more than a minute.').waitFor()
    await look(page, 'health')
    await page.screenshot({ path: pictureOf('health-whole'), fullPage: true })
  })

  test('when the figures cannot be read, the last ones stay with their time, and the first ones can be asked for again', async () => {
    const { page } = stage.ada
    await page.route('**/v1/health', (route) => route.abort())
    await page.getByRole('alert').getByText('Newer ones could not be read').waitFor()
    await tile(page, 'Need action').getByText('1', { exact: true }).waitFor()
    await page.unroute('**/v1/health')
    await page.getByRole('alert').getByText('Newer ones could not be read').waitFor({ state: 'detached' })

    const second = await stage.ada.context.newPage()
    await second.route('**/v1/health', (route) => route.abort())
    await second.goto(`${stage.house.url}/health`)
    await second.getByRole('button', { name: 'Try again' }).waitFor()
    await look(second, 'health-unreachable')
    await second.unroute('**/v1/health')
    await second.getByRole('button', { name: 'Try again' }).click()
    await tile(second, 'Working').waitFor()

    // What the API answers while the queue is away.
    await second.route('**/v1/health', async (route) => {
      const response = await route.fetch()
      await route.fulfill({ response, json: { ...(await response.json()), queue: null } })
    })
    await section(second, 'Queues').getByText('The queue does not answer.').waitFor()
    await tile(second, 'Jobs waiting').getByText('The queue does not answer').waitFor()
    await second.close()
  })

  test('a failure leads to its connection, by the keyboard', async () => {
    const { page } = stage.ada
    await section(page, 'Latest failures').getByRole('link', { name: 'Designs' }).focus()
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Designs', level: 1 }).waitFor()
    await page.goBack()
    await page.getByRole('heading', { name: 'Health', level: 1 }).waitFor()
  })

  test('on a narrow screen, in the dark, and in Chinese', async () => {
    const { browser, house } = stage
    const narrow = await newPerson(browser, { width: 390, colorScheme: 'dark' })
    await narrow.page.goto(await house.signInLink())
    await narrow.page.goto(`${house.url}/health`)
    await section(narrow.page, 'Queues').waitFor()
    const overflow = await narrow.page.evaluate('document.documentElement.scrollWidth - innerWidth')
    expect(overflow).toBeLessThanOrEqual(0)
    await look(narrow.page, 'health-narrow')
    await narrow.page.screenshot({ path: pictureOf('health-narrow-whole'), fullPage: true })
    await narrow.page.getByRole('button', { name: /^Your account/ }).click()
    await narrow.page.getByRole('menuitemradio', { name: '中文' }).click()
    await narrow.page.getByRole('heading', { name: '运行状况' }).waitFor()
    await narrow.page.keyboard.press('Escape')
    await narrow.page.screenshot({ path: pictureOf('health-zh'), fullPage: true })
    expect(narrow.complaints).toEqual([])
    await narrow.context.close()
  })

  test('a member without the role reads a plain sentence', async () => {
    const { browser, house } = stage
    const link = await house.api.login.invite(door.owner, { email: 'grace@acme.test', role: 'member' })
    const grace = await newPerson(browser)
    await grace.page.goto(link)
    await grace.page.getByLabel('Your name').fill('Grace Hopper')
    await grace.page.getByLabel('Password').fill('another long password')
    await grace.page.keyboard.press('Enter')
    await grace.page.getByRole('heading', { name: 'Data Sources' }).waitFor()
    await grace.page.getByRole('link', { name: 'Health' }).click()
    await grace.page.getByText('This page is for owners and editors').waitFor()
    await look(grace.page, 'health-member')
    expect(grace.complaints).toEqual([])
    await grace.context.close()
  })

  test('the page complained about nothing', () => {
    expect(stage.ada.complaints.filter((complaint) => !/net::ERR_FAILED/.test(complaint))).toEqual([])
  })
})
