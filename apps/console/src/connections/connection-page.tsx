import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import type { Connection, DataSource } from '@wellhead/client'
import { ArrowLeft, Unplug } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { connectionQuery, dataSourcesQuery } from '../api/queries.ts'
import shell from '../app/shell.module.css'
import { AttemptList } from '../authorizations/attempt-list.tsx'
import { SandboxBadge } from '../data-sources/sandbox-badge.tsx'
import { SourceIcon } from '../data-sources/source-icon.tsx'
import { Badge } from '../ui/badge.tsx'
import { Notice } from '../ui/notice.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { EmptyState, ErrorState, Skeleton } from '../ui/states.tsx'
import { ConnectionActions } from './connection-actions.tsx'
import { ConnectionDetails } from './connection-details.tsx'
import styles from './connection-page.module.css'
import { HistoryList } from './history-list.tsx'
import { StatusBadge } from './status-badge.tsx'
import { TroubleNotice } from './trouble-notice.tsx'

const route = getRouteApi('/connections/$connectionId')

/** Everything about one connection: how it stands, what it is, what can be done, and what happened to it. */
export function ConnectionPage() {
  const { connectionId } = route.useParams()
  const connection = useQuery(connectionQuery(connectionId))
  const sources = useQuery(dataSourcesQuery)
  const error = connection.error ?? sources.error
  return (
    <div className={shell.page}>
      <BackLink />
      {connection.data && sources.data ? (
        <Loaded
          key={connectionId}
          connection={connection.data}
          source={sources.data.find(({ id }) => id === connection.data?.data_source)}
        />
      ) : connection.data === null ? (
        <Gone />
      ) : error ? (
        <ErrorState
          error={error}
          onAgain={() => {
            void connection.refetch()
            void sources.refetch()
          }}
        />
      ) : (
        <Skeleton lines={6} />
      )}
    </div>
  )
}

function Loaded({ connection, source }: { connection: Connection; source: DataSource | undefined }) {
  const { t } = useTranslation()
  return (
    <>
      <div className={styles.top}>
        <div className={styles.head}>
          {source && <SourceIcon source={source} />}
          <div className={styles.named}>
            <PageHeader
              title={connection.name}
              actions={source && <ConnectionActions source={source} connection={connection} isOwnPage />}
            >
              {t('connectionPage.about', { source: source?.name ?? connection.data_source })}
            </PageHeader>
            <div className={styles.badges}>
              <StatusBadge status={connection.status} />
              {connection.default && <Badge look="accent">{t('connections.default')}</Badge>}
              {source?.sandbox && <SandboxBadge source={source} />}
            </div>
          </div>
        </div>
        {source ? (
          <>
            <TroubleNotice connection={connection} source={source} />
            <AttemptList source={source} connection={connection} />
          </>
        ) : (
          <Notice look="warn">{t('connectionPage.noSource', { id: connection.data_source })}</Notice>
        )}
      </div>
      <div className={styles.columns}>
        <ConnectionDetails connection={connection} source={source} />
        <HistoryList connection={connection} />
      </div>
    </>
  )
}

function BackLink() {
  const { t } = useTranslation()
  return (
    <p>
      <Link to="/settings/data-sources" className={styles.back}>
        <ArrowLeft size={14} aria-hidden="true" />
        {t('connectionPage.back')}
      </Link>
    </p>
  )
}

function Gone() {
  const { t } = useTranslation()
  return (
    <>
      <PageHeader title={t('connections.title')} />
      <EmptyState
        icon={<Unplug size={22} />}
        title={t('connectionPage.gone.title')}
        actions={<Link to="/settings/data-sources">{t('connectionPage.gone.action')}</Link>}
      >
        {t('connectionPage.gone.text')}
      </EmptyState>
    </>
  )
}
