import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseSync } from 'oxc-parser'

export interface Import {
  readonly specifier: string
  /** Gone at run time. */
  readonly typeOnly: boolean
}

/** What the rules look at in one file. */
export interface SourceFile {
  /** From the root, with forward slashes. */
  readonly path: string
  /** What it imports, re-exports or loads, as written; type imports too. */
  readonly imports: readonly Import[]
  /** String literals and pieces of templates that are not import specifiers. */
  readonly strings: readonly string[]
  readonly identifiers: ReadonlySet<string>
  readonly readsEnvironment: boolean
}

type Node = Record<string, unknown> & { type: string }

export function readSourceFile(root: string, path: string): SourceFile {
  const { program, errors } = parseSync(path, readFileSync(join(root, path), 'utf8'))
  const fatal = errors.find((error) => error.severity === 'Error')
  if (fatal) throw new Error(`${path} cannot be parsed: ${fatal.message}`)
  const imports: Import[] = []
  const strings: string[] = []
  const identifiers = new Set<string>()
  let readsEnvironment = false

  const visit = (value: unknown): void => {
    if (Array.isArray(value)) {
      for (const one of value) visit(one)
      return
    }
    if (typeof value !== 'object' || value === null) return
    const node = value as Node
    switch (node.type) {
      case 'Literal':
        if (typeof node.value === 'string') strings.push(node.value)
        return
      case 'TemplateElement':
        strings.push(String((node.value as { raw: string }).raw))
        return
      case 'JSXText':
        strings.push(String(node.value))
        return
      case 'Identifier':
      case 'JSXIdentifier':
        identifiers.add(String(node.name))
        break
      case 'MemberExpression':
        if (nameOf(node.object) === 'process' && nameOf(node.property) === 'env') readsEnvironment = true
        break
      case 'ImportDeclaration':
      case 'ExportNamedDeclaration':
      case 'ExportAllDeclaration':
      case 'ImportExpression':
      case 'TSImportType':
      case 'TSExternalModuleReference': {
        const source = (node.source ?? node.expression) as Node | null
        if (source && source.type === 'Literal')
          imports.push({ specifier: String(source.value), typeOnly: isTypeOnly(node) })
        for (const [key, child] of Object.entries(node)) {
          if (child !== source || source?.type !== 'Literal') if (key !== 'type') visit(child)
        }
        return
      }
    }
    for (const [key, child] of Object.entries(node)) if (key !== 'type') visit(child)
  }
  visit(program.body)
  return { path, imports, strings, identifiers, readsEnvironment }
}

function isTypeOnly(node: Node): boolean {
  return node.type === 'TSImportType' || node.importKind === 'type' || node.exportKind === 'type'
}

function nameOf(value: unknown): unknown {
  const node = value as Node | null
  return node?.type === 'Identifier' ? node.name : node?.type === 'Literal' ? node.value : undefined
}
