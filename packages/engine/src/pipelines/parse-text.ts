/** From the text of a document to plain values, with bounds on what it may make of them. */
import { isMap, isScalar, Lexer, LineCounter, parseDocument, visit } from 'yaml'
import type { Fault } from '../faults.ts'
import { invalidDocument } from './faults.ts'

/** Bytes of a document. */
export const MOST_BYTES = 256 * 1024
const DEEPEST = 64
/** Values, counting those that an alias repeats each time. */
const MOST_VALUES = 100_000
/** What the parser takes the longest for: it works a few hundred thousand of them a second. */
const MOST_TOKENS = 150_000
const MOST_ANCHORS = 1_000
const MOST_ALIASES = 1_000

export interface ParsedText {
  readonly value: unknown
  readonly mediaType: 'application/json' | 'application/yaml'
}

/** JSON, or else one document of YAML 1.2. @throws EngineError `invalid_pipeline_document` */
export function parseText(text: string): ParsedText {
  if (Buffer.byteLength(text) > MOST_BYTES)
    throw invalidDocument([{ path: '', message: `A document has at most ${MOST_BYTES / 1024} KiB.` }])
  // What the database's text cannot hold would come back as something else.
  if (text.includes('\0') || !text.isWellFormed())
    throw invalidDocument([{ path: '', message: 'The document is not well-formed text.' }])
  const parsed = parseJson(text) ?? { value: parseYaml(text), mediaType: 'application/yaml' as const }
  requirePlain(parsed.value)
  return parsed
}

/** Values as JSON has them, not too many and not too deep. @throws EngineError `invalid_pipeline_document` */
export function requirePlain(value: unknown): void {
  const faults = faultsOfValue(value)
  if (faults.length > 0) throw invalidDocument(faults)
}

function parseJson(text: string): ParsedText | undefined {
  if (!/^\uFEFF?\s*\{/.test(text)) return undefined
  try {
    return { value: JSON.parse(text.replace(/^\uFEFF/, '')), mediaType: 'application/json' }
  } catch {
    // YAML may begin with a brace too; what is neither is said by its parser, which knows the line.
    return undefined
  }
}

function parseYaml(text: string): unknown {
  const tooMuch = beyondBounds(text)
  if (tooMuch) throw invalidDocument([{ path: '', message: tooMuch }])
  const lines = new LineCounter()
  try {
    const document = parseDocument(text, {
      version: '1.2',
      stringKeys: true,
      // Its own comparison takes quadratic time: see repeatedKeys.
      uniqueKeys: false,
      prettyErrors: false,
      // Silent, it says nothing of a second document either.
      logLevel: 'error',
      lineCounter: lines,
    })
    const told = [...document.errors, ...document.warnings].map(({ code, pos, message }) =>
      at(lines, pos[0], code === 'MULTIPLE_DOCS' ? 'Another document begins here.' : message),
    )
    const faults = told.length > 0 ? told : repeatedKeys(document, lines)
    if (faults.length > 0) throw invalidDocument(faults)
    return document.toJS({ maxAliasCount: MOST_ALIASES })
  } catch (error) {
    // An alias to nothing, or aliases of aliases that would grow beyond measure.
    if (!(error instanceof ReferenceError)) throw error
    const message = error.message.startsWith('Excessive') ? 'Aliases repeat too much of it.' : `${error.message}.`
    throw invalidDocument([{ path: '', message }])
  }
}

function at(lines: LineCounter, offset: number, message: string): Fault {
  const { line, col } = lines.linePos(offset)
  return { path: '', message: `Line ${line}, column ${col}: ${message.replace(/\.?$/, '.')}` }
}

/** What would keep the parser busy for seconds, or take its stack: looked for in the tokens, which are had in linear time. */
function beyondBounds(text: string): string | undefined {
  let tokens = 0
  let anchors = 0
  let open = 0
  let inLine = 0
  for (const token of new Lexer().lex(text)) {
    if (++tokens > MOST_TOKENS) return 'The document has too many parts.'
    if (token === '[' || token === '{') open++
    else if (token === ']' || token === '}') open--
    else if (token === '-' || token === '?' || token === ':') inLine++
    else if (token === '\n' || token === '\r\n') inLine = 0
    else if (token.startsWith('&') && ++anchors > MOST_ANCHORS) return 'The document has too many anchors.'
    if (open > DEEPEST || inLine > 2 * DEEPEST) return `It is nested more than ${DEEPEST} deep.`
  }
  return undefined
}

function repeatedKeys(document: ReturnType<typeof parseDocument>, lines: LineCounter): Fault[] {
  const faults: Fault[] = []
  visit(document, {
    Node(_, node) {
      if (!isMap(node)) return
      const seen = new Set<unknown>()
      for (const { key } of node.items) {
        const name = isScalar(key) ? key.value : key
        if (seen.has(name))
          faults.push(at(lines, (key as { range?: [number] }).range?.[0] ?? 0, `The key ${String(name)} stands twice`))
        seen.add(name)
      }
    },
  })
  return faults
}

/** Without recursion, as how deep it goes is what is asked. */
function faultsOfValue(root: unknown): Fault[] {
  const faults: Fault[] = []
  const open: { value: unknown; path: readonly string[] }[] = [{ value: root, path: [] }]
  let seen = 0
  for (let here = open.pop(); here; here = open.pop()) {
    const { value, path } = here
    const fault = (message: string) => faults.push({ path: path.join('.'), message })
    if (++seen > MOST_VALUES) return [{ path: '', message: 'The document has too many values.' }]
    if (path.length > DEEPEST) return [{ path: '', message: `It is nested more than ${DEEPEST} deep.` }]
    if (typeof value === 'string') {
      if (!isStorable(value)) fault('The text has a character that cannot be kept.')
    } else if (typeof value === 'number') {
      if (!Number.isFinite(value)) fault('The number is not finite.')
    } else if (Array.isArray(value)) {
      value.forEach((item, index) => {
        open.push({ value: item, path: [...path, String(index)] })
      })
    } else if (typeof value === 'object' && value !== null) {
      if (Object.getPrototypeOf(value) !== Object.prototype) {
        fault('Only texts, numbers, booleans, lists and maps are expected here.')
        continue
      }
      for (const [key, item] of Object.entries(value)) {
        if (key === '__proto__' || !isStorable(key)) fault('The key is not one that can be used.')
        else open.push({ value: item, path: [...path, key] })
      }
    } else if (value !== null && typeof value !== 'boolean')
      fault('Only texts, numbers, booleans, lists and maps are expected here.')
  }
  return faults
}

const isStorable = (text: string) => !text.includes('\0') && text.isWellFormed()
