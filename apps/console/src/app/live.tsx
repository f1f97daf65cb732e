import { useQueryClient } from '@tanstack/react-query'
import type { Event as WellheadEvent } from '@wellhead/client'
import {
  createContext,
  type ReactNode,
  useContext,
  useEffect,
  useEffectEvent,
  useState,
  useSyncExternalStore,
} from 'react'
import { createLive, type Live, type LiveState } from '../api/live.ts'
import { useSession } from './session.tsx'

const Context = createContext<Live | null>(null)

/** Follows the workspace's events for as long as somebody is signed in. */
export function LiveProvider({ children }: { children: ReactNode }) {
  const queries = useQueryClient()
  const { workspace } = useSession()
  const [live] = useState(() => createLive(queries, workspace.id))
  useEffect(() => live.follow(), [live])
  return <Context value={live}>{children}</Context>
}

export function useLive(): Live {
  const live = useContext(Context)
  if (live === null) throw new Error('No events are followed here.')
  return live
}

export function useLiveState(): LiveState {
  const live = useLive()
  return useSyncExternalStore(live.onState, live.state)
}

/** Calls `listener` for each event of the workspace while the component is shown. */
export function useEvents(listener: (event: WellheadEvent) => void): void {
  const live = useLive()
  const hear = useEffectEvent(listener)
  useEffect(() => live.onEvent((event) => hear(event)), [live])
}
