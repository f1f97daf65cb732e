import { invalidValue } from './errors.ts'

/** A parsed `q`: https://developers.google.com/workspace/drive/api/guides/search-files */
export interface FileQuery {
  readonly parents: readonly string[]
  readonly trashed: boolean | undefined
  readonly sharedWithMe: boolean | undefined
}

const literal = /^'((?:[^'\\]|\\['\\])*)'/
const flag = /^(trashed|sharedWithMe)(?:\s*(!?=)\s*(true|false))?(?![\w=!])/

/**
 * The terms that a reader of folders needs, joined by `and`: `'<id>' in parents`, `trashed`, `sharedWithMe`. In a literal `'` and
 * `\` are escaped by `\`. Any other query is refused, as the API refuses one that it cannot read.
 */
export function parseQuery(q: string | undefined): FileQuery {
  const query: { parents: string[]; trashed?: boolean; sharedWithMe?: boolean } = { parents: [] }
  let rest = (q ?? '').trim()
  while (rest !== '') {
    rest = term(rest, query).trimStart()
    if (rest === '') break
    const joined = rest.replace(/^and\s+/i, '')
    if (joined === rest) throw invalidValue('q')
    rest = joined
  }
  return { parents: query.parents, trashed: query.trashed, sharedWithMe: query.sharedWithMe }
}

function term(text: string, query: { parents: string[]; trashed?: boolean; sharedWithMe?: boolean }): string {
  const quoted = literal.exec(text)
  if (quoted) {
    const after = /^\s+in\s+parents\b/.exec(text.slice(quoted[0].length))
    if (!after) throw invalidValue('q')
    query.parents.push(quoted[1]!.replace(/\\(['\\])/g, '$1'))
    return text.slice(quoted[0].length + after[0].length)
  }
  const [whole, name, operator, value] = flag.exec(text) ?? []
  if (whole === undefined) throw invalidValue('q')
  query[name as 'trashed' | 'sharedWithMe'] = (operator !== '!=') === (value !== 'false')
  return text.slice(whole.length)
}
