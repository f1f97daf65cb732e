import type { ReadOptions } from './read-options.ts'
import type { Pair, ReadPage } from './read-page.ts'

/** The JSON of a read. */
export function jsonAnswer(page: ReadPage, options: ReadOptions) {
  const usage = { tokens: page.tokens }
  const field = options.respondWith === 'html' || options.respondWith === 'text' ? options.respondWith : 'content'
  return {
    code: 200,
    status: 20000,
    data: {
      title: page.title,
      description: page.description,
      url: page.url,
      [field]: page.content,
      ...summary('links', page.links, options.withLinksSummary),
      ...summary('images', page.images, options.withImagesSummary),
      metadata: page.metadata,
      external: {},
      ...(page.warning === undefined ? {} : { warning: page.warning }),
      usage,
    },
    meta: { usage },
  }
}

/** By their texts, where a later link with the same text takes the place of the earlier one; with `all` a list of pairs. */
function summary(name: string, pairs: readonly Pair[], mode: ReadOptions['withLinksSummary']) {
  if (mode === undefined) return {}
  return { [name]: mode === 'all' ? pairs : Object.fromEntries(pairs) }
}

/** The text of a read. */
export function textAnswer(page: ReadPage, options: ReadOptions): string {
  if (options.respondWith === 'html' || options.respondWith === 'text') return page.content
  const listed = (title: string, pairs: readonly Pair[], mark: string) =>
    [`${title}:`, ...pairs.map(([text, url]) => `- ${mark}[${text}](${url})`)].join('\n')
  return [
    `Title: ${page.title}`,
    `URL Source: ${page.url}`,
    ...(page.warning === undefined ? [] : [`Warning: ${page.warning}`]),
    `Markdown Content:\n${page.content}`,
    ...(options.withImagesSummary ? [listed('Images', page.images, '!')] : []),
    ...(options.withLinksSummary ? [listed('Links/Buttons', page.links, '')] : []),
    '',
  ].join('\n\n')
}
