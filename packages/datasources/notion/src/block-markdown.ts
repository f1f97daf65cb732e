import type { BlockNode } from './block-tree.ts'
import { type Json, object, text, typed } from './json.ts'
import { fenceFor, link, notionUrl, plainText, richText } from './rich-text.ts'

/** Blocks as Markdown, each set off by a blank line; neighbouring items of one list are not. */
export function blocksToMarkdown(nodes: readonly BlockNode[]): string {
  let out = ''
  let previous = ''
  let number = 0
  for (const node of nodes) {
    const start = typeof node.payload.list_start_index === 'number' ? node.payload.list_start_index : undefined
    number = node.type !== 'numbered_list_item' ? 0 : (start ?? (previous === node.type ? number + 1 : 1))
    const markdown = blockToMarkdown(node, number)
    if (markdown === '') continue
    // A number after a bullet needs the blank line, or it would be read as the bullet's text (CommonMark 5.2).
    const tight = listMarks.has(node.type) && listMarks.get(node.type) === listMarks.get(previous)
    out += out === '' ? markdown : `${tight ? '\n' : '\n\n'}${markdown}`
    previous = node.type
  }
  return out
}

const listMarks = new Map([
  ['bulleted_list_item', '-'],
  ['to_do', '-'],
  ['toggle', '-'],
  ['numbered_list_item', '1.'],
])

const files = new Set(['image', 'video', 'audio', 'file', 'pdf'])
const links = new Set(['bookmark', 'embed', 'link_preview'])

function blockToMarkdown(node: BlockNode, number: number): string {
  const { id, type, payload, children } = node
  // Meeting notes have their words in a title.
  const words = richText(payload.rich_text ?? payload.title)
  const below = blocksToMarkdown(children)
  if (listMarks.has(type)) return listItem(node, number, words, below)
  if (/^heading_[1-4]$/.test(type)) {
    const marks = '#'.repeat(Number(type.at(-1)))
    return stacked(`${marks} ${words.replaceAll('\n', ' ')}`.trimEnd(), below)
  }
  if (type === 'quote') return quoted(stacked(words, below))
  if (type === 'callout') {
    return quoted(stacked([text(object(payload.icon).emoji), words].filter(Boolean).join(' '), below))
  }
  if (type === 'code') {
    return stacked(fenced(plainText(payload.rich_text), text(payload.language)), richText(payload.caption))
  }
  if (type === 'equation') return `$$${text(payload.expression)}$$`
  if (type === 'divider') return '---'
  if (type === 'table') return table(children.filter((row) => row.type === 'table_row').map((row) => row.payload))
  if (files.has(type)) return media(type, payload)
  if (links.has(type)) return link(plainText(payload.caption) || text(payload.url), text(payload.url))
  if (type === 'child_page' || type === 'child_database') return link(text(payload.title) || 'Untitled', notionUrl(id))
  if (type === 'link_to_page') {
    const target = text(typed(payload))
    return target ? link(`Linked ${text(payload.type).replace('_id', '')}`, notionUrl(target)) : ''
  }
  // Paragraphs, the blocks that only hold others, and kinds yet to come, whose words must not be lost.
  return stacked(words, below)
}

function stacked(first: string, second: string): string {
  return [first, second].filter((part) => part !== '').join('\n\n')
}

/** A list directly below an item belongs to it without a blank line; a paragraph needs one, or it would run on. */
function listItem({ type, payload, children }: BlockNode, number: number, words: string, below: string): string {
  const marker = type === 'numbered_list_item' ? `${number}. ` : '- '
  const box = type !== 'to_do' ? '' : payload.checked === true ? '[x] ' : '[ ] '
  const body = listMarks.has(children[0]?.type ?? '') ? `${box}${words}\n${below}` : stacked(box + words, below)
  const indented = body.replaceAll('\n', `\n${' '.repeat(marker.length)}`)
  return (marker + indented).replace(/[ \t]+$/gm, '')
}

function quoted(body: string): string {
  return body.replace(/^/gm, '> ').replace(/ +$/gm, '')
}

function fenced(code: string, language: string): string {
  const fence = fenceFor(code, 3)
  return `${fence}${language === 'plain text' ? '' : language}\n${code}\n${fence}`
}

/** A pipe table always has a header; Notion's first row stands in it, whether it is marked as one or not. */
function table(rows: readonly Json[]): string {
  const cells = rows.map((row) => (Array.isArray(row.cells) ? row.cells.map((cell) => tableCell(richText(cell))) : []))
  const width = Math.max(0, ...cells.map((row) => row.length))
  if (width === 0) return ''
  const lines = cells.map((row) => tableRow(Array.from({ length: width }, (_, column) => row[column] ?? '')))
  return [lines[0], tableRow(Array.from({ length: width }, () => '---')), ...lines.slice(1)].join('\n')
}

export function tableRow(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`
}

export function tableCell(words: string): string {
  return words.trim().replaceAll('|', '\\|').replace(/\r?\n/g, '<br>')
}

function media(type: string, payload: Json): string {
  const url = text(object(typed(payload)).url)
  const caption = plainText(payload.caption)
  if (url === '') return caption
  const fileName = URL.parse(url)?.pathname.split('/').at(-1)?.replaceAll('%20', ' ')
  return type === 'image' ? `!${link(caption, url)}` : link(text(payload.name) || caption || fileName || type, url)
}
