import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { Health } from '@wellhead/client'
import { CircleAlert, RefreshCw, TriangleAlert } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { dataSourcesQuery } from '../api/queries.ts'
import { SourceIcon } from '../data-sources/source-icon.tsx'
import { localeOf } from '../texts/languages.ts'
import { Badge } from '../ui/badge.tsx'
import styles from './list.module.css'
import { Nothing, Section } from './section.tsx'

type Breaker = Health['breakers'][number]

const looks = {
  open: { look: 'bad', Icon: CircleAlert },
  probing: { look: 'warn', Icon: RefreshCw },
  counting: { look: 'warn', Icon: TriangleAlert },
} as const

/** OAuth clients whose last requests for tokens failed. */
export function BreakersSection({ health }: { health: Health }) {
  const { t } = useTranslation()
  return (
    <Section title={t('health.breakers.title')}>
      {health.breakers.length === 0 ? (
        <Nothing>{t('health.breakers.none')}</Nothing>
      ) : (
        <ul className={styles.list} aria-label={t('health.breakers.title')}>
          {health.breakers.map((breaker) => (
            <li key={`${breaker.data_source} ${breaker.client.id}`} className={styles.item}>
              <BreakerItem breaker={breaker} />
            </li>
          ))}
        </ul>
      )}
    </Section>
  )
}

function BreakerItem({ breaker }: { breaker: Breaker }) {
  const { t, i18n } = useTranslation()
  const { data: sources } = useQuery(dataSourcesQuery)
  const source = sources?.find(({ id }) => id === breaker.data_source)
  const name = source?.name ?? breaker.data_source
  const { look, Icon } = looks[breaker.state]
  const { client, state, failures, open_until, connections } = breaker
  return (
    <>
      {source && <SourceIcon source={source} size={28} />}
      <div className={styles.what}>
        <p className={styles.line}>
          <strong>{name}</strong>
          <span className={styles.quiet}>{t(`health.breakers.clients.${client.kind}`)}</span>
          <Badge look={look} icon={<Icon />}>
            {t(`health.breakers.states.${state}`)}
          </Badge>
        </p>
        <p>{t(`health.breakers.reasons.${reasonOf(breaker)}`, { source: name })}</p>
        <p className={styles.quiet}>
          {t('health.breakers.failures', { count: failures })}{' '}
          {state === 'open' &&
            open_until &&
            t('health.breakers.until', { at: new Date(open_until).toLocaleTimeString(localeOf(i18n.language)) })}
          {state === 'probing' && t('health.breakers.probing')}{' '}
          {t('health.breakers.connections', { count: connections })}
        </p>
        {breaker.reason === 'client_misconfigured' && client.kind === 'custom' && (
          <p>
            <Link to="/settings/data-sources">{t('health.breakers.mend')}</Link>
          </p>
        )}
      </div>
    </>
  )
}

const reasons = ['client_misconfigured', 'provider_down', 'rate_limited', 'unknown_outcome', 'invalid_answer'] as const

const reasonOf = ({ reason }: Breaker) => reasons.find((one) => one === reason) ?? 'other'
