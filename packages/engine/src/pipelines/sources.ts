/** Which data source a document means, and which parameter: by names that are data of the data source. */
import type { DataSource } from '@wellhead/datasource-node'
import type { HostedDataSource, Registry } from '@wellhead/plugin-host'
import { EngineError } from '../errors.ts'
import type { DocumentModel, DocumentNode } from './model.ts'

/** By the first name that is known: an id goes before the aliases of others. */
export function findSource(registry: Registry, names: readonly string[]): HostedDataSource | undefined {
  for (const name of names) {
    const found = registry.get(name) ?? registry.all().find(({ source }) => source.aliases?.includes(name))
    if (found) return found
  }
  return undefined
}

/** The data source's own name for a parameter of a document. */
export function parameterOf(source: DataSource, name: string): string | null {
  if (Object.hasOwn(source.parameters.shape, name)) return name
  const { parameterAliases = {} } = source
  return Object.hasOwn(parameterAliases, name) ? (parameterAliases[name] as string) : null
}

/** @throws EngineError `unknown_data_source`, with every node that names one */
export function requireSources(registry: Registry, model: DocumentModel): void {
  const unknown = model.nodes.filter((node) => node.role === 'data_source' && !findSource(registry, node.sourceNames))
  if (unknown.length > 0) throw unknownSource(unknown)
}

export function unknownSource(nodes: readonly DocumentNode[]): EngineError {
  const phrases = nodes.map(({ title, sourceNames }) => `"${title}" names ${sourceNames.join(' or ')}`)
  return new EngineError(
    'unknown_data_source',
    `Of these nodes the data source is not installed here: ${phrases.slice(0, 10).join('; ')}.`,
    { details: { nodes: nodes.map(({ id, title, sourceNames }) => ({ id, title, names: sourceNames })) } },
  )
}
