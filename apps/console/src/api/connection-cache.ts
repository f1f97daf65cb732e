/** The list of connections in the cache, changed one by one: with a thousand of them it is not read anew for each event. */
import type { QueryClient } from '@tanstack/react-query'
import type { Connection } from '@wellhead/client'
import { api, isProblem } from './client.ts'
import { connectionsQuery } from './queries.ts'

/** Puts an answer of the API into the list. */
export function keepConnection(queries: QueryClient, connection: Connection): void {
  queries.setQueryData(connectionsQuery.queryKey, (list) => list && withConnection(list, connection))
}

/** Reads one connection again. It is gone when the API says so, or when the member may no longer see it. */
export async function reloadConnection(queries: QueryClient, id: string): Promise<void> {
  try {
    keepConnection(queries, await api.connections.get({ params: { id } }))
  } catch (error) {
    if (!isProblem(error, 'connection_not_found')) throw error
    queries.setQueryData(connectionsQuery.queryKey, (list) => list?.filter((one) => one.id !== id))
  }
}

export function withConnection(list: readonly Connection[], connection: Connection): Connection[] {
  const former = list.find(({ id }) => id === connection.id)
  // Two answers may overtake each other.
  if (former && former.updated_at > connection.updated_at) return [...list]
  const next = former ? list.map((one) => (one.id === connection.id ? connection : one)) : [connection, ...list]
  if (!connection.default) return next
  // One default a data source: what was it before is it no more.
  return next.map((one) =>
    one.default && one.id !== connection.id && one.data_source === connection.data_source
      ? { ...one, default: false }
      : one,
  )
}
