import type { BlockObjectResponse, RichTextItemResponse } from '@notionhq/client'
import { bareId, notionUrl } from './content/ids.ts'
import { plain } from './content/rich-text.ts'
import type { Item, Workspace } from './content/workspace.ts'

export interface RenderedMarkdown {
  readonly markdown: string
  readonly truncated: boolean
  readonly unknownBlockIds: readonly string[]
}

/** Notion stops after about 20,000 blocks. */
const blockLimit = 20_000

/**
 * Notion-flavoured Markdown: https://developers.notion.com/guides/data-apis/enhanced-markdown
 * What it has no words for comes as `<unknown url alt/>`, and the id among `unknownBlockIds`: bookmarks, embeds and the like, copies of what
 * is not shared, and everything past the limit.
 */
export function renderMarkdown(
  workspace: Workspace,
  root: Item,
  options: { canSee(item: Item): boolean; includeTranscript: boolean; limit?: number | undefined },
): RenderedMarkdown {
  const unknown: string[] = []
  let left = options.limit ?? blockLimit
  let truncated = false

  const rich = (items: readonly RichTextItemResponse[]) => items.map(piece).join('').replaceAll('\n', '<br>')
  const itemOf = (id: string) => workspace.items.get(id)
  const childrenOf = (block: BlockObjectResponse) => itemOf(block.id)?.children ?? []
  const size = (id: string): number => 1 + (itemOf(id)?.children ?? []).reduce((sum, child) => sum + size(child), 0)

  function unrendered(block: BlockObjectResponse): string {
    unknown.push(block.id)
    return `<unknown url="${pageUrl(block)}#${bareId(block.id)}" alt="${block.type}"/>`
  }

  /** The page that a block stands on. */
  function pageUrl(block: BlockObjectResponse): string {
    let at = itemOf(block.id)
    while (at?.kind === 'block' && at.parentId !== undefined) at = itemOf(at.parentId)
    return notionUrl(at?.id ?? block.id)
  }

  function lines(ids: readonly string[], indent = ''): string {
    return ids
      .map((id) => itemOf(id))
      .flatMap((item) => (item && 'block' in item && !item.block.in_trash ? [one(item.block)] : []))
      .map((text) => indent + text.replaceAll('\n', `\n${indent}`))
      .join('\n')
  }

  function one(block: BlockObjectResponse): string {
    if (size(block.id) > left) {
      truncated = true
      return unrendered(block)
    }
    left -= 1
    return render(block)
  }

  function render(block: BlockObjectResponse): string {
    const inside = () => {
      const text = lines(childrenOf(block), '\t')
      return text === '' ? '' : `\n${text}`
    }
    const toggle = (level: string, words: readonly RichTextItemResponse[]) =>
      `${level} ${rich(words)} {toggle="true"}${inside()}`
    const titled = (level: string, heading: { rich_text: RichTextItemResponse[]; is_toggleable: boolean }) =>
      heading.is_toggleable ? toggle(level, heading.rich_text) : `${level} ${rich(heading.rich_text)}`
    const media = (file: { type: 'external'; external: { url: string } } | { type: 'file'; file: { url: string } }) =>
      file.type === 'external' ? file.external.url : file.file.url
    switch (block.type) {
      case 'paragraph':
        return block.paragraph.rich_text.length === 0 && !block.has_children
          ? '<empty-block/>'
          : rich(block.paragraph.rich_text) + inside()
      case 'heading_1':
        return titled('#', block.heading_1)
      case 'heading_2':
        return titled('##', block.heading_2)
      case 'heading_3':
        return titled('###', block.heading_3)
      case 'heading_4':
        return titled('####', block.heading_4)
      case 'bulleted_list_item':
        return `- ${rich(block.bulleted_list_item.rich_text)}${inside()}`
      case 'numbered_list_item':
        return `${block.numbered_list_item.list_start_index ?? 1}. ${rich(block.numbered_list_item.rich_text)}${inside()}`
      case 'to_do':
        return `- [${block.to_do.checked ? 'x' : ' '}] ${rich(block.to_do.rich_text)}${inside()}`
      case 'toggle':
        return `<details>\n<summary>${rich(block.toggle.rich_text)}</summary>${inside()}\n</details>`
      case 'quote':
        return `> ${rich(block.quote.rich_text)}${inside()}`
      case 'callout': {
        const icon = block.callout.icon?.type === 'emoji' ? ` icon="${block.callout.icon.emoji}"` : ''
        return `<callout${icon}>\n\t${rich(block.callout.rich_text)}${inside()}\n</callout>`
      }
      case 'divider':
        return '---'
      case 'code':
        return fenced(block.code.language, plain(block.code.rich_text))
      case 'equation':
        return `$$\n${block.equation.expression}\n$$`
      case 'table': {
        const rows = childrenOf(block).flatMap((id) => {
          const item = itemOf(id)
          if (item?.kind !== 'block' || item.block.type !== 'table_row') return []
          left -= 1
          return [`<tr>\n${item.block.table_row.cells.map((cell) => `<td>${rich(cell)}</td>`).join('\n')}\n</tr>`]
        })
        return `<table header-row="${block.table.has_column_header}">\n${rows.join('\n')}\n</table>`
      }
      case 'image':
        return `![${rich(block.image.caption)}](${media(block.image)})`
      case 'video':
        return `<video src="${media(block.video)}">${rich(block.video.caption)}</video>`
      case 'audio':
        return `<audio src="${media(block.audio)}">${rich(block.audio.caption)}</audio>`
      case 'file':
        return `<file src="${media(block.file)}">${rich(block.file.caption) || block.file.name}</file>`
      case 'pdf':
        return `<pdf src="${media(block.pdf)}">${rich(block.pdf.caption)}</pdf>`
      case 'synced_block': {
        const from = block.synced_block.synced_from
        if (from === null) return `<synced_block url="${notionUrl(block.id)}">${inside()}\n</synced_block>`
        const original = itemOf(from.block_id)
        if (!original || !options.canSee(original)) return unrendered(block)
        return `<synced_block_reference url="${notionUrl(from.block_id)}">\n${lines(original.children, '\t')}\n</synced_block_reference>`
      }
      case 'column_list':
        return `<columns>${inside()}\n</columns>`
      case 'column':
        return `<column>${inside()}\n</column>`
      case 'tab':
        return `<tabs>${inside()}\n</tabs>`
      case 'child_page':
        return `<page url="${notionUrl(block.id)}">${block.child_page.title}</page>`
      case 'child_database':
        return `<database url="${notionUrl(block.id)}">${block.child_database.title}</database>`
      case 'table_of_contents':
        return '<table_of_contents/>'
      case 'meeting_notes': {
        const { children } = block.meeting_notes
        const part = (name: string, id: string | undefined) =>
          id ? `\t<${name}>\n${lines(itemOf(id)?.children ?? [], '\t\t')}\n\t</${name}>\n` : ''
        const transcript = options.includeTranscript
          ? part('transcript', children?.transcript_block_id)
          : '\t<transcript>Transcript omitted.</transcript>\n'
        const title = rich(block.meeting_notes.title ?? [])
        return `<meeting-notes>\n\t${title}\n${part('summary', children?.summary_block_id)}${part('notes', children?.notes_block_id)}${transcript}</meeting-notes>`
      }
      // bookmark, embed, link_preview, link_to_page, breadcrumb, template, unsupported
      default:
        return unrendered(block)
    }
  }

  const markdown = root.kind === 'block' ? one(root.block) : root.kind === 'page' ? lines(root.children) : ''
  return { markdown, truncated, unknownBlockIds: unknown }
}

/** A fence longer than any in the code. */
function fenced(language: string, code: string): string {
  const longest = Math.max(2, ...[...code.matchAll(/`+/g)].map(([ticks]) => ticks.length))
  const fence = '`'.repeat(longest + 1)
  return `${fence}${language}\n${code}\n${fence}`
}

function piece(item: RichTextItemResponse): string {
  if (item.type === 'equation') return `$\`${item.equation.expression}\`$`
  if (item.type === 'mention') return mentionTag(item)
  const { bold, italic, strikethrough, underline, code, color } = item.annotations
  let words = item.plain_text
  if (code) words = `\`${words}\``
  if (bold) words = `**${words}**`
  if (italic) words = `*${words}*`
  if (strikethrough) words = `~~${words}~~`
  if (item.href) words = `[${words}](${item.href})`
  const marks = `${underline ? ' underline="true"' : ''}${color === 'default' ? '' : ` color="${color}"`}`
  return marks ? `<span${marks}>${words}</span>` : words
}

function mentionTag(item: RichTextItemResponse & { type: 'mention' }): string {
  const { mention, plain_text: words } = item
  switch (mention.type) {
    case 'user':
      return `<mention-user url="user://${bareId(mention.user.id)}">${words.replace(/^@/, '')}</mention-user>`
    case 'page':
      return `<mention-page url="${notionUrl(mention.page.id)}">${words}</mention-page>`
    case 'database':
      return `<mention-database url="${notionUrl(mention.database.id)}">${words}</mention-database>`
    case 'date':
      return `<mention-date start="${mention.date.start}"${mention.date.end ? ` end="${mention.date.end}"` : ''}/>`
    case 'custom_emoji':
      return `:${mention.custom_emoji.name}:`
    default:
      return item.href ? `[${words}](${item.href})` : words
  }
}
