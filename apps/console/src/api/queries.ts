/** Everything that is read from the API, by its key. A room that changes something writes into, or invalidates, these. */
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import type { Connection } from '@wellhead/client'
import { api, isProblem } from './client.ts'

export const sessionQuery = queryOptions({
  queryKey: ['session'],
  // `null`: nobody is signed in.
  queryFn: ({ signal }) =>
    api.session.get({}, { signal }).catch((error) => {
      if (isProblem(error, 'unauthenticated')) return null
      throw error
    }),
  staleTime: Number.POSITIVE_INFINITY,
  // Another tab may have signed out, or gone to another workspace.
  refetchOnWindowFocus: 'always',
})

export const dataSourcesQuery = queryOptions({
  queryKey: ['data-sources'],
  queryFn: async ({ signal }) => (await api.dataSources.list({}, { signal })).items,
})

export const connectionsQuery = queryOptions({
  queryKey: ['connections'],
  queryFn: ({ signal }) =>
    everyPage((cursor) => api.connections.list({ query: { limit: 100, ...cursor } }, { signal })),
})

/** One connection of the list. */
export const connectionQuery = (id: string) => ({
  ...connectionsQuery,
  select: (connections: readonly Connection[]) => connections.find((one) => one.id === id) ?? null,
})

/** The workspace's own OAuth client of a source; `null` when it has none. */
export const oauthClientQuery = (dataSource: string) =>
  queryOptions({
    queryKey: ['oauth-client', dataSource],
    queryFn: ({ signal }) =>
      api.oauthClients.get({ params: { id: dataSource } }, { signal }).catch((error) => {
        if (isProblem(error, 'oauth_client_not_found')) return null
        throw error
      }),
    staleTime: 0,
  })

/** What happened to a connection, newest first, by the page. */
export const historyQuery = (id: string) =>
  infiniteQueryOptions({
    queryKey: ['history', id],
    queryFn: ({ signal, pageParam }) =>
      api.connections.history(
        { params: { id }, query: { limit: 25, ...(pageParam === null ? {} : { cursor: pageParam }) } },
        { signal },
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
  })

export const healthQuery = queryOptions({
  queryKey: ['health'],
  queryFn: ({ signal }) => api.health.get({}, { signal }),
})

export const membersQuery = queryOptions({
  queryKey: ['members'],
  queryFn: async ({ signal }) => (await api.members.list({}, { signal })).items,
})

export const invitationsQuery = queryOptions({
  queryKey: ['invitations'],
  queryFn: async ({ signal }) => (await api.invitations.list({}, { signal })).items,
})

export const tokensQuery = queryOptions({
  queryKey: ['tokens'],
  queryFn: async ({ signal }) => (await api.tokens.list({}, { signal })).items,
})

export const pipelinesQuery = queryOptions({
  queryKey: ['pipelines', 'all'],
  queryFn: ({ signal }) => everyPage((cursor) => api.pipelines.list({ query: { limit: 100, ...cursor } }, { signal })),
})

/** One pipeline; `null` when there is none. */
export const pipelineQuery = (id: string) =>
  queryOptions({
    queryKey: ['pipelines', id],
    queryFn: ({ signal }) =>
      api.pipelines.get({ params: { id } }, { signal }).catch((error) => {
        if (isProblem(error, 'pipeline_not_found')) return null
        throw error
      }),
  })

/** The last runs of a node that the member may see, newest first. */
export const nodeRunsQuery = (pipelineId: string, nodeId: string) =>
  queryOptions({
    queryKey: ['node-runs', pipelineId, nodeId],
    queryFn: async ({ signal }) =>
      (await api.runs.list({ query: { pipeline_id: pipelineId, node_id: nodeId, limit: 10 } }, { signal })).items,
  })

export const runQuery = (id: string) =>
  queryOptions({
    queryKey: ['runs', id],
    queryFn: ({ signal }) => api.runs.get({ params: { id } }, { signal }),
  })

/** A list over all its pages. */
export async function everyPage<Item>(
  read: (cursor: { cursor?: string }) => Promise<{ items: Item[]; next_cursor: string | null }>,
): Promise<Item[]> {
  const items: Item[] = []
  let cursor: string | null = null
  do {
    const page: { items: Item[]; next_cursor: string | null } = await read(cursor === null ? {} : { cursor })
    items.push(...page.items)
    cursor = page.next_cursor
  } while (cursor !== null)
  return items
}
