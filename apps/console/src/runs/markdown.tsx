/** Markdown as it is meant to look. Loaded when the first document is opened. */
import Markdown, { type Components } from 'react-markdown'
import raw from 'rehype-raw'
import sanitize from 'rehype-sanitize'
import gfm from 'remark-gfm'
import { ExternalLink } from '../ui/external-link.tsx'
import styles from './markdown.module.css'

const remark = [gfm]
/** Some sources write tables in HTML. Of it only what says something of the text is left: no script, style, form or frame. */
const rehype = [raw, sanitize]

/**
 * What a source wrote is not ours: an address is a link only when it leads to a web page or a mail, and a picture is a link, so that
 * opening a document tells nobody of it.
 */
const components: Components = {
  // Its headings stand below those of the page.
  h1: 'h4',
  h2: 'h5',
  h3: 'h6',
  h4: 'h6',
  h5: 'h6',
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

export function MarkdownText({ text }: { text: string }) {
  return (
    <div className={styles.markdown}>
      <Markdown remarkPlugins={remark} rehypePlugins={rehype} components={components}>
        {text}
      </Markdown>
    </div>
  )
}
