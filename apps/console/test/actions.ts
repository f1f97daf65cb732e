/** What a person does on the page, by the names that are read to them. */
import type { Locator, Page } from 'playwright-core'

export const card = (page: Page, source: string) => page.getByRole('region', { name: source })
export const connection = (page: Page, name: string) => page.getByRole('listitem', { name, exact: true })
// Toasts are alert dialogs too, and are not meant.
export const dialog = (page: Page) => page.locator('section:is([role=dialog], [role=alertdialog])')
export const status = (page: Page, name: string, word: string) =>
  connection(page, name).getByText(word, { exact: true })

/** A pipeline's node, on the canvas or in the list of them; and the panel of the one that is chosen. */
export const node = (page: Page, name: string | RegExp) =>
  page.locator('[data-node]').and(page.getByRole('button', { name }))
export const panel = (page: Page) => page.getByRole('complementary')
export const panelSection = (page: Page, name: string) => panel(page).getByRole('region', { name, exact: true })

type Way = 'Add API Key' | 'Add OAuth' | 'OAuth Client Settings'

/** Opens one of the ways to connect a source, from its card. */
export async function configure(page: Page, source: string, way: Way): Promise<void> {
  await card(page, source).getByRole('button', { name: 'Configure' }).click()
  await dialog(page).getByRole('button', { name: way }).click()
  await page.getByRole('heading', { name: new RegExp(`^${way}`) }).waitFor()
}

/** Begins to connect by OAuth, and gives the window with the provider's consent page. */
export async function beginOAuth(page: Page, source: string, name: string): Promise<Page> {
  await configure(page, source, 'Add OAuth')
  await dialog(page).getByLabel('Authorization Name').fill(name)
  return inWindow(page, () =>
    dialog(page)
      .getByRole('button', { name: `Continue to ${source}` })
      .click(),
  )
}

/** What opens a window, and that window. */
export async function inWindow(page: Page, open: () => Promise<void>): Promise<Page> {
  const [opened] = await Promise.all([page.context().waitForEvent('page'), open()])
  return opened
}

/** Says yes on a consent page of the sandbox, each in its provider's words. */
export async function allow(consent: Page): Promise<void> {
  await consent.getByRole('button', { name: /^(Allow|Allow access|Accept|Continue)$/ }).click()
}

/** Chooses a radio button or a checkbox, whose own input cannot be seen. */
export async function choose(choice: Locator): Promise<void> {
  if (!(await choice.isChecked())) await choice.press('Space')
}

/** Chooses from a connection's menu. */
export async function act(page: Page, name: string, action: string): Promise<void> {
  await connection(page, name)
    .getByRole('button', { name: /^Actions/ })
    .click()
  await page.getByRole('menuitem', { name: action }).click()
}

/** Chooses from the menu at the upper right. */
export async function actOnAccount(page: Page, action: string): Promise<void> {
  await page.getByRole('button', { name: /^Your account/ }).click()
  await page.getByRole('menuitem', { name: action }).click()
}

export async function waitForAttribute(locator: Locator, name: string, value: string): Promise<void> {
  await locator.and(locator.page().locator(`[${name}="${value}"]`)).waitFor()
}

/** The name of what has the focus. */
export const focused = (page: Page) =>
  page.evaluate('document.activeElement.ariaLabel ?? document.activeElement.textContent') as Promise<string>

const MOST_TABS = 60

/** Goes on by Tab to the field, button or link that is called exactly so. */
export async function tabTo(page: Page, called: string | RegExp): Promise<void> {
  const name = typeof called === 'string' ? new RegExp(`^${literally(called)}( \\(optional\\))?$`) : called
  const named = page
    .getByLabel(name)
    .or(page.getByRole('button', { name }))
    .or(page.getByRole('link', { name }))
    .or(page.getByRole('radio', { name }))
  // What is still being loaded has no place in the order yet.
  await named.first().waitFor({ state: 'attached' })
  for (let tabs = 0; tabs < MOST_TABS; tabs++) {
    if ((await page.locator(':focus').and(named).count()) > 0) return
    await page.keyboard.press('Tab')
  }
  throw new Error(`Tab does not lead to ${called}.`)
}

const literally = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
