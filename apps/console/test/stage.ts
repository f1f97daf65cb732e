/** What a file of these tests stands on: the whole product, a browser, and the owner of a workspace in front of it. */
import type { Browser } from 'playwright-core'
import { launchChromium } from './chromium.ts'
import { type House, openHouse } from './house.ts'
import { newPerson, type Person } from './look.ts'

export interface Stage extends AsyncDisposable {
  readonly house: House
  readonly browser: Browser
  /** Signed in as the owner, at Settings > Data Sources. */
  readonly ada: Person
}

export async function openStage(): Promise<Stage> {
  await using stack = new AsyncDisposableStack()
  const house = stack.use(await openHouse())
  const browser = await launchChromium()
  stack.defer(() => browser.close())
  const ada = await newPerson(browser)
  await ada.page.goto(await house.signInLink())
  await ada.page.getByRole('heading', { name: 'Data Sources' }).waitFor()
  const opened = stack.move()
  return { house, browser, ada, [Symbol.asyncDispose]: () => opened.disposeAsync() }
}
