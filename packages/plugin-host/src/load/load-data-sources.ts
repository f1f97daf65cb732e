import { pathToFileURL } from 'node:url'
import { type DataSource, type Endpoints, SPEC_VERSION } from '@wellhead/datasource-node'
import { checkDataSource, isHttpUrl } from './check-data-source.ts'
import { findDataSource } from './find-data-source.ts'
import { locatePlugin } from './locate-plugin.ts'
import { PluginLoadError } from './plugin-load-error.ts'
import type { HostedDataSource, Registry, SandboxPages } from './registry.ts'

export interface LoadOptions {
  /** Id -> import of the module that exports the data source of that id. */
  readonly builtin: Readonly<Record<string, () => Promise<unknown>>>
  /** Names of packages, or paths (`./x.js`, `/abs/x.ts`). */
  readonly plugins: readonly string[]
  /** What relative paths and names of packages are resolved from. */
  readonly baseDir: string
  /** By the id of a data source. */
  readonly overrides?: Readonly<Record<string, DataSourceOverride>>
}

export interface DataSourceOverride {
  /** URLs that replace its own. */
  readonly endpoints?: Readonly<Record<string, string>>
  /** Whether they are the sandbox's. */
  readonly sandbox?: boolean
  readonly sandboxPages?: SandboxPages
}

interface Loaded {
  readonly source: DataSource
  readonly from: string
  readonly file: string | undefined
}

/**
 * Imports and checks every data source. One that cannot be used fails the whole load: a pipeline must not find out later.
 *
 * @throws PluginLoadError
 */
export async function loadDataSources(options: LoadOptions): Promise<Registry> {
  const builtin = Object.entries(options.builtin).map(([id, load]) => loadBuiltin(id, load))
  const plugins = options.plugins.map((specifier) => loadPlugin(specifier, options.baseDir))
  const loaded = await Promise.all([...builtin, ...plugins])

  const byId = new Map<string, Loaded>()
  for (const one of loaded) {
    const other = byId.get(one.source.id)
    if (other) {
      throw new PluginLoadError(
        'plugin_duplicate_id',
        `the id "${one.source.id}" is taken already by ${other.from === 'builtin' ? 'a builtin data source' : other.from}`,
        { specifier: one.from, file: one.file },
      )
    }
    byId.set(one.source.id, one)
  }

  const overrides = options.overrides ?? {}
  for (const id of Object.keys(overrides)) {
    if (byId.has(id)) continue
    throw new PluginLoadError(
      'plugin_unknown_override',
      `the configuration overrides a data source that does not exist; there are ${[...byId.keys()].join(', ') || 'none'}`,
      { specifier: id },
    )
  }

  const hosted = new Map<string, HostedDataSource>()
  for (const [id, { source, from, file }] of byId) {
    const override = Object.hasOwn(overrides, id) ? overrides[id] : undefined
    const endpoints = withOverrides(source, override?.endpoints ?? {}, file)
    const { sandbox = false, sandboxPages } = override ?? {}
    hosted.set(id, Object.freeze({ source, endpoints, from, sandbox, ...(sandboxPages ? { sandboxPages } : {}) }))
  }
  const all = Object.freeze([...hosted.values()])
  return { get: (id) => hosted.get(id), all: () => all }
}

async function loadBuiltin(id: string, load: () => Promise<unknown>): Promise<Loaded> {
  const where = { specifier: id, file: undefined }
  const source = await importAndCheck(load, where)
  if (source.id === id) return { source, from: 'builtin', file: undefined }
  throw new PluginLoadError('plugin_invalid', `the builtin data source says that its id is "${source.id}"`, where)
}

async function loadPlugin(specifier: string, baseDir: string): Promise<Loaded> {
  const file = await locatePlugin(specifier, baseDir)
  const source = await importAndCheck(() => import(pathToFileURL(file).href), { specifier, file })
  return { source, from: specifier, file }
}

async function importAndCheck(
  load: () => Promise<unknown>,
  where: { specifier: string; file: string | undefined },
): Promise<DataSource> {
  let module: unknown
  try {
    module = await load()
  } catch (cause) {
    throw new PluginLoadError('plugin_load_failed', `importing it failed: ${reasonOf(cause)}`, { ...where, cause })
  }
  const result = findDataSource(module)
  if ('reason' in result) throw new PluginLoadError('plugin_invalid', result.reason, where)

  // Before anything else: another version may have another form altogether.
  const { specVersion } = result.found as { specVersion?: unknown }
  if (specVersion !== SPEC_VERSION) {
    throw new PluginLoadError(
      'plugin_spec_version',
      `it was written against version ${String(specVersion)} of the data-source contract; this host has version ${SPEC_VERSION}`,
      where,
    )
  }
  const faults = checkDataSource(result.found)
  if (faults.length > 0) {
    throw new PluginLoadError('plugin_invalid', `it breaks the data-source contract: ${faults.join('; ')}`, where)
  }
  return result.found as DataSource
}

function withOverrides(
  source: DataSource,
  overrides: Readonly<Record<string, string>>,
  file: string | undefined,
): Endpoints {
  for (const [name, url] of Object.entries(overrides)) {
    const where = { specifier: source.id, file }
    if (!Object.hasOwn(source.endpoints, name)) {
      const known = Object.keys(source.endpoints).join(', ')
      throw new PluginLoadError(
        'plugin_unknown_override',
        `the configuration overrides its endpoint "${name}", which it does not have; it has ${known}`,
        where,
      )
    }
    if (!isHttpUrl(url)) {
      throw new PluginLoadError('plugin_invalid', `the configured endpoint "${name}" is not an http(s) URL`, where)
    }
  }
  return Object.freeze({ ...source.endpoints, ...overrides })
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error)
}
