import { type Json, list, object, text } from './json.ts'

/**
 * Rich text as Markdown: https://developers.notion.com/reference/rich-text
 *
 * Characters of the text are not escaped: it is read by people and by models, and backslashes would harm it more
 * than a stray asterisk does.
 */
export function richText(value: unknown): string {
  return merged(list(value)).map(renderPiece).join('')
}

/** The words alone, as for titles, code and labels. Mentions and equations keep theirs. */
export function plainText(value: unknown): string {
  return list(value).map(wordsOf).join('')
}

export function notionUrl(id: string): string {
  return `https://www.notion.so/${id.replaceAll('-', '')}`
}

export function link(label: string, url: string): string {
  const target = url.startsWith('/') ? `https://www.notion.so${url}` : url
  const safe = target
    .replaceAll('(', '%28')
    .replaceAll(')', '%29')
    .replace(/[\s<>]/g, encodeURIComponent)
  return `[${label.replace(/[[\]]/g, '\\$&').replaceAll('\n', ' ')}](${safe})`
}

interface Piece {
  readonly words: string
  readonly href: string
  readonly equation: boolean
  readonly style: Json
}

const styles = ['bold', 'italic', 'strikethrough', 'underline', 'code'] as const

/** Neighbours that look the same are one piece; `**a****b**` would not be read as bold. */
function merged(items: readonly Json[]): Piece[] {
  const pieces: Piece[] = []
  for (const item of items) {
    const piece = {
      words: wordsOf(item),
      href: text(item.href) || targetOf(item),
      equation: item.type === 'equation',
      style: object(item.annotations),
    }
    const before = pieces.at(-1)
    const same = before && !before.equation && !piece.equation && before.href === piece.href
    if (same && styles.every((name) => (before.style[name] === true) === (piece.style[name] === true))) {
      pieces[pieces.length - 1] = { ...before, words: before.words + piece.words }
    } else pieces.push(piece)
  }
  return pieces
}

function renderPiece({ words, href, equation, style }: Piece): string {
  // Marks must hug the words: `** a **` is not bold.
  const [, before = '', core = '', after = ''] = /^(\s*)([\s\S]*?)(\s*)$/.exec(words) ?? []
  if (core === '') return words
  let out = equation ? `$${core}$` : style.code === true ? codeSpan(core) : core
  if (href) out = link(out, href)
  if (style.underline === true) out = `<u>${out}</u>`
  if (style.strikethrough === true) out = `~~${out}~~`
  if (style.italic === true) out = `*${out}*`
  if (style.bold === true) out = `**${out}**`
  return before + out + after
}

function codeSpan(code: string): string {
  const fence = '`'.repeat(longestRun(code) + 1)
  return fence.length > 1 ? `${fence} ${code} ${fence}` : `\`${code}\``
}

/** Length of the longest run of backticks. */
export function longestRun(code: string): number {
  return Math.max(0, ...[...code.matchAll(/`+/g)].map(([run]) => run.length))
}

function wordsOf(item: Json): string {
  if (item.type === 'equation') return text(object(item.equation).expression) || text(item.plain_text)
  return text(item.plain_text) || text(object(item.text).content) || (item.type === 'mention' ? mentionWords(item) : '')
}

/** What a mention is called when Notion gives it no text, as happens for things that are not shared. */
function mentionWords(item: Json): string {
  const { type, what } = mentioned(item)
  if (type === 'date') return dateText(what)
  if (type === 'custom_emoji') return `:${text(what.name)}:`
  if (type === 'user') return `@${nameOf(what)}`
  return (
    text(what.title) ||
    text(what.href) ||
    text(what.url) ||
    `@${text(what[text(what.type)]) || type.replaceAll('_', ' ')}`
  )
}

function targetOf(item: Json): string {
  if (item.type !== 'mention') return text(object(object(item.text).link).url)
  const { type, what } = mentioned(item)
  if (type === 'page' || type === 'database') return notionUrl(text(what.id))
  return type === 'link_preview' || type === 'link_mention' ? text(what.url) || text(what.href) : ''
}

function mentioned(item: Json): { type: string; what: Json } {
  const mention = object(item.mention)
  return { type: text(mention.type), what: object(mention[text(mention.type)]) }
}

/** Of a person, a bot or an option. A partial user has only its id. */
export function nameOf(item: Json): string {
  return text(item.name) || text(object(item.person).email) || text(item.id)
}

export function dateText(date: Json): string {
  return [text(date.start), text(date.end)].filter(Boolean).join(' → ')
}
