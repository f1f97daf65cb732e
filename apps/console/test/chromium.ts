/** A real browser: Debian's Chromium, or the one that WELLHEAD_CHROMIUM names. */
import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'

const path = process.env.WELLHEAD_CHROMIUM ?? '/usr/bin/chromium'
const isRequired = process.env.WELLHEAD_REQUIRE_CHROMIUM === '1'

/** Why the tests of the page cannot run here; null when they can. */
export const noChromium: string | null = existsSync(path) ? null : `there is no Chromium at ${path}`

if (noChromium !== null && isRequired)
  throw new Error(`WELLHEAD_REQUIRE_CHROMIUM is set, and ${noChromium}. Install it, or name it by WELLHEAD_CHROMIUM.`)

/** With a fresh profile, which goes with it. */
export function launchChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath: path,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
}
