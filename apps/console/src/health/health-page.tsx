import { Link } from '@tanstack/react-router'
import { ShieldCheck } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { isProblem } from '../api/client.ts'
import { mayConfigure, useSession } from '../app/session.tsx'
import shell from '../app/shell.module.css'
import { localeOf } from '../texts/languages.ts'
import { Notice } from '../ui/notice.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { useProblemText } from '../ui/problem-text.ts'
import { EmptyState, ErrorState, Skeleton } from '../ui/states.tsx'
import { BreakersSection } from './breakers-section.tsx'
import { ConnectionsSection } from './connections-section.tsx'
import { FailuresSection } from './failures-section.tsx'
import styles from './health-page.module.css'
import { QueuesSection } from './queues-section.tsx'
import { RefreshesSection } from './refreshes-section.tsx'
import { RunsSection } from './runs-section.tsx'
import { ScheduleSection } from './schedule-section.tsx'
import { Tiles } from './tiles.tsx'
import { useHealth } from './use-health.ts'

/** How the workspace stands, for those who look after it. */
export function HealthPage() {
  const { t } = useTranslation()
  const session = useSession()
  return (
    <div className={shell.page}>
      <PageHeader title={t('health.title')}>{t('health.lead')}</PageHeader>
      {mayConfigure(session) ? <Figures /> : <NotForMembers />}
    </div>
  )
}

function Figures() {
  const { t, i18n } = useTranslation()
  const textOf = useProblemText()
  const { data: health, error, refetch } = useHealth()
  // The role may have changed since the page was opened.
  if (isProblem(error, 'forbidden')) return <NotForMembers />
  if (!health)
    return error ? <ErrorState error={error} onAgain={() => void refetch()} /> : <Skeleton shape="cards" lines={3} />
  const at = new Date(health.at).toLocaleTimeString(localeOf(i18n.language))
  return (
    <>
      {error && (
        <Notice look="warn" role="alert">
          {t('health.stale', { at, reason: textOf(error) })}
        </Notice>
      )}
      <Tiles health={health} />
      <div className={styles.sections}>
        <ConnectionsSection health={health} />
        <ScheduleSection health={health} />
        <RefreshesSection health={health} />
        <FailuresSection health={health} />
        <BreakersSection health={health} />
        <RunsSection health={health} />
        <QueuesSection health={health} />
      </div>
      <p className={styles.asOf}>{t('health.asOf', { at })}</p>
    </>
  )
}

function NotForMembers() {
  const { t } = useTranslation()
  return (
    <EmptyState
      icon={<ShieldCheck size={22} />}
      title={t('health.notForMembers.title')}
      actions={<Link to="/settings/data-sources">{t('health.notForMembers.action')}</Link>}
    >
      {t('health.notForMembers.text')}
    </EmptyState>
  )
}
