import type { Health } from '@wellhead/client'
import { CircleAlert, CircleCheck, Clock } from 'lucide-react'
import type { ReactNode } from 'react'
import { Trans, useTranslation } from 'react-i18next'
import { localeOf } from '../texts/languages.ts'
import { Time } from '../ui/time.tsx'
import styles from './tiles.module.css'

type Look = 'good' | 'warn' | 'bad' | 'quiet'
const icons = { good: CircleCheck, warn: Clock, bad: CircleAlert, quiet: null }

/** What an operator wants to know first: a number each, and whether it is well. */
export function Tiles({ health }: { health: Health }) {
  const { t } = useTranslation()
  const { connections, refreshes, breakers, runs, queue } = health
  const of = connections.by_status
  const total = Object.values(of).reduce((sum, count) => sum + count, 0)
  const working = of.active + of.degraded
  const broken = of.needs_reauthorization + of.invalid
  const { overdue, oldest_overdue_seconds: oldest } = refreshes.schedule
  const paused = breakers.filter(({ state }) => state !== 'counting').length
  const ran = Object.values(runs.by_status).reduce((sum, count) => sum + count, 0)
  const { failed } = runs.by_status
  const waiting = queue?.filter(({ state }) => state === 'waiting').reduce((sum, { jobs }) => sum + jobs, 0) ?? null
  return (
    <ul className={styles.tiles} aria-label={t('health.tiles.label')}>
      <Tile label={t('health.tiles.working')} value={working} look={total === 0 ? 'quiet' : 'good'}>
        {total === 0 ? t('health.tiles.none') : t('health.tiles.workingOf', { count: total })}
      </Tile>
      <Tile label={t('health.tiles.broken')} value={broken} look={broken === 0 ? 'good' : 'bad'}>
        {broken === 0 ? t('health.tiles.brokenNone') : t('health.tiles.brokenText')}
      </Tile>
      <Tile label={t('health.tiles.overdue')} value={overdue} look={overdue === 0 ? 'good' : 'warn'}>
        {overdue === 0 ? (
          t('health.tiles.overdueNone')
        ) : (
          <Trans
            i18nKey="health.tiles.overdueSince"
            components={{ at: <Time at={new Date(new Date(health.at).getTime() - oldest * 1000).toISOString()} /> }}
            t={t}
          />
        )}
      </Tile>
      <Tile label={t('health.tiles.paused')} value={paused} look={paused === 0 ? 'good' : 'bad'}>
        {paused === 0 ? t('health.tiles.pausedNone') : t('health.tiles.pausedText')}
      </Tile>
      <Tile label={t('health.tiles.failed')} value={failed} look={ran === 0 ? 'quiet' : failed === 0 ? 'good' : 'warn'}>
        {ran === 0 ? t('health.tiles.failedNoRuns') : t('health.tiles.failedOf', { count: ran })}
      </Tile>
      <Tile
        label={t('health.tiles.waiting')}
        value={waiting ?? '–'}
        look={waiting === null ? 'bad' : waiting === 0 ? 'good' : 'quiet'}
      >
        {waiting === null
          ? t('health.tiles.queueAway')
          : waiting === 0
            ? t('health.tiles.waitingNone')
            : t('health.tiles.waitingText')}
      </Tile>
    </ul>
  )
}

function Tile({
  label,
  value,
  look,
  children,
}: {
  label: string
  value: number | string
  look: Look
  children: ReactNode
}) {
  const { i18n } = useTranslation()
  const Icon = icons[look]
  return (
    <li className={styles.tile}>
      <span className={styles.label}>{label}</span>
      <span className={styles.value}>
        {typeof value === 'number' ? value.toLocaleString(localeOf(i18n.language)) : value}
      </span>
      <span className={`${styles.note} ${styles[look]}`}>
        {Icon && <Icon size={14} aria-hidden="true" />}
        <span>{children}</span>
      </span>
    </li>
  )
}
