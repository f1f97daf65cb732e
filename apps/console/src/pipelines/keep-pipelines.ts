import { useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'
import { useEvents, useLive } from '../app/live.tsx'

const all = { queryKey: ['pipelines'] }

/** Reads what is shown of pipelines again when a connection changes: what their nodes would be run with changes with it. */
export function useKeptPipelines(): void {
  const queries = useQueryClient()
  const live = useLive()
  useEvents(({ type }) => {
    if (type.startsWith('connection.')) void queries.invalidateQueries(all)
  })
  useEffect(() => live.onOpen(() => void queries.invalidateQueries(all)), [live, queries])
}
