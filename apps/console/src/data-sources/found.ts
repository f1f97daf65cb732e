import type { Connection, DataSource } from '@wellhead/client'
import { needsAttention } from '../connections/status-badge.tsx'

export const filters = ['all', 'connected', 'attention', 'unconnected'] as const
export type Filter = (typeof filters)[number]

export interface Found {
  readonly source: DataSource
  readonly connections: readonly Connection[]
}

/**
 * The sources, and of each the connections, that a search and a filter leave. A source that is found by its own name keeps all of its
 * connections; one that is not keeps those that are found. The default comes first, then the newest.
 */
export function found(
  sources: readonly DataSource[],
  connections: readonly Connection[],
  search: string,
  filter: Filter,
): Found[] {
  const words = search.toLocaleLowerCase().split(/\s+/).filter(Boolean)
  const matches = (...texts: readonly (string | undefined)[]) => {
    const text = texts.join('\n').toLocaleLowerCase()
    return words.every((word) => text.includes(word))
  }
  const bySource = Map.groupBy(connections, ({ data_source }) => data_source)
  return sources.flatMap((source) => {
    const all = bySource.get(source.id) ?? []
    if (filter === 'unconnected' && all.length > 0) return []
    const filtered = filter === 'attention' ? all.filter(needsAttention) : all
    const isNamed = matches(source.name, source.description)
    const own = isNamed ? filtered : filtered.filter(({ name, account }) => matches(name, account?.name, source.name))
    if (own.length === 0 && (!isNamed || filter === 'connected' || filter === 'attention')) return []
    return [{ source, connections: [...own].sort(inOrder) }]
  })
}

function inOrder(a: Connection, b: Connection): number {
  return Number(b.default) - Number(a.default) || b.created_at.localeCompare(a.created_at)
}
