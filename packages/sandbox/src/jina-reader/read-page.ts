import { type CheerioAPI, load } from 'cheerio'
import type { FetchedPage } from '../web-reader/fetch-page.ts'
import { toMarkdown } from '../web-reader/markdown.ts'
import { absolute, boilerplate, makeAbsolute, neverRead } from '../web-reader/page-html.ts'
import { JinaError } from './errors.ts'
import type { ReadOptions } from './read-options.ts'

export type Pair = readonly [text: string, url: string]

/** One page as Reader gives it, before it is put into an answer. */
export interface ReadPage {
  readonly title: string
  readonly description: string
  /** After redirects. */
  readonly url: string
  /** In the format that was asked for. */
  readonly content: string
  /** Every link of the whole page, whatever the content shows. */
  readonly links: readonly Pair[]
  readonly images: readonly Pair[]
  readonly metadata: Readonly<Record<string, string>>
  readonly warning: string | undefined
  readonly tokens: number
}

/** Throws 422 when the selector finds nothing, 409 when it costs more than its budget. */
export function readPage(page: FetchedPage, options: ReadOptions): ReadPage {
  const isHtml = page.type === 'text/html' || page.type === 'application/xhtml+xml'
  const $ = load(isHtml ? page.text : '')
  const base = absolute($('base[href]').attr('href'), page.url) ?? page.url
  const whole = isHtml ? contentOf(page, base, options) : page.text.trim()
  const content = options.maxTokens === undefined ? whole : whole.slice(0, options.maxTokens * charactersPerToken)
  const tokens = Math.ceil(content.length / charactersPerToken)
  if (options.tokenBudget !== undefined && tokens > options.tokenBudget)
    throw new JinaError(
      'BudgetExceededError',
      `Token budget (${options.tokenBudget}) exceeded, intended charge amount ${tokens}.`,
    )
  const language = $('html').attr('lang')
  return {
    title: $('title').first().text().trim(),
    description: $('meta[name="description"]').first().attr('content')?.trim() ?? '',
    url: page.url,
    content,
    links: pairs($, 'a[href]', 'href', base, (element) => element.text()),
    images: pairs($, 'img[src]', 'src', base, (element, at) => `Image ${at + 1}: ${element.attr('alt') ?? ''}`),
    metadata: language === undefined ? {} : { lang: language },
    warning: page.status >= 400 ? `Target URL returned error ${page.status}: ${statusText(page.status)}` : undefined,
    tokens,
  }
}

/** Near enough to a tokenizer for counting down a balance. */
const charactersPerToken = 4

const statusTexts: Readonly<Record<number, string>> = {
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  410: 'Gone',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
}
const statusText = (status: number) => statusTexts[status] ?? 'Error'

function contentOf(page: FetchedPage, base: string, options: ReadOptions): string {
  const $ = load(page.text)
  if (options.respondWith === 'html' && !options.targetSelector && !options.removeSelector) return $.html().trim()
  $(neverRead).remove()
  if (options.removeSelector) select($, options.removeSelector).remove()
  if (options.targetSelector) {
    const found = select($, options.targetSelector)
    if (found.length === 0) throw new JinaError('AssertionFailureError', `No content available for URL ${page.url}`)
    const kept = found.get().map((element) => $.html(element))
    $('body').html(kept.join('\n'))
  } else if (options.respondWith === 'content') $(boilerplate).remove()
  makeAbsolute($, base)
  retainImages($, options.retainImages)
  if (options.respondWith === 'html') return ($('body').html() ?? '').trim()
  if (options.respondWith === 'text')
    return $('body')
      .text()
      .replace(/\n\s*\n\s*/g, '\n\n')
      .trim()
  return toMarkdown($('body').html() ?? '').trim()
}

function select($: CheerioAPI, selector: string) {
  try {
    return $(selector)
  } catch {
    throw new JinaError('ParamValidationError', `Invalid selector: ${selector}`)
  }
}

function retainImages($: CheerioAPI, retain: ReadOptions['retainImages']): void {
  if (retain.startsWith('all')) return
  for (const element of $('img').get()) {
    const alt = $(element).attr('alt')
    if (retain === 'none' || !alt) $(element).remove()
    else $(element).replaceWith($('<span>').text(alt))
  }
}

function pairs(
  $: CheerioAPI,
  selector: string,
  attribute: string,
  base: string,
  name: (element: ReturnType<CheerioAPI>, at: number) => string,
): Pair[] {
  return $(selector)
    .get()
    .flatMap((one, at) => {
      const url = absolute($(one).attr(attribute), base)
      return url === undefined
        ? []
        : [
            [
              name($(one) as ReturnType<CheerioAPI>, at)
                .trim()
                .replace(/\s+/g, ' '),
              url,
            ] as const,
          ]
    })
}
