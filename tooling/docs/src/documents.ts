import { globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

export const root = join(import.meta.dirname, '../../..')

export interface MarkdownDocument {
  /** From the root, with slashes. */
  readonly path: string
  readonly text: string
}

/** Every document of the repository. */
export function readDocuments(): readonly MarkdownDocument[] {
  const skipped = new Set(['node_modules', 'dist', '.git', '.wellhead', '.turbo'])
  return globSync('**/*.md', { cwd: root, exclude: (path) => skipped.has(path.split(/[\\/]/).at(-1) ?? '') })
    .map((path) => path.replaceAll('\\', '/'))
    .sort()
    .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }))
}

/** The lines of fenced blocks, a line that ends in a backslash joined with the next. */
export function codeLines(text: string): readonly string[] {
  const blocks = [...text.matchAll(/^ *```[^\n]*\n([\s\S]*?)^ *```/gm)].map((match) => match[1] ?? '')
  return blocks.flatMap((block) => block.replace(/\\\n\s*/g, ' ').split('\n')).map((line) => line.trim())
}

/** The text without its code, where links and headings are. */
export function proseOf(text: string): string {
  return text.replace(/^ *```[^\n]*\n[\s\S]*?^ *```/gm, '').replace(/`[^`\n]*`/g, (code) => code.replace(/[[\]]/g, ' '))
}

/** Targets of links that are not addresses of the web. */
export function linksOf(text: string): readonly string[] {
  return [...proseOf(text).matchAll(/\]\(([^)\s]+)\)/g)]
    .map((match) => match[1] ?? '')
    .filter((target) => !/^[a-z][a-z0-9+.-]*:/i.test(target))
}

/** The names that headings have as targets of links. */
export function anchorsOf(text: string): ReadonlySet<string> {
  return new Set(
    [...proseOf(text).matchAll(/^#{1,6} +(.+)$/gm)].map((match) =>
      (match[1] ?? '')
        .toLowerCase()
        .replace(/[^\p{L}\p{N} _-]/gu, '')
        .trim()
        .replaceAll(' ', '-'),
    ),
  )
}

export function resolveLink(from: string, target: string): { file: string; anchor: string | undefined } {
  const [path = '', anchor] = target.split('#')
  return { file: join(root, path === '' ? from : join(dirname(from), decodeURIComponent(path))), anchor }
}
