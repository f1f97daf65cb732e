import { load } from 'cheerio'
import Turndown from 'turndown'

const service = new Turndown({ headingStyle: 'atx', codeBlockStyle: 'fenced', bulletListMarker: '-', emDelimiter: '_' })

// Turndown leaves tables to plug-ins; the real service writes GitHub tables.
service.addRule('table', {
  filter: 'table',
  replacement: (_content, node) => `\n\n${tableMarkdown((node as { outerHTML: string }).outerHTML)}\n\n`,
})

// Turndown pads list markers with three spaces; one is enough and what the real service writes.
service.addRule('listItem', {
  filter: 'li',
  replacement: (content, node) => {
    const item = node as unknown as ListItem
    const list = item.parentNode
    const first = Number(list.getAttribute('start') ?? 1)
    const marker = list.nodeName === 'OL' ? `${first + Array.from(list.children).indexOf(item)}. ` : '- '
    return `${marker}${content.trim().replace(/\n/g, `\n${' '.repeat(marker.length)}`)}${item.nextSibling ? '\n' : ''}`
  },
})

/** The little of the DOM that the rule reads. */
interface ListItem {
  readonly parentNode: {
    readonly nodeName: string
    readonly children: ArrayLike<unknown>
    getAttribute(name: string): string | null
  }
  readonly nextSibling: unknown
}

/** Markdown of a piece of HTML. */
export const toMarkdown = (html: string): string => service.turndown(html)

function tableMarkdown(html: string): string {
  const $ = load(html, null, false)
  const rows = $('tr')
    .get()
    .map((row) =>
      $(row)
        .children('th, td')
        .get()
        .map((cell) =>
          toMarkdown($(cell).html() ?? '')
            .replace(/\s*\n\s*/g, ' ')
            .replace(/\|/g, '\\|'),
        ),
    )
    .filter((cells) => cells.length > 0)
  const width = Math.max(0, ...rows.map((cells) => cells.length))
  const line = (cells: readonly string[]) =>
    `| ${Array.from({ length: width }, (_, at) => cells[at] ?? '').join(' | ')} |`
  const [head, ...body] = rows
  if (!head) return ''
  return [line(head), line(Array.from({ length: width }, () => '---')), ...body.map(line)].join('\n')
}
