import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { launchChromium, noChromium } from './chromium.ts'
import { type House, openHouse } from './house.ts'
import { look, newPerson, type Person } from './look.ts'

const card = (page: Page, source: string) => page.getByRole('region', { name: source })
const connection = (page: Page, name: string) => page.getByRole('listitem', { name, exact: true })
const dialog = (page: Page) => page.getByRole('dialog')

describe.skipIf(noChromium !== null)('the console in Chromium', () => {
  let house: House
  let browser: Browser
  let ada: Person

  beforeAll(async () => {
    house = await openHouse()
    browser = await launchChromium()
    ada = await newPerson(browser)
  })
  afterAll(async () => {
    await browser?.close()
    await house?.[Symbol.asyncDispose]()
  })

  test('not signed in: a form; a wrong password is told; the password signs in; sign-out ends it', async () => {
    const { page, complaints } = await newPerson(browser)
    await page.goto(house.url)
    await page.getByRole('heading', { name: 'Sign in' }).waitFor()
    await page.getByText('prints a link that signs in once').waitFor()
    await look(page, 'sign-in')
    await page.getByLabel('E-mail address').fill('ada@acme.test')
    await page.getByLabel('Password').fill('not the password')
    await page.keyboard.press('Enter')
    await page.getByRole('alert').getByText('do not belong together').waitFor()
    await page.getByLabel('Password').fill('a long password')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Data Sources' }).waitFor()
    await page.getByText('Acme Research').waitFor()
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByRole('heading', { name: 'Sign in' }).waitFor()
    expect(complaints).toEqual([])
    await page.context().close()
  })

  test('the one-time link signs in and shows the data sources', async () => {
    const { page } = ada
    await page.goto(await house.signInLink())
    await card(page, 'Notion').waitFor()
    for (const source of ['Notion', 'Firecrawl']) {
      await card(page, source).locator('.badge').waitFor()
      await card(page, source).getByText('Not connected yet.').waitFor()
    }
    await card(page, 'Notion').getByText('Online documents').waitFor()
    await card(page, 'Firecrawl').getByText('Web site crawl').waitFor()
    await look(page, 'data-sources-empty')
  })
})
