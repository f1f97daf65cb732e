import type { BlockNode } from './block-tree.ts'
import { type Json, object, text } from './json.ts'
import { link, longestRun, notionUrl, plainText, richText } from './rich-text.ts'

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

function blockToMarkdown({ id, type, payload, children }: BlockNode, number: number): string {
  const words = richText(payload.rich_text)
  const below = blocksToMarkdown(children)
  const item = (marker: string, body: string) => listItem(marker, body, below, listMarks.has(children[0]?.type ?? ''))
  switch (type) {
    case 'heading_1':
    case 'heading_2':
    case 'heading_3':
    case 'heading_4':
      return stacked(`${'#'.repeat(Number(type.at(-1)))} ${words.replaceAll('\n', ' ')}`.trimEnd(), below)
    case 'bulleted_list_item':
    case 'toggle':
      return item('- ', words)
    case 'numbered_list_item':
      return item(`${number}. `, words)
    case 'to_do':
      return item('- ', `${payload.checked === true ? '[x]' : '[ ]'} ${words}`)
    case 'quote':
      return quoted(stacked(words, below))
    case 'callout':
      return quoted(stacked([text(object(payload.icon).emoji), words].filter(Boolean).join(' '), below))
    case 'code':
      return stacked(fenced(plainText(payload.rich_text), text(payload.language)), richText(payload.caption))
    case 'equation':
      return `$$${text(payload.expression)}$$`
    case 'divider':
      return '---'
    case 'table':
      return table(children.filter((row) => row.type === 'table_row').map((row) => row.payload))
    case 'image':
    case 'video':
    case 'audio':
    case 'file':
    case 'pdf':
      return media(type, payload)
    case 'bookmark':
    case 'embed':
    case 'link_preview':
      return link(plainText(payload.caption) || text(payload.url), text(payload.url))
    case 'child_page':
    case 'child_database':
      return link(text(payload.title) || 'Untitled', notionUrl(id))
    case 'link_to_page': {
      const target = text(payload[text(payload.type)])
      return target ? link(`Linked ${text(payload.type).replace('_id', '')}`, notionUrl(target)) : ''
    }
    case 'meeting_notes':
    case 'transcription':
      return stacked(richText(payload.title), below)
    case 'breadcrumb':
    case 'table_of_contents':
      return ''
    default:
      // Paragraphs, the blocks that only hold others, and kinds yet to come, whose words must not be lost.
      return stacked(words, below)
  }
}

function stacked(first: string, second: string): string {
  return [first, second].filter((part) => part !== '').join('\n\n')
}

/** A list directly below an item is part of it without a blank line; a paragraph there needs one, or it would run on. */
function listItem(marker: string, words: string, below: string, isListBelow: boolean): string {
  const indent = ' '.repeat(marker.length)
  const body = isListBelow ? `${words}\n${below}` : stacked(words, below)
  return (marker + body.replaceAll('\n', `\n${indent}`)).replace(/[ \t]+$/gm, '')
}

function quoted(body: string): string {
  return body.replace(/^/gm, '> ').replace(/ +$/gm, '')
}

function fenced(code: string, language: string): string {
  const fence = '`'.repeat(Math.max(3, longestRun(code) + 1))
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
  const url = text(object(payload[text(payload.type)]).url)
  const caption = plainText(payload.caption)
  if (url === '') return caption
  const fileName = URL.parse(url)?.pathname.split('/').at(-1)?.replaceAll('%20', ' ')
  return type === 'image' ? `!${link(caption, url)}` : link(text(payload.name) || caption || fileName || type, url)
}
