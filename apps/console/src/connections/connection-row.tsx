import { Link } from '@tanstack/react-router'
import type { Connection, DataSource } from '@wellhead/client'
import { memo } from 'react'
import { useTranslation } from 'react-i18next'
import { mayManage, useSession } from '../app/session.tsx'
import { localeOf } from '../texts/languages.ts'
import { useWords } from '../texts/words.ts'
import { Avatar } from '../ui/avatar.tsx'
import { Badge } from '../ui/badge.tsx'
import { Time } from '../ui/time.tsx'
import { ConnectionActions } from './connection-actions.tsx'
import { ConnectionFacts } from './connection-facts.tsx'
import styles from './connection-row.module.css'
import { hasEnded, isUsable, StatusBadge } from './status-badge.tsx'

/** One connection in a list: whose it is, how it stands, and what can be done with it. Drawn anew only when it has changed. */
export const ConnectionRow = memo(function ConnectionRow(props: { source: DataSource; connection: Connection }) {
  const { source, connection } = props
  const { t } = useTranslation()
  const session = useSession()
  const { name, account, status } = connection
  return (
    <div className={styles.row}>
      <Avatar name={account?.name ?? name} url={account?.avatar_url} />
      <div className={styles.what}>
        <div className={styles.line}>
          <h3 className={styles.name}>
            <Link to="/connections/$connectionId" params={{ connectionId: connection.id }}>
              {name}
            </Link>
          </h3>
          <StatusBadge status={status} />
          {connection.default && <Badge look="accent">{t('connections.default')}</Badge>}
        </div>
        {account && account.name !== name && (
          <p className={styles.account}>
            <span className="unseen">{t('connections.facts.account')} </span>
            {account.name}
          </p>
        )}
        <ConnectionFacts connection={connection} />
        <ConnectionTrouble connection={connection} />
        {!mayManage(session, connection) && !isUsable(connection) && (
          <p className={styles.quiet}>{t('connections.notYours')}</p>
        )}
      </div>
      <div className={styles.actions}>
        <ConnectionActions source={source} connection={connection} />
      </div>
    </div>
  )
})

/** What is wrong with a connection, in words, and what to do. */
export function ConnectionTrouble({ connection }: { connection: Connection }) {
  const { t, i18n } = useTranslation()
  const wordsOf = useWords()
  const { status, last_error, refresh_pause } = connection
  const isEnded = hasEnded(status)
  return (
    <>
      {isEnded && <p className={styles.bad}>{t(`connections.hints.${status}`)}</p>}
      {last_error && (
        // What the provider said is a detail where there is a plain sentence.
        <p className={isEnded ? styles.quiet : styles.bad}>
          {wordsOf(last_error)}{' '}
          <span className={styles.quiet}>
            (<Time at={last_error.at} />)
          </span>
        </p>
      )}
      {refresh_pause && (
        <p className={styles.quiet}>
          {t('connections.refreshPause', {
            at: new Date(refresh_pause.until).toLocaleTimeString(localeOf(i18n.language)),
          })}
        </p>
      )}
    </>
  )
}
