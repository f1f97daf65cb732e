import type { Connection } from '@wellhead/client'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Time } from '../ui/time.tsx'
import styles from './connection-facts.module.css'

/** What there is to know of a connection, in pairs. */
export function ConnectionFacts({ connection }: { connection: Connection }) {
  const { t } = useTranslation()
  const { key_hint, method, client, expires_at, last_used_at, last_refreshed_at } = connection
  const usedBy = useUsedBy()
  const facts: [string, ReactNode][] = [
    [
      t('connections.facts.method'),
      key_hint ? t('connections.keyEnding', { hint: key_hint }) : t(`connections.methods.${method}`),
    ],
    [t('connections.facts.client'), client?.kind === 'custom' && t('connections.customClient')],
    [t('connections.facts.expires'), expires_at && <Time at={expires_at} />],
    [t('connections.facts.refreshed'), last_refreshed_at && <Time at={last_refreshed_at} />],
    [t('connections.facts.used'), last_used_at ? <Time at={last_used_at} /> : t('connections.neverUsed')],
    [t('connections.facts.visibility'), usedBy(connection)],
  ]
  return (
    <dl className={styles.facts}>
      {facts
        .filter(([, value]) => value)
        .map(([term, value]) => (
          <div key={term} className={styles.fact}>
            <dt>{term}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  )
}

/** Who may use a connection, in words. */
export function useUsedBy(): (connection: Connection) => string {
  const { t } = useTranslation()
  return ({ visibility, member_ids }) =>
    visibility === 'members'
      ? t('connections.usedBy.members', { count: member_ids.length })
      : t(`connections.usedBy.${visibility}`)
}
