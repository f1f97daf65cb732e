import { useInfiniteQuery } from '@tanstack/react-query'
import type { Connection, DataSource, Document, Run } from '@wellhead/client'
import { api } from '../api/client.ts'
import { everyPage } from '../api/queries.ts'
import { SaidError } from '../texts/words.ts'

/** Where to look: in a folder, or for a title. */
export interface Place {
  readonly folder?: string
  readonly query?: string
}

/** How many entries are asked for at a time. */
const STEP = 100
const LOOK_MS = 300

/** What the listing run of each kind of source is. A web site is crawled, not listed. */
const listings = { online_document: 'list_pages', online_drive: 'list_folder' } as const

/**
 * What a source holds at a place, by runs that list it; more of it with `fetchNextPage`. A listing is kept for a little while, so that
 * going back is quick.
 */
export function useListing(source: DataSource, connection: Connection, place: Place) {
  return useInfiniteQuery({
    queryKey: ['listing', connection.id, connection.generation, place],
    enabled: source.kind !== 'website_crawl',
    queryFn: ({ pageParam, signal }) => list(source, connection, place, pageParam, signal),
    initialPageParam: null as string | null,
    getNextPageParam: ({ run }) => run.next_cursor,
    staleTime: 60_000,
    refetchOnWindowFocus: false,
    retry: false,
  })
}

async function list(
  source: DataSource,
  connection: Connection,
  place: Place,
  cursor: string | null,
  signal: AbortSignal,
): Promise<{ run: Run; entries: Document[] }> {
  if (source.kind === 'website_crawl') throw new Error('A web site is not listed.')
  const begun = await api.runs.create({
    body: {
      data_source: source.id,
      connection_id: connection.id,
      operation: listings[source.kind],
      parameters: { ...place, limit: STEP },
      ...(cursor === null ? {} : { cursor }),
    },
  })
  const run = await finished(begun, signal)
  if (run.status !== 'completed') throw new SaidError(run.error ?? { message: '' })
  const entries = await everyPage((page) =>
    api.runs.documents({ params: { id: run.id }, query: { limit: 100, ...page } }, { signal }),
  )
  return { run, entries }
}

/** Looks until the run is over. Somebody waits, so it looks often. */
async function finished(run: Run, signal: AbortSignal): Promise<Run> {
  while (run.finished_at === null) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
    signal.throwIfAborted()
    run = await api.runs.get({ params: { id: run.id } }, { signal })
  }
  return run
}
