/** The data source that a module exports, not yet checked; or why it cannot be told. */
export function findDataSource(module: unknown): { found: object } | { reason: string } {
  if (!isObject(module)) return { reason: 'it is not a module' }
  // A CommonJS module compiled from ESM has its default export one level down.
  const defaults = [module.default, isObject(module.default) ? module.default.default : undefined]
  const byDefault = defaults.find(looksLikeDataSource)
  if (byDefault) return { found: byDefault }

  const exports = isObject(module.default) ? { ...module.default, ...module } : module
  const named = new Map<object, string>()
  for (const [name, value] of Object.entries(exports)) {
    if (looksLikeDataSource(value) && !named.has(value)) named.set(value, name)
  }
  const [first, ...others] = named.keys()
  if (first && others.length === 0) return { found: first }
  if (first)
    return { reason: `it exports several data sources (${[...named.values()].join(', ')}) and none as default` }
  // Say what is wrong with it rather than that there is none.
  if (isObject(module.default) && 'id' in module.default) return { found: module.default }
  return { reason: 'it exports no data source; export one as default' }
}

function looksLikeDataSource(value: unknown): value is object {
  return isObject(value) && 'specVersion' in value && 'id' in value
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
