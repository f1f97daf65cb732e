import { useQuery } from '@tanstack/react-query'
import type { Document, Run } from '@wellhead/client'
import { useEffect, useState } from 'react'
import { api } from '../api/client.ts'
import { runQuery } from '../api/queries.ts'

/** Events tell of each step; this is for when the stream is away. */
const LOOK_MS = 2_000
/** Each may bring up to 1 MB of text. */
const PAGE = 20

export const isOver = (run: Run) => run.finished_at !== null

/** A run as it stands, until it is over. */
export function useRun(begun: Run): Run {
  const { data = begun } = useQuery({
    ...runQuery(begun.id),
    initialData: begun,
    staleTime: 0,
    refetchInterval: ({ state }) => (state.data && isOver(state.data) ? false : LOOK_MS),
  })
  return data
}

/** What a run has read so far, in order, at most `most`. */
export function useDocuments(run: Run, most: number): { documents: readonly Document[]; error: Error | null } {
  const [documents, setDocuments] = useState<readonly Document[]>([])
  const [error, setError] = useState<Error | null>(null)
  const wanted = Math.min(run.document_count, most)
  const last = documents.at(-1)?.sequence ?? 0
  const missing = wanted - documents.length

  useEffect(() => {
    if (missing <= 0) return
    const controller = new AbortController()
    const query = { cursor: String(last), limit: Math.min(missing, PAGE) }
    api.runs.documents({ params: { id: run.id }, query }, { signal: controller.signal }).then(
      ({ items }) => {
        setError(null)
        if (items.length > 0) setDocuments((former) => [...former, ...items])
      },
      (problem: Error) => {
        if (!controller.signal.aborted) setError(problem)
      },
    )
    return () => controller.abort()
  }, [run.id, last, missing])

  return { documents, error }
}
