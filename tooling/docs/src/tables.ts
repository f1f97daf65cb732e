/** Parts of documents that are made from the code. */
import { type AnyRoute, problems, routes } from '@wellhead/client/schema'

function accessOf({ access }: AnyRoute): string {
  return access.kind === 'scope' ? `\`${access.scope}\`` : access.kind
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [line(head), `|${'---|'.repeat(head.length)}`, ...rows.map(line)].join('\n')
}

/** What stands between `<!-- begin: NAME -->` and `<!-- end: NAME -->`, by name. */
export const parts: Readonly<Record<string, () => string>> = {
  routes: () =>
    table(
      ['address', 'in the client', 'who', ''],
      Object.entries(routes).flatMap(([noun, verbs]) =>
        Object.entries(verbs as Record<string, AnyRoute>).map(([verb, route]) => [
          `\`${route.method} ${route.path}\``,
          `\`${noun}.${verb}\``,
          accessOf(route),
          route.summary,
        ]),
      ),
    ),
  problems: () =>
    table(
      ['status', 'code', ''],
      Object.entries(problems).map(([code, { status, title }]) => [String(status), `\`${code}\``, title]),
    ),
}

/** The document with each of its parts as the code has it now. @throws Error for a part that nothing makes */
export function withParts(document: string): string {
  return document.replace(/(<!-- begin: (\w+) -->\n)[\s\S]*?(<!-- end: \2 -->)/g, (_, begin, name, end) => {
    const make = parts[name]
    if (!make) throw new Error(`There is no part ${name}.`)
    return `${begin}${make()}\n${end}`
  })
}
