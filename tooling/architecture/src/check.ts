import { builtinModules } from 'node:module'
import { posix } from 'node:path'
import { type House, isTest, type WorkspacePackage } from './house.ts'
import { matches, type Rules } from './rules.ts'
import type { SourceFile } from './source-file.ts'

export interface Violation {
  readonly rule:
    | 'direction'
    | 'door'
    | 'data_source_id'
    | 'folder'
    | 'undeclared'
    | 'unused'
    | 'environment'
    | 'escape'
    | 'unknown_package'
  /** A file or a folder. */
  readonly where: string
  readonly what: string
}

const builtin = new Set(builtinModules)

export function check(house: House, rules: Rules): Violation[] {
  const ids = house.packages
    .filter(({ folder }) => posix.dirname(folder) === rules.dataSourcesFolder)
    .map(({ folder }) => posix.basename(folder))
  return [
    ...house.folders
      .filter((folder) => rules.forbiddenFolders.includes(posix.basename(folder)))
      .map(
        (where): Violation => ({
          rule: 'folder',
          where,
          what: `no folder is named ${posix.basename(where)}: name what it holds`,
        }),
      ),
    ...house.packages.flatMap((one) => [
      ...checkDeclarations(one, rules),
      ...one.files.flatMap((file) => [
        ...checkImports(one, file, rules),
        ...checkIds(one, file, ids, rules),
        ...checkEnvironment(one, file, rules),
      ]),
    ]),
  ]
}

function checkImports(owner: WorkspacePackage, file: SourceFile, rules: Rules): Violation[] {
  const test = isTest(file.path, owner.folder)
  const row = rules.direction.find(([folder]) => matches(folder, owner.folder))
  const found: Violation[] = []
  if (!row)
    return [{ rule: 'unknown_package', where: owner.folder, what: 'no row of the direction names this package' }]
  const add = (rule: Violation['rule'], what: string) => found.push({ rule, where: file.path, what })
  for (const { specifier, typeOnly } of file.imports) {
    if (specifier.startsWith('.')) {
      const target = posix.join(posix.dirname(file.path), specifier)
      if (!target.startsWith(`${owner.folder}/`))
        add('escape', `${specifier} leaves ${owner.folder}: import the package by its name`)
      continue
    }
    const name = packageOf(specifier)
    if (name === undefined || name === owner.name) continue
    if (name.startsWith('@wellhead/')) {
      const composes = test && rules.composingTests.some((room) => isBelow(file.path, room))
      const allowed = composes ? ['@wellhead/*'] : test ? [...row[1], ...rules.testsMayImport] : row[1]
      if (!allowed.some((pattern) => matches(pattern, specifier))) add('direction', `imports ${specifier}`)
    } else if (!test) {
      const door = Object.entries(rules.doors).find(([pattern]) => matches(pattern, name))
      if (door && !door[1].some((room) => isBelow(file.path, room)))
        add('door', `imports ${name}, whose door is ${door[1].join(', ')}`)
    }
    const declared =
      owner.dependencies.has(name) || owner.peerDependencies.has(name) || (test && owner.devDependencies.has(name))
    const dev = !test && owner.devDependencies.has(name)
    // Types are gone at run time, and a tool is never installed without its devDependencies.
    const bundled = rules.bundled.some((room) => isBelow(file.path, room))
    if (!declared && !(dev && (typeOnly || bundled || owner.folder.startsWith('tooling/')))) {
      add(
        'undeclared',
        dev
          ? `imports ${name}, which is only a devDependency`
          : `imports ${name}, which its package.json does not declare`,
      )
    }
  }
  return found
}

function checkDeclarations(owner: WorkspacePackage, rules: Rules): Violation[] {
  const used = new Set<string>()
  for (const file of owner.files) {
    for (const { specifier } of file.imports) used.add(packageOf(specifier) ?? '')
    for (const text of file.strings) used.add(packageOf(text) ?? '') // resolved by name at run time
  }
  return [...owner.dependencies, ...owner.devDependencies]
    .filter((name) => {
      if (used.has(name)) return false
      const typed = /^@types\/(.+)$/.exec(name)?.[1]?.replace('__', '/')
      if (typed !== undefined) return typed !== 'node' && !used.has(typed) && !used.has(`@${typed}`)
      const command = rules.commands[name]
      return command === undefined || !owner.scripts.some((script) => script.split(/\s+/).includes(command))
    })
    .map(
      (name): Violation => ({
        rule: 'unused',
        where: `${owner.folder}/package.json`,
        what: `declares ${name} and does not use it`,
      }),
    )
}

function checkIds(owner: WorkspacePackage, file: SourceFile, ids: readonly string[], rules: Rules): Violation[] {
  if (isTest(file.path, owner.folder)) return []
  return ids
    .filter(
      (id) =>
        owner.folder !== `${rules.dataSourcesFolder}/${id}` &&
        !rules.dataSourceRooms.some((room) => isBelow(file.path, room)),
    )
    .filter((id) => {
      const word = new RegExp(`(?<![a-z])${id}(?![a-z])`, 'i')
      const camel = id.replaceAll('-', '').toLowerCase()
      return (
        file.strings.some((text) => word.test(text)) ||
        [...file.identifiers].some((name) => name.toLowerCase().includes(camel))
      )
    })
    .map((id): Violation => ({ rule: 'data_source_id', where: file.path, what: `names the data source ${id}` }))
}

function checkEnvironment(owner: WorkspacePackage, file: SourceFile, rules: Rules): Violation[] {
  if (!file.readsEnvironment || isTest(file.path, owner.folder)) return []
  if (rules.environmentRooms.some((room) => isBelow(file.path, room))) return []
  return [{ rule: 'environment', where: file.path, what: 'reads process.env: take it as an option' }]
}

/** The package an import names; undefined for Node's own modules and for URLs. */
function packageOf(specifier: string): string | undefined {
  if (specifier.startsWith('.') || specifier.startsWith('/') || specifier.includes(':') || builtin.has(specifier))
    return undefined
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
}

function isBelow(path: string, room: string): boolean {
  return path === room || path.startsWith(`${room}/`)
}
