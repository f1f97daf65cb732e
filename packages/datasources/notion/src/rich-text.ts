import { type Json, list, object, text, typed } from './json.ts'

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
  const whole = url.startsWith('/') ? `https://www.notion.so${url}` : url
  const target = whole
    .replaceAll('(', '%28')
    .replaceAll(')', '%29')
    .replace(/[\s<>]/g, encodeURIComponent)
  return `[${label.replace(/[[\]]/g, '\\$&').replaceAll('\n', ' ')}](${target})`
}

interface Piece {
  words: string
  readonly href: string
  readonly styles: readonly string[]
}

const styleNames = ['equation', 'code', 'underline', 'strikethrough', 'italic', 'bold']

/** Neighbours that look the same are one piece; `**a****b**` would not be read as bold. */
function merged(items: readonly Json[]): Piece[] {
  const pieces: Piece[] = []
  for (const item of items) {
    const shown: Json = { ...object(item.annotations), equation: item.type === 'equation' }
    const styles = styleNames.filter((name) => shown[name] === true)
    const href = text(item.href) || targetOf(item)
    const before = pieces.at(-1)
    const alike = before?.href === href && before.styles.join() === styles.join()
    if (alike && !styles.includes('equation')) before.words += wordsOf(item)
    else pieces.push({ words: wordsOf(item), href, styles })
  }
  return pieces
}

function renderPiece({ words, href, styles }: Piece): string {
  // Marks must hug the words: `** a **` is not bold.
  const [, before = '', core = '', after = ''] = /^(\s*)([\s\S]*?)(\s*)$/.exec(words) ?? []
  if (core === '') return words
  let out = styles.includes('equation') ? `$${core}$` : styles.includes('code') ? codeSpan(core) : core
  if (href) out = link(out, href)
  if (styles.includes('underline')) out = `<u>${out}</u>`
  if (styles.includes('strikethrough')) out = `~~${out}~~`
  if (styles.includes('italic')) out = `*${out}*`
  if (styles.includes('bold')) out = `**${out}**`
  return before + out + after
}

function codeSpan(code: string): string {
  const fence = fenceFor(code, 1)
  return fence === '`' ? `\`${code}\`` : `${fence} ${code} ${fence}`
}

/** Backticks to set code off with, `least` or more: a longer run than any in it (CommonMark 4.5 and 6.1). */
export function fenceFor(code: string, least: number): string {
  const runs = [...code.matchAll(/`+/g)].map(([run]) => run.length)
  return '`'.repeat(Math.max(least, ...runs.map((length) => length + 1)))
}

function wordsOf(item: Json): string {
  if (item.type === 'equation') return text(object(item.equation).expression) || text(item.plain_text)
  const words = text(item.plain_text) || text(object(item.text).content)
  return words || (item.type === 'mention' ? mentionWords(object(item.mention)) : '')
}

/** What a mention is called when Notion gives it no text, as happens for things that are not shared. */
function mentionWords(mention: Json): string {
  const what = object(typed(mention))
  if (mention.type === 'date') return dateText(what)
  if (mention.type === 'custom_emoji') return `:${text(what.name)}:`
  if (mention.type === 'user') return `@${nameOf(what)}`
  const name = text(what.title) || text(what.href) || text(what.url)
  return name || `@${text(typed(what)) || text(mention.type).replaceAll('_', ' ')}`
}

function targetOf(item: Json): string {
  if (item.type !== 'mention') return text(object(object(item.text).link).url)
  const mention = object(item.mention)
  const { id, url, href } = object(typed(mention))
  if (mention.type === 'page' || mention.type === 'database') return notionUrl(text(id))
  return mention.type === 'link_preview' || mention.type === 'link_mention' ? text(url) || text(href) : ''
}

/** Of a person, a bot or an option. A partial user has only its id. */
export function nameOf(item: Json): string {
  return text(item.name) || text(object(item.person).email) || text(item.id)
}

export function dateText(date: Json): string {
  return [text(date.start), text(date.end)].filter(Boolean).join(' → ')
}
