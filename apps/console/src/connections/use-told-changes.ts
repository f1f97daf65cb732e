import type { Connection } from '@wellhead/client'
import { useEffect, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import { announce } from '../ui/announcements.tsx'

/** Tells a reader who does not see the page when the status of a connection changes, or it is gone. */
export function useToldChanges(connections: readonly Connection[] | undefined): void {
  const { t } = useTranslation()
  const former = useRef<readonly Connection[] | undefined>(undefined)
  useEffect(() => {
    if (connections === undefined) return
    const now = new Map(connections.map((connection) => [connection.id, connection]))
    for (const { id, name, status } of former.current ?? []) {
      const connection = now.get(id)
      if (connection === undefined) announce(t('connections.gone', { name }))
      else if (connection.status !== status)
        announce(`${connection.name}: ${t(`connections.statuses.${connection.status}`)}`)
    }
    former.current = connections
  }, [connections, t])
}
