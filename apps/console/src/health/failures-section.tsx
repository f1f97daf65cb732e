import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { Health } from '@wellhead/client'
import { useTranslation } from 'react-i18next'
import { dataSourcesQuery } from '../api/queries.ts'
import { StatusBadge } from '../connections/status-badge.tsx'
import { SourceIcon } from '../data-sources/source-icon.tsx'
import { useWords } from '../texts/words.ts'
import { Time } from '../ui/time.tsx'
import styles from './list.module.css'
import { Nothing, Section } from './section.tsx'

/** Connections whose last try failed, the latest first. */
export function FailuresSection({ health }: { health: Health }) {
  const { t } = useTranslation()
  const wordsOf = useWords()
  const { data: sources = [] } = useQuery(dataSourcesQuery)
  const { latest_failures: latest, failing, hidden } = health.connections
  const more = failing - hidden - latest.length
  return (
    <Section title={t('health.failures.title')}>
      {latest.length > 0 && (
        <ul className={styles.list} aria-label={t('health.failures.title')}>
          {latest.map((connection) => {
            const source = sources.find(({ id }) => id === connection.data_source)
            return (
              <li key={connection.id} className={styles.item}>
                {source && <SourceIcon source={source} size={28} />}
                <div className={styles.what}>
                  <p className={styles.line}>
                    <Link to="/connections/$connectionId" params={{ connectionId: connection.id }}>
                      {connection.name}
                    </Link>
                    <StatusBadge status={connection.status} />
                  </p>
                  <p>{wordsOf(connection.error)}</p>
                  <p className={styles.quiet}>
                    <Time at={connection.error.at} />
                  </p>
                </div>
              </li>
            )
          })}
        </ul>
      )}
      {failing === 0 && <Nothing>{t('health.failures.none')}</Nothing>}
      {more > 0 && <Nothing>{t('health.failures.more', { count: more })}</Nothing>}
      {hidden > 0 && <Nothing>{t('health.failures.hidden', { count: hidden })}</Nothing>}
    </Section>
  )
}
