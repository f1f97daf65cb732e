import { readFile, stat } from 'node:fs/promises'
import { dirname, isAbsolute, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { PluginLoadError } from './plugin-load-error.ts'

/**
 * The file that a specifier means: a path (`./x.js`, `../x`, `/abs/x.ts`, `file:` URL; a folder with a package.json too), or the name of a
 * package in a `node_modules` of `baseDir` or above. `import()` itself would look from this file, not from `baseDir`.
 */
export async function locatePlugin(specifier: string, baseDir: string): Promise<string> {
  const path = asPath(specifier, baseDir)
  if (path === undefined) return locatePackage(specifier, baseDir)
  if (await isFile(path)) return path
  if (await isFile(join(path, 'package.json'))) return entryOf(path, '.', specifier)
  throw new PluginLoadError('plugin_not_found', `there is no such file: ${path}`, { specifier })
}

function asPath(specifier: string, baseDir: string): string | undefined {
  if (specifier.startsWith('file:')) return fileURLToPath(specifier)
  if (isAbsolute(specifier) || /^\.\.?($|[/\\])/.test(specifier)) return resolve(baseDir, specifier)
  return undefined
}

async function locatePackage(specifier: string, baseDir: string): Promise<string> {
  const match = /^((?:@[^/\\@]+\/)?[^/\\@.][^/\\]*)(\/.+)?$/.exec(specifier)
  if (!match) {
    throw new PluginLoadError('plugin_not_found', 'this is neither a path (./…) nor the name of a package', {
      specifier,
    })
  }
  for (let dir = resolve(baseDir); ; dir = dirname(dir)) {
    const root = join(dir, 'node_modules', match[1]!)
    if (await isFile(join(root, 'package.json'))) return entryOf(root, `.${match[2] ?? ''}`, specifier)
    if (dir === dirname(dir)) break
  }
  throw new PluginLoadError('plugin_not_found', `the package is not installed where ${baseDir} would find it`, {
    specifier,
  })
}

/** The file behind a subpath of a package: its `exports`, else `main`, else index.js. */
async function entryOf(root: string, subpath: string, specifier: string): Promise<string> {
  const file = join(root, 'package.json')
  let manifest: { exports?: unknown; main?: unknown }
  try {
    manifest = JSON.parse(await readFile(file, 'utf8'))
  } catch (cause) {
    throw new PluginLoadError('plugin_load_failed', 'its package.json cannot be read', { specifier, file, cause })
  }
  let target: string | undefined
  if (manifest.exports !== undefined && manifest.exports !== null) target = exported(manifest.exports, subpath)
  else if (subpath !== '.') target = subpath
  else target = typeof manifest.main === 'string' ? manifest.main : './index.js'
  if (target === undefined) {
    throw new PluginLoadError('plugin_not_found', `the package exports no "${subpath}"`, { specifier, file })
  }
  const entry = resolve(root, target)
  for (const candidate of [entry, `${entry}.js`, join(entry, 'index.js')]) if (await isFile(candidate)) return candidate
  throw new PluginLoadError('plugin_not_found', `its entry ${entry} does not exist; was it built?`, { specifier, file })
}

// https://nodejs.org/api/packages.html#conditional-exports: the first key that applies, in the order of the file.
const conditions: readonly string[] = ['node', 'import', 'module-sync', 'default']

function exported(exports: unknown, subpath: string): string | undefined {
  const keys = typeof exports === 'object' && exports !== null && !Array.isArray(exports) ? Object.keys(exports) : []
  const bySubpath = keys.some((key) => key.startsWith('.'))
  if (!bySubpath) return subpath === '.' ? byCondition(exports) : undefined
  return byCondition((exports as Record<string, unknown>)[subpath])
}

function byCondition(target: unknown): string | undefined {
  if (typeof target === 'string') return target
  if (Array.isArray(target)) return target.map(byCondition).find((one) => one !== undefined)
  if (typeof target !== 'object' || target === null) return undefined
  for (const [condition, inner] of Object.entries(target)) {
    if (!conditions.includes(condition)) continue
    const found = byCondition(inner)
    if (found !== undefined) return found
  }
  return undefined
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  )
}
