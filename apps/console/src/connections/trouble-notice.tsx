import type { Connection, DataSource } from '@wellhead/client'
import { useTranslation } from 'react-i18next'
import { mayManage, useSession } from '../app/session.tsx'
import { Notice } from '../ui/notice.tsx'
import { ConnectionTrouble } from './connection-row.tsx'
import { isUsable } from './status-badge.tsx'

/** What is wrong, in words, and who has to do what. Nothing when all is well. */
export function TroubleNotice({ connection, source }: { connection: Connection; source: DataSource }) {
  const { t } = useTranslation()
  const session = useSession()
  const { status, last_error, refresh_pause } = connection
  const todo = todoOf(connection)
  if (status === 'active' && !last_error && !refresh_pause) return null
  const look = status === 'needs_reauthorization' || status === 'invalid' ? 'bad' : last_error ? 'warn' : 'quiet'
  return (
    <Notice look={look} role="status">
      <ConnectionTrouble connection={connection} />
      {todo && <p>{t(`connectionPage.todo.${todo}`, { source: source.name })}</p>}
      {!isUsable(connection) && status !== 'pending' && status !== 'deleting' && !mayManage(session, connection) && (
        <p>{t('connections.notYours')}</p>
      )}
    </Notice>
  )
}

const causes = ['client_misconfigured', 'unknown_outcome', 'missing_scope', 'quota_exhausted', 'misconfigured'] as const

/** The sentence on what to do that fits: by the cause, else by the status. Where the status has one of its own, that is enough. */
function todoOf({
  status,
  last_error,
}: Connection): (typeof causes)[number] | 'pending' | 'deleting' | 'degraded' | null {
  if (status === 'needs_reauthorization' || status === 'invalid') return null
  if (status === 'deleting') return status
  const cause = causes.find((one) => one === last_error?.code)
  if (cause) return cause
  return status === 'active' ? null : status
}
