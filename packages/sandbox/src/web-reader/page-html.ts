import type { CheerioAPI } from 'cheerio'

/** What is in a page but never read. */
export const neverRead = 'script, style, noscript, meta, head, template'

/** What is around the main content of a page. https://docs.firecrawl.dev/advanced-scraping-guide */
export const boilerplate = [
  'header',
  'footer',
  'nav',
  'aside',
  '.header',
  '.footer',
  '.navbar',
  '.navigation',
  '.menu',
  '.sidebar',
  '.breadcrumbs',
  '.cookie',
  '.modal',
  '.popup',
  '.ad',
  '.social',
  '#header',
  '#footer',
  '#nav',
  '#sidebar',
  '#cookie',
].join(', ')

/** Rewrites links and images so that they hold outside of the page. */
export function makeAbsolute($: CheerioAPI, base: string): void {
  for (const [selector, name] of [
    ['a[href]', 'href'],
    ['img[src]', 'src'],
  ] as const)
    for (const element of $(selector).get()) {
      const url = absolute($(element).attr(name), base)
      if (url !== undefined) $(element).attr(name, url)
    }
}

/** Every URL of an attribute, absolute, each once. */
export function urls($: CheerioAPI, selector: string, attribute: string, base: string): string[] {
  const all = $(selector)
    .get()
    .map((element) => absolute($(element).attr(attribute), base))
    .filter((url) => url !== undefined)
  return [...new Set(all)]
}

export function absolute(reference: string | undefined, base: string): string | undefined {
  if (reference === undefined || !URL.canParse(reference.trim(), base)) return undefined
  return new URL(reference.trim(), base).href
}
