/** Markdown as it is meant to look. Loaded when the first document is opened. */
import Markdown, { type Components } from 'react-markdown'
import raw from 'rehype-raw'
import sanitize from 'rehype-sanitize'
import gfm from 'remark-gfm'
import { ExternalLink } from '../ui/external-link.tsx'
import { isOfBlocks, ordinaryMarkdown } from './block-markdown.ts'
import styles from './markdown.module.css'

const remark = [gfm]
/** Some sources write tables in HTML. Of it only what says something of the text is left: no script, style, form or frame. */
const rehype = [raw, sanitize, outlined]

/**
 * What a source wrote is not ours: an address is a link only when it leads to a web page or a mail, and a picture is a link, so that
 * opening a document tells nobody of it.
 */
const components: Components = {
  a: ({ href, children }) => (isAddress(href) ? <ExternalLink href={href}>{children}</ExternalLink> : children),
  img: ({ src, alt }) => (isAddress(src) ? <ExternalLink href={src}>{alt || src}</ExternalLink> : alt),
  // Of a list of things to do: it is read, not ticked.
  input: ({ checked }) => (checked ? '☑' : '☐'),
  table: ({ children }) => (
    <div className={styles.wide}>
      <table>{children}</table>
    </div>
  ),
}

const isAddress = (value: unknown): value is string => typeof value === 'string' && /^(https?|mailto):/.test(value)

interface Node {
  tagName?: string
  children?: Node[]
}

/** What a document is shown in has a heading of this level above it. */
const ABOVE = 2

/** A document's headings one below the other from the level under the page's own, whatever levels it left out. */
function outlined() {
  return (tree: Node) => {
    const open: number[] = []
    const visit = (node: Node) => {
      const level = Number(/^h([1-6])$/.exec(node.tagName ?? '')?.[1])
      if (level > 0) {
        while ((open.at(-1) ?? 0) >= level) open.pop()
        open.push(level)
        node.tagName = `h${Math.min(ABOVE + open.length, 6)}`
      }
      node.children?.forEach(visit)
    }
    visit(tree)
  }
}

/** @param isPage as a source of pages writes it, and maybe not in ordinary Markdown */
export function MarkdownText({ text, isPage }: { text: string; isPage: boolean }) {
  return (
    <div className={styles.markdown}>
      <Markdown remarkPlugins={remark} rehypePlugins={rehype} components={components}>
        {isPage && isOfBlocks(text) ? ordinaryMarkdown(text) : text}
      </Markdown>
    </div>
  )
}
