/** A person in front of the page, and what must hold on every page that is looked at. */
import { readFileSync } from 'node:fs'
import { copyFile, mkdir } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { expect } from 'vitest'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** Where the pictures go: a folder of its own, or the one that is named, to look at them. */
const pictures = process.env.WELLHEAD_SCREENSHOTS ?? join(tmpdir(), 'wellhead-screenshots')

/** Those that the documentation shows; `npm run pictures` takes them anew. */
const shown = ['data-sources', 'add-api-key', 'add-oauth', 'oauth-client', 'run-pages', 'pipeline-canvas', 'health']
const documentation =
  process.env.WELLHEAD_PICTURES === '1' ? join(import.meta.dirname, '../../../docs/pictures') : undefined

export const pictureOf = (name: string) => join(pictures, `${name}.png`)

export interface Person {
  readonly context: BrowserContext
  readonly page: Page
  /** What the browser complained about: errors of scripts, refusals by the Content-Security-Policy. */
  readonly complaints: string[]
}

/** Somebody with a browser of their own, not signed in. */
export async function newPerson(
  browser: Browser,
  options: { colorScheme?: 'light' | 'dark'; width?: number } = {},
): Promise<Person> {
  const context = await browser.newContext({
    colorScheme: options.colorScheme ?? 'light',
    viewport: { width: options.width ?? 1100, height: 900 },
    locale: 'en-GB',
    timezoneId: 'Asia/Tokyo',
  })
  context.setDefaultTimeout(30_000)
  const complaints: string[] = []
  const watch = (page: Page) => {
    page.on('pageerror', (error) => complaints.push(`${error.name}: ${error.message}`))
    page.on('console', (message) => {
      // An answer with an error status is reported as an error too; those are the API's own problems.
      if (message.type() === 'error' && !/Failed to load resource/.test(message.text())) complaints.push(message.text())
    })
  }
  context.on('page', watch)
  const page = await context.newPage()
  return { context, page, complaints }
}

/**
 * Closes the window of an attempt once it tells the outcome. Before that it may be loading itself anew, and Chromium may then
 * never say that it is closed.
 */
export async function closeWithOutcome(page: Page): Promise<void> {
  await page.getByRole('heading', { name: /^(Connected|Not connected)$/ }).waitFor()
  await page.close()
}

/** Ends once nothing that comes to an end moves any more: what is still fading in has less contrast than it is going to have. */
const stillness = `Promise.allSettled(
  document.getAnimations()
    .filter((animation) => Number.isFinite(Number(animation.effect?.getComputedTiming().endTime)))
    .map((animation) => animation.finished),
).then(() => undefined)`

/** Takes a picture, and lets axe judge the page in both colour schemes. */
export async function look(page: Page, name: string): Promise<void> {
  await mkdir(pictures, { recursive: true })
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    await page.evaluate(stillness)
    await page.screenshot({ path: pictureOf(`${name}-${colorScheme}`) })
    if (documentation && colorScheme === 'light' && shown.includes(name))
      await copyFile(pictureOf(`${name}-${colorScheme}`), join(documentation, `${name}.png`))
    await page.evaluate(axe)
    const { violations } = (await page.evaluate('axe.run()')) as {
      violations: { id: string; help: string; nodes: { html: string; failureSummary: string }[] }[]
    }
    const found = violations.map(
      ({ id, nodes }) => `${id}: ${nodes.map((node) => `${node.html} ${node.failureSummary}`).join('; ')}`,
    )
    expect(found, `axe on ${name}, ${colorScheme}`).toEqual([])
  }
  await page.emulateMedia({ colorScheme: 'light' })
}
