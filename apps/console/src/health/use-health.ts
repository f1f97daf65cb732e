import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef } from 'react'
import { healthQuery } from '../api/queries.ts'
import { useEvents } from '../app/live.tsx'

/** For what no event tells: time that passes, and queues. */
const LOOK_MS = 5_000
/** Many events at a time are one look. */
const QUIET_MS = 500

/** The figures, read anew soon after each event and every few seconds. */
export function useHealth() {
  const queries = useQueryClient()
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  useEvents(({ type }) => {
    if (type === 'run.progress' || timer.current !== undefined) return
    timer.current = setTimeout(() => {
      timer.current = undefined
      void queries.invalidateQueries({ queryKey: healthQuery.queryKey })
    }, QUIET_MS)
  })
  useEffect(
    () => () => {
      clearTimeout(timer.current)
      timer.current = undefined
    },
    [],
  )
  return useQuery({ ...healthQuery, staleTime: 0, refetchInterval: LOOK_MS })
}
