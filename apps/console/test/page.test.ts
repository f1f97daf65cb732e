/** The page as a whole: how it is served, how much of it is loaded, its languages, themes and addresses. */
import { readFileSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { builtConsole } from '../build/index.ts'
import { card, connection, focused, status } from './actions.ts'
import { noChromium } from './chromium.ts'
import { look } from './look.ts'
import { openStage, type Stage } from './stage.ts'

const MOST_FIRST_LOAD = 250_000

interface Chunk {
  readonly file: string
  readonly isEntry?: boolean
  readonly imports?: readonly string[]
  readonly dynamicImports?: readonly string[]
}

test('what Settings loads at first is below 250 kB of compressed script', async () => {
  const folder = await builtConsole()
  const manifest = JSON.parse(readFileSync(join(folder, '.vite/manifest.json'), 'utf8')) as Record<string, Chunk>
  const loaded = new Set<string>()
  const load = (name: string) => {
    const chunk = manifest[name]
    if (!chunk) throw new Error(`The build has no ${name}.`)
    if (loaded.has(chunk.file)) return
    loaded.add(chunk.file)
    for (const one of chunk.imports ?? []) load(one)
  }
  for (const name of ['index.html', 'src/data-sources/data-sources-page.tsx', 'src/texts/en.ts']) load(name)
  // gzip, as the largest of what a browser may ask for.
  const size = [...loaded].reduce((sum, file) => sum + readFileSync(join(folder, `${file}.gz`)).length, 0)
  expect(size).toBeLessThan(MOST_FIRST_LOAD)
  // And nothing of a page that was not asked for.
  expect([...loaded].join()).not.toMatch(/pipeline|health|dialog-/)
})

describe.skipIf(noChromium !== null)('the page in Chromium', () => {
  let stage: Stage
  beforeAll(async () => {
    stage = await openStage()
  })
  afterAll(async () => stage?.[Symbol.asyncDispose]())

  test('its files run under a policy without inline scripts and styles; only what has a hash is kept', async () => {
    const folder = await builtConsole()
    const names = (await readdir(folder, { recursive: true })).filter((name) => /\.(js|css|html|svg|woff2)$/.test(name))
    expect(names.length).toBeGreaterThan(10)
    for (const name of ['', ...names]) {
      const response = await fetch(`${stage.house.url}/${name}`)
      expect(response.status, name).toBe(200)
      const kept = name.startsWith('assets/') ? /immutable/ : /^no-cache$/
      expect(response.headers.get('cache-control'), name).toMatch(kept)
      expect(response.headers.get('content-security-policy'), name).toMatch(/default-src 'self'(?!.*unsafe)/)
      expect(response.headers.get('x-frame-options'), name).toBe('DENY')
      await response.body?.cancel()
    }
    const html = await (await fetch(stage.house.url)).text()
    expect(html).not.toMatch(/<style|style=|<script(?![^>]* src=)/)
    expect((await fetch(`${stage.house.url}/.vite/manifest.json`)).status).toBe(404)
  })

  test('another site cannot act in the name of who is signed in', async () => {
    const answer = await stage.ada.page.request.post(`${stage.house.url}/v1/tokens`, {
      data: { name: 'theirs', scopes: ['runs:read'] },
      headers: { origin: 'https://other.example' },
    })
    expect([answer.status(), (await answer.json()).code]).toEqual([403, 'cross_origin_refused'])
  })

  test('an address that is nothing is told, with a way on', async () => {
    const { page } = stage.ada
    await page.goto(`${stage.house.url}/nothing/here`)
    await page.getByRole('heading', { name: 'There is nothing at this address' }).waitFor()
    await look(page, 'not-found')
    await page.getByRole('link', { name: 'Go to Data Sources' }).click()
    await page.getByRole('heading', { name: 'Data Sources' }).waitFor()
    // A reader goes on at the title of the page that they came to.
    await expect.poll(() => focused(page)).toBe('Data Sources')
  })

  test('by keyboard: past the bar to the content, and through the settings', async () => {
    const { page } = stage.ada
    await page.goto(stage.house.url)
    await page.getByRole('heading', { name: 'Data Sources' }).waitFor()
    await page.keyboard.press('Tab')
    await expect.poll(() => focused(page)).toBe('Skip to the content')
    await page.keyboard.press('Enter')
    await page.keyboard.press('Tab')
    await expect.poll(() => focused(page)).toBe('Data Sources')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Members' }).waitFor()
    await expect.poll(() => focused(page)).toBe('Members')
    await expect.poll(() => page.title()).toBe('Members · Wellhead')
    await page.goBack()
    await page.getByRole('heading', { name: 'Data Sources' }).waitFor()
  })

  test('light, dark or as the system; the choice is remembered', async () => {
    const { page } = stage.ada
    const background = () => page.evaluate('getComputedStyle(document.documentElement).backgroundColor')
    const light = await background()
    await page.getByRole('button', { name: /^Your account/ }).click()
    await look(page, 'account-menu')
    await page.getByRole('menuitemradio', { name: 'Dark' }).click()
    await expect.poll(background).not.toBe(light)
    await page.reload()
    await page.getByRole('heading', { name: 'Data Sources' }).waitFor()
    expect(await background()).not.toBe(light)
    await page.getByRole('button', { name: /^Your account/ }).click()
    await page.getByRole('menuitemradio', { name: 'As the system' }).click()
    await expect.poll(background).toBe(light)
  })

  test('in Chinese, with the language remembered; and back', async () => {
    const { page } = stage.ada
    await page.getByRole('button', { name: /^Your account/ }).click()
    await page.getByRole('menuitemradio', { name: '简体中文' }).click()
    await page.getByRole('heading', { name: '数据源' }).waitFor()
    await page.reload()
    await card(page, 'Notion').getByText('尚未连接。').waitFor()
    expect(await page.evaluate('document.documentElement.lang')).toBe('zh-CN')
    await card(page, 'Notion').getByRole('button', { name: '配置' }).click()
    await page.getByRole('button', { name: '添加 API 密钥' }).click()
    await page.getByRole('dialog').getByLabel('API 密钥').press('Enter')
    await page.getByRole('dialog').getByText('此项必填。').waitFor()
    await look(page, 'chinese')
    // What the API says in English is said by its code.
    await page.getByRole('dialog').getByLabel('API 密钥').fill('ntn_not_a_key')
    await page.keyboard.press('Enter')
    await page.getByRole('dialog').getByText('提供方拒绝了此凭据。').waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: /^你的账户/ }).click()
    await page.getByRole('menuitemradio', { name: 'English' }).click()
    await page.getByRole('heading', { name: 'Data Sources' }).waitFor()
  })

  test('more tabs than a browser keeps connections: one holds the stream for all, and the next when it is closed', async () => {
    const { house, ada } = stage
    let streams = 0
    ada.context.on('request', (request) => {
      if (new URL(request.url()).pathname === '/v1/events') streams++
    })
    await ada.page.goto(house.url)
    await ada.page.getByRole('heading', { name: 'Data Sources' }).waitFor()
    const tabs: Page[] = []
    for (let count = 0; count < 7; count++) {
      const tab = await ada.context.newPage()
      await tab.goto(house.url)
      await tab.getByRole('heading', { name: 'Data Sources' }).waitFor()
      tabs.push(tab)
    }
    expect(streams).toBe(1)
    const headers = { origin: house.url }
    const made = await ada.page.request.post(`${house.url}/v1/connections`, {
      headers,
      data: { data_source: 'jina-reader', name: 'Seen by all', api_key: house.sandbox.apiKeys['jina-reader'] },
    })
    // Wellhead knows it now, and so does a reader before two seconds are over.
    await status(tabs[0] as Page, 'Seen by all', 'Connected').waitFor({ timeout: 2_000 })
    for (const tab of tabs) await status(tab, 'Seen by all', 'Connected').waitFor()

    await ada.page.goto('about:blank')
    await expect.poll(() => streams).toBe(2)
    const { id } = (await made.json()) as { id: string }
    await ada.page.request.delete(`${house.url}/v1/connections/${id}`, { headers })
    for (const tab of tabs) await connection(tab, 'Seen by all').waitFor({ state: 'detached' })
    for (const tab of tabs) await tab.close()
    await ada.page.goto(house.url)
    expect(ada.complaints).toEqual([])
  })

  test('without the stream of events: what is seen may be old, and the page says so until it is back', async () => {
    const { page } = stage.ada
    await page.route('**/v1/events*', (route) => route.abort())
    await page.goto(stage.house.url)
    await page.getByText('What you see may be out of date').waitFor()
    await look(page, 'no-events')
    await page.unroute('**/v1/events*')
    await page.getByText('What you see may be out of date').waitFor({ state: 'detached' })
    expect(stage.ada.complaints).toEqual([])
  })

  test('when the server refuses or fails, each page says what happened and how to go on', async () => {
    const { page } = stage.ada
    const problem = { code: 'service_unavailable', status: 503, detail: 'The database does not answer.' }
    for (const [address, title, asked] of [
      ['settings/data-sources', 'Data Sources', '**/v1/connections?*'],
      ['settings/members', 'Members', '**/v1/members'],
    ] as const) {
      await page.route(asked, (route) =>
        route.fulfill({ status: 503, contentType: 'application/problem+json', body: JSON.stringify(problem) }),
      )
      await page.goto(`${stage.house.url}/${address}`)
      await page.getByRole('heading', { name: title }).waitFor()
      await page.getByRole('alert').getByText('The database does not answer.').waitFor()
      await look(page, `${title}-failed`)
      await page.unroute(asked)
      await page.getByRole('button', { name: 'Try again' }).click()
      await page.getByRole('alert').waitFor({ state: 'detached' })
    }
  })
})
