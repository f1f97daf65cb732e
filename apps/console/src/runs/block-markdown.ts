/**
 * Notion's Markdown as ordinary Markdown, to be shown. There each line is a block, a tab before it makes it part of the one above, what
 * Markdown has no sign for is a tag, and a block may have attributes at its end: `## Opening {toggle="true"}`.
 */

const attributes = /(?<!\\) \{[\w-]+="[^"]*"(?: +[\w-]+="[^"]*")*\}$/
/** What holds the lines that are further in, and Markdown does not know. */
const holder =
  /^<\/?(?:callout|columns?|synced_block(?:_reference)?|tabs|meeting-notes|summary|notes|transcript)(?: [^<>]*)?>$/
const summary = /^<summary>.*<\/summary>$/
/** Stands for what is no text. */
const empty = /^<[a-z][\w-]*(?: [^<>]*)?\/>$/
const item = /^(?:([-*+])|\d+[.)]) /
const linked = /<(page|database|file|pdf|audio|video) (?:[^<>]* )?(?:url|src)="([^"]+)"[^<>]*>(.*?)<\/\1>/g
const date = /<mention-date start="([^"]+)"(?: end="([^"]+)")?[^<>]*\/>/g

interface Block {
  readonly depth: number
  /** Without the tabs of its depth. More than one: code, an equation or a table. */
  readonly lines: string[]
}

/** Whether a text is written so: by its attributes and tags, or as no empty line is between its blocks. */
export function isOfBlocks(text: string): boolean {
  const blocks = blocksOf(text)
  return (
    (blocks.length > 1 && blocks.every(({ lines: [first] }) => first !== '')) ||
    blocks.some(({ depth, lines: [first = ''] }, index) => {
      const next = blocks[index + 1]
      return attributes.test(first) || ((holder.test(first) || summary.test(first)) && next?.depth === depth + 1)
    })
  )
}

export function ordinaryMarkdown(text: string): string {
  const written: string[] = []
  /** By depth: what stands before the lines that are further in than that. */
  const inside: string[] = []
  /** What the last written and all since then are in: two quotes, one below the other, are not one. */
  let around: string | undefined
  let last: ReturnType<typeof kindOf>
  for (const { depth, lines } of blocksOf(text)) {
    const [first = ''] = lines
    const within = inside[depth - 1] ?? ''
    if (around !== undefined) around = shared(around, within)
    inside.length = depth
    inside[depth] = within + before(first)
    if (first === '' || empty.test(first) || holder.test(first)) continue
    const kind = kindOf(first)
    // Lists stay together; all else is a paragraph of its own, in the quote that both are in.
    if (around !== undefined && (kind === undefined || kind !== last)) written.push(around.trimEnd())
    written.push(...shown(lines).map((line) => within + line))
    around = inside[depth]
    last = kind
  }
  return written.join('\n')
}

function blocksOf(text: string): Block[] {
  const blocks: Block[] = []
  let end: string | undefined
  for (const line of text.split('\n')) {
    const open = blocks.at(-1)
    if (end !== undefined && open) {
      const inner = line.startsWith('\t'.repeat(open.depth)) ? line.slice(open.depth) : line.trimStart()
      open.lines.push(inner)
      if (inner.startsWith(end)) end = undefined
      continue
    }
    const block = line.replace(/^\t+/, '')
    blocks.push({ depth: line.length - block.length, lines: [block.trimEnd()] })
    end = endOf(block)
  }
  return blocks
}

/** How the last line of what is begun here begins. */
function endOf(first: string): string | undefined {
  if (/^\$\$\s*$/.test(first)) return '$$'
  if (/^<table\b/.test(first) && !first.includes('</table>')) return '</table>'
  return /^(`{3,}|~{3,})[^`]*$/.exec(first)?.[1]
}

function before(first: string): string {
  const marker = item.exec(first)
  if (marker) return ' '.repeat(marker[0].length)
  return /^(?:> |<callout\b)/.test(first) ? '> ' : ''
}

function kindOf(first: string): 'bullet' | 'number' | undefined {
  const marker = item.exec(first)
  return marker ? (marker[1] ? 'bullet' : 'number') : undefined
}

function shown(lines: readonly string[]): readonly string[] {
  const [first = ''] = lines
  if (first === '$$') return lines.map((line) => (line.startsWith('$$') ? '```' : line))
  // With empty lines around it, what is in a cell is Markdown too.
  if (first.startsWith('<table'))
    return lines.flatMap((line) => line.replace(/^<td>(.+)<\/td>$/, '<td>\n\n$1\n\n</td>').split('\n'))
  if (lines.length > 1 || /^(```|~~~)/.test(first)) return lines
  return [
    first
      .replace(attributes, '')
      .replace(linked, (_whole, _tag, url: string, words: string) => `[${words || url}](${url})`)
      .replace(date, (_whole, start: string, until?: string) => (until ? `${start} – ${until}` : start))
      .replace(/\$(`[^`]+`)\$/g, '$1'),
  ]
}

function shared(one: string, other: string): string {
  let length = 0
  while (length < one.length && one[length] === other[length]) length++
  return one.slice(0, length)
}
