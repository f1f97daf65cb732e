import { randomUUID } from 'node:crypto'
import type { Document } from '@mendable/firecrawl-js'
import { type CheerioAPI, load } from 'cheerio'
import { toMarkdown } from '../web-reader/markdown.ts'
import { absolute, boilerplate, makeAbsolute, neverRead, urls } from '../web-reader/page-html.ts'
import { type FetchedPage, fetchPage } from './fetch-page.ts'
import { formatsOf, type ScrapeOptions } from './request-schemas.ts'

export interface ScrapedPage {
  readonly document: Document
  /** After redirects. */
  readonly url: string
  /** Every link of the whole page, absolute, whatever the document shows. */
  readonly links: readonly string[]
}

export const defaultTimeoutMs = 60_000

/** Fetches one page over HTTP and turns it into a document. Throws PageError. */
export async function scrapePage(url: string, options: ScrapeOptions, signal: AbortSignal): Promise<ScrapedPage> {
  const page = await fetchPage(url, {
    headers: options.headers,
    timeoutMs: options.timeout ?? defaultTimeoutMs,
    signal,
  })
  if (options.waitFor !== undefined) await wait(options.waitFor, signal)
  const formats = formatsOf(options)
  const isHtml = page.type === 'text/html' || page.type === 'application/xhtml+xml'
  const parts = isHtml ? readHtml(page, options) : readText(page)
  const pick = <T>(name: string, value: () => T) => (formats.has(name) ? { [name]: value() } : {})
  const document: Document = {
    ...pick('markdown', () => parts.markdown()),
    ...pick('html', () => parts.html()),
    ...pick('rawHtml', () => page.text),
    ...pick('links', () => parts.links),
    ...pick('images', () => parts.images),
    metadata: { ...parts.metadata, ...responseMetadata(url, page) },
  }
  return { document, url: page.url, links: parts.links }
}

/** The page's own part of the metadata is looser than the client's types: a repeated tag becomes a list. */
interface Parts {
  markdown(): string
  html(): string
  readonly links: string[]
  readonly images: string[]
  readonly metadata: Readonly<Record<string, unknown>>
}

function responseMetadata(sourceURL: string, page: FetchedPage): NonNullable<Document['metadata']> {
  return {
    scrapeId: randomUUID(),
    sourceURL,
    url: page.url,
    statusCode: page.status,
    ...(page.contentType === undefined ? {} : { contentType: page.contentType }),
    ...(page.status >= 400 ? { error: statusText(page.status) } : {}),
    proxyUsed: 'basic',
    cacheState: 'miss',
    creditsUsed: 1,
  }
}

const statusTexts: Readonly<Record<number, string>> = {
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  410: 'Gone',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
}
const statusText = (status: number) => statusTexts[status] ?? `HTTP status ${status}`

function readText(page: FetchedPage): Parts {
  const text = page.type.endsWith('json') ? `\`\`\`json\n${page.text.trim()}\n\`\`\`` : page.text.trim()
  return { markdown: () => text, html: () => page.text, links: [], images: [], metadata: {} }
}

function readHtml(page: FetchedPage, options: ScrapeOptions): Parts {
  const $ = load(page.text)
  const base = absolute($('base[href]').attr('href'), page.url) ?? page.url
  const metadata = pageMetadata($, base)
  const links = urls($, 'a[href]', 'href', base)
  const images = urls($, 'img[src]', 'src', base)
  const html = () => cleanHtml(page.text, base, options)
  const markdown = () => {
    const text = toMarkdown(html())
    return (options.removeBase64Images ?? true)
      ? text.replace(/(!\[[^\]]*\])\(data:image\/[^)]*\)/g, '$1(<Base64-Image-Removed>)')
      : text
  }
  return { markdown, html, links, images, metadata }
}

/** The body, narrowed to what was asked for, with absolute links. */
function cleanHtml(source: string, base: string, options: ScrapeOptions): string {
  const $ = load(source)
  $(neverRead).remove()
  if (options.includeTags && options.includeTags.length > 0) {
    const kept = options.includeTags.flatMap((tag) =>
      $(tag)
        .get()
        .map((element) => $.html(element)),
    )
    $('body').html(kept.join('\n'))
  } else if (options.onlyMainContent ?? true) $(boilerplate).remove()
  for (const tag of options.excludeTags ?? []) $(tag).remove()
  makeAbsolute($, base)
  return ($('body').html() ?? '').trim()
}

function pageMetadata($: CheerioAPI, base: string): Record<string, unknown> {
  const found = new Map<string, string[]>()
  const note = (name: string, value: string | undefined) => {
    if (value === undefined || value.trim() === '') return
    found.set(name, [...(found.get(name) ?? []), value.trim()])
  }
  note('title', $('title').first().text())
  note('language', $('html').attr('lang'))
  note('favicon', absolute($('link[rel~="icon"]').first().attr('href'), base))
  for (const element of $('meta[content]').get()) {
    const name = $(element).attr('name') ?? $(element).attr('property')
    if (name === undefined) continue
    note(name, $(element).attr('content'))
    // Open Graph names come twice: as written and in camel case.
    const camel = /^og:(\w)(\w*)$/.exec(name)
    if (camel) note(`og${camel[1]?.toUpperCase()}${camel[2]}`, $(element).attr('content'))
  }
  return Object.fromEntries([...found].map(([name, values]) => [name, values.length === 1 ? values[0] : values]))
}

function wait(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, milliseconds)
    if (signal.aborted) done()
    else signal.addEventListener('abort', done)
  })
}
