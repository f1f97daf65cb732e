import { useQueryClient } from '@tanstack/react-query'
import type { DataSource } from '@wellhead/client'
import {
  createContext,
  type ReactNode,
  useContext,
  useEffect,
  useEffectEvent,
  useState,
  useSyncExternalStore,
} from 'react'
import { useTranslation } from 'react-i18next'
import { reloadConnection } from '../api/connection-cache.ts'
import { connectionsQuery } from '../api/queries.ts'
import { useEvents, useLive } from '../app/live.tsx'
import { toast } from '../ui/toast.tsx'
import { type Attempt, type Attempts, createAttempts, openWindow, type Wanted } from './attempts.ts'

const Context = createContext<Attempts | null>(null)
/** Events and the word of the window tell at once; this is for when both were missed. */
const LOOK_MS = 4_000

/** Follows the attempts of this tab: by events, by the word of the window that carried one through, and by looking. */
export function AttemptsProvider({ children }: { children: ReactNode }) {
  const queries = useQueryClient()
  const live = useLive()
  const [attempts] = useState(() =>
    createAttempts(async ({ status, connectionId }) => {
      if (status === 'completed' && connectionId !== null) await reloadConnection(queries, connectionId).catch(() => {})
    }),
  )

  useEvents(({ authorization_id }) => {
    if (authorization_id !== null) void attempts.lookAt(authorization_id)
  })
  useEffect(() => live.onOpen(() => void attempts.lookAtAll()), [live, attempts])
  useEffect(() => {
    const channel = new BroadcastChannel('wellhead')
    channel.addEventListener('message', ({ data }) => {
      if (data?.type === 'authorization') void attempts.lookAt(String(data.id))
    })
    const timer = setInterval(() => void attempts.lookAtAll(), LOOK_MS)
    return () => {
      channel.close()
      clearInterval(timer)
    }
  }, [attempts])

  return (
    <Context value={attempts}>
      <Completed />
      {children}
    </Context>
  )
}

/** What has been connected shows itself: a word on it is enough, and the attempt is forgotten. */
function Completed() {
  const { t } = useTranslation()
  const queries = useQueryClient()
  const attempts = useAttempts()
  const tell = useEffectEvent((attempt: Attempt) => {
    const name =
      queries.getQueryData(connectionsQuery.queryKey)?.find(({ id }) => id === attempt.connectionId)?.name ??
      attempt.name ??
      ''
    toast(t(attempt.again ? 'authorizations.connectedAgain' : 'authorizations.connected', { name }))
  })
  const all = useAttemptList()
  useEffect(() => {
    for (const attempt of all.filter(({ status }) => status === 'completed')) {
      tell(attempt)
      attempts.forget(attempt.id)
    }
  }, [all, attempts])
  return null
}

export function useAttempts(): Attempts {
  const attempts = useContext(Context)
  if (attempts === null) throw new Error('No attempts are followed here.')
  return attempts
}

export function useAttemptList(): readonly Attempt[] {
  const attempts = useAttempts()
  return useSyncExternalStore(attempts.onChange, attempts.list)
}

/** Begins to authorize a source. To be called in the very click: it opens the window before it asks the server. */
export function useAuthorize(source: DataSource): (wanted: Wanted) => Promise<Attempt> {
  const { t } = useTranslation()
  const attempts = useAttempts()
  return (wanted) => attempts.begin(source, wanted, openWindow(t('authorizations.opening', { source: source.name })))
}
