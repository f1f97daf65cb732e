import { globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { readSourceFile, type SourceFile } from './source-file.ts'

export interface WorkspacePackage {
  readonly name: string
  /** From the root: packages/engine. */
  readonly folder: string
  readonly dependencies: ReadonlySet<string>
  readonly devDependencies: ReadonlySet<string>
  readonly peerDependencies: ReadonlySet<string>
  readonly scripts: readonly string[]
  readonly files: readonly SourceFile[]
}

export interface House {
  readonly packages: readonly WorkspacePackage[]
  readonly folders: readonly string[]
}

const FOLDERS = ['packages/*', 'packages/datasources/*', 'apps/*', 'tooling/*', 'examples/*']
const SKIPPED = new Set(['node_modules', 'dist', '.turbo'])

/** Reads every package of the workspace below `root`. */
export function readHouse(root: string): House {
  const exclude = (path: string) => SKIPPED.has(path.split(/[\\/]/).at(-1)!)
  const packageFolders = globSync(
    FOLDERS.map((folder) => `${folder}/package.json`),
    { cwd: root, exclude },
  )
    .map((path) => slashes(dirname(path)))
    .sort()
  const packages = packageFolders.map((folder): WorkspacePackage => {
    const manifest = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as Record<
      string,
      Record<string, string>
    >
    const names = (key: string) => new Set(Object.keys(manifest[key] ?? {}))
    const files = globSync(`${folder}/**/*.{ts,tsx,mts,cts,js,jsx,mjs,cjs}`, { cwd: root, exclude }).map(slashes).sort()
    return {
      name: String(manifest.name),
      folder,
      dependencies: new Set([...names('dependencies'), ...names('optionalDependencies')]),
      devDependencies: names('devDependencies'),
      peerDependencies: names('peerDependencies'),
      scripts: Object.values(manifest.scripts ?? {}),
      files: files.map((path) => readSourceFile(root, path)),
    }
  })
  const folders = new Set<string>()
  for (const path of globSync('{packages,apps,tooling,examples}/**/*', { cwd: root, exclude }))
    folders.add(slashes(dirname(path)))
  return { packages, folders: [...folders].sort() }
}

/** Tests, and the files that only tests and tools load. */
export function isTest(path: string, folder: string): boolean {
  const inside = path.slice(folder.length + 1)
  return (
    /\.(test|bench)\.[cm]?[jt]sx?$/.test(inside) ||
    inside.startsWith('test/') ||
    /^[^/]+\.config\.[cm]?[jt]s$/.test(inside)
  )
}

function slashes(path: string): string {
  return path.replaceAll('\\', '/')
}
