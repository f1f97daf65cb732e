/**
 * Reads Stone, the vendor's language for its API: as much of it as arguments, results and errors need.
 * https://github.com/dropbox/stone/blob/main/docs/lang_ref.rst
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const folder = process.env.WELLHEAD_SPECS ?? join(import.meta.dirname, '../../../../../shared/specs')

/** Whether the vendor's files are at hand: in WELLHEAD_SPECS, or in ../shared/specs beside the repository. */
export const hasStone = existsSync(join(folder, 'dropbox-files.stone'))

export interface TypeRef {
  /** With its namespace, where it has one: `common.RootInfo`; else a primitive. */
  readonly name: string
  readonly nullable: boolean
  /** Named ones, such as `min_length`. */
  readonly options: Readonly<Record<string, unknown>>
  /** Of a list. */
  readonly of?: TypeRef
}

export interface Field {
  readonly name: string
  readonly type: TypeRef
  readonly hasDefault: boolean
}

export interface Definition {
  readonly kind: 'alias' | 'struct' | 'union'
  readonly name: string
  readonly base?: string
  /** Of a union, its tags; one without a value is `Void`. */
  readonly fields: Field[]
  /** Of a struct that is one of several: tag and type. */
  readonly subtypes: Field[]
  readonly isClosed: boolean
  readonly target?: TypeRef
  /** Of a struct: arguments as the vendor writes them, as far as they are plain values. */
  readonly examples: Record<string, unknown>[]
}

export interface Route {
  /** As in its URL: `files/list_folder`. */
  readonly name: string
  readonly argument: TypeRef
  readonly result: TypeRef
  readonly error: TypeRef
  readonly attributes: Record<string, string>
}

export interface Stone {
  readonly definitions: ReadonlyMap<string, Definition>
  readonly routes: ReadonlyMap<string, Route>
}

export function readStone(): Stone {
  const definitions = new Map<string, Definition>()
  const routes = new Map<string, Route>()
  for (const file of readdirSync(folder).filter((name) => /^dropbox-.*\.stone$/.test(name)))
    readFile(readFileSync(join(folder, file), 'utf8'), definitions, routes)
  return { definitions, routes }
}

function readFile(text: string, definitions: Map<string, Definition>, routes: Map<string, Route>): void {
  const namespace = /^namespace (\w+)/m.exec(text)?.[1] ?? ''
  const qualified = (name: string) => (name.includes('.') || primitives.has(name) ? name : `${namespace}.${name}`)
  const typeOf = (source: string) => parseType(source, qualified)
  let current: Definition | undefined
  let route: Route | undefined
  /** What the lines that stand further in belong to. */
  let inside: 'subtypes' | 'example' | 'attributes' | undefined

  for (const [indent, line] of linesOf(text)) {
    if (indent === 0) {
      current = undefined
      route = undefined
      inside = undefined
      const [, word = '', rest = ''] = /^(\w+)\s+(.*)$/.exec(line) ?? []
      if (word === 'route') {
        route = parseRoute(rest, namespace, typeOf)
        if (route) routes.set(route.name, route)
      } else if (word === 'alias' || word === 'struct' || word === 'union' || word === 'union_closed') {
        current = parseHead(word, rest, qualified, typeOf)
        definitions.set(current.name, current)
      }
      continue
    }
    if (indent === 4) {
      inside = undefined
      if (route && line === 'attrs') inside = 'attributes'
      if (current && /^union(_closed)?$/.test(line)) inside = 'subtypes'
      else if (current && /^example \w+$/.test(line)) {
        inside = 'example'
        current.examples.push({})
      } else if (current && /^\w/.test(line)) current.fields.push(parseField(line, current.kind, typeOf))
      continue
    }
    if (inside === 'subtypes') current!.subtypes.push(parseField(line, 'struct', typeOf))
    const [, key, value = ''] = /^(\w+) = (.*)$/.exec(line) ?? []
    if (key && inside === 'attributes') route!.attributes[key] = value.replaceAll('"', '')
    if (key && inside === 'example' && /^("|true|false|[0-9])/.test(value))
      current!.examples.at(-1)![key] = JSON.parse(value)
  }
}

const primitives = new Set(
  ['String', 'Boolean', 'Bytes', 'Timestamp', 'List', 'Map', 'Void', 'Float32', 'Float64'].concat([
    'Int32',
    'Int64',
    'UInt32',
    'UInt64',
  ]),
)

/** Indentation and content, without comments, annotations and what is documentation: a string that a line begins with. */
function* linesOf(text: string): Generator<[number, string]> {
  const bare = text.replace(/^ *"(?:[^"\\]|\\[\s\S])*"$/gm, '')
  for (const raw of bare.split('\n')) {
    const line = raw.trim()
    if (line !== '' && !/^[#@]/.test(line)) yield [raw.search(/\S/), line]
  }
}

function parseHead(
  word: string,
  rest: string,
  qualified: (name: string) => string,
  typeOf: (source: string) => TypeRef,
): Definition {
  const empty = { fields: [], subtypes: [], examples: [], isClosed: word === 'union_closed' }
  if (word === 'alias') {
    const [, name = '', target = ''] = /^(\w+) = (.*)$/.exec(rest) ?? []
    return { kind: 'alias', name: qualified(name), target: typeOf(target), ...empty }
  }
  const [, name = '', base] = /^(\w+)(?: extends ([\w.]+))?$/.exec(rest) ?? []
  const kind = word === 'struct' ? 'struct' : 'union'
  return { kind, name: qualified(name), ...(base ? { base: qualified(base) } : {}), ...empty }
}

function parseField(line: string, kind: Definition['kind'], typeOf: (source: string) => TypeRef): Field {
  const [, name = '', type = '', value] =
    /^(\w+)(?:\s+((?:"(?:[^"\\]|\\.)*"|[^="])+?))?(?:\s+=\s+(.*))?$/.exec(withoutOptions(line)) ?? []
  const [, whole = ''] = /^\w+\s+(.*)$/.exec(line) ?? []
  const source = value === undefined ? whole : whole.slice(0, whole.lastIndexOf(' = '))
  return {
    name,
    type: typeOf(source === '' && kind === 'union' ? 'Void' : source || type),
    hasDefault: value !== undefined,
  }
}

/** `=` also stands in the options of a type. */
const withoutOptions = (line: string) => line.replace(/\((?:"(?:[^"\\]|\\.)*"|[^")])*\)/g, '()')

function parseType(source: string, qualified: (name: string) => string): TypeRef {
  const [, name = '', inner, mark = ''] = /^([\w.]+)(?:\((.*)\))?(\?)?$/s.exec(source.trim()) ?? []
  const options: Record<string, unknown> = {}
  let of: TypeRef | undefined
  for (const part of splitAtCommas(inner ?? '')) {
    const [, key, value = ''] = /^(\w+)=(.*)$/s.exec(part) ?? []
    if (key) options[key] = JSON.parse(value)
    else if (name === 'List') of = parseType(part, qualified)
    else if (name === 'Timestamp') options.format = JSON.parse(part)
  }
  return { name: qualified(name), nullable: mark === '?', options, ...(of ? { of } : {}) }
}

function splitAtCommas(text: string): string[] {
  const parts = text.match(/(?:"(?:[^"\\]|\\.)*"|\((?:"(?:[^"\\]|\\.)*"|[^")])*\)|[^,"(])+/g) ?? []
  return parts.map((part) => part.trim()).filter(Boolean)
}

function parseRoute(rest: string, namespace: string, typeOf: (source: string) => TypeRef): Route | undefined {
  const [, name = '', version, types = ''] = /^([\w/]+)(?::(\d+))? \(([^)]*)\)/.exec(rest) ?? []
  const [argument, result, error] = types.split(',').map(typeOf)
  if (!argument || !result || !error) return undefined
  return { name: `${namespace}/${name}${version ? `_v${version}` : ''}`, argument, result, error, attributes: {} }
}
