import type { Connection, DataSource } from '@wellhead/client'
import { ChevronDown } from 'lucide-react'
import { lazy, Suspense, useId, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { AttemptList } from '../authorizations/attempt-list.tsx'
import { ConnectionRow } from '../connections/connection-row.tsx'
import { Button } from '../ui/button.tsx'
import { ExternalLink } from '../ui/external-link.tsx'
import { Popover } from '../ui/popover.tsx'
import { Skeleton } from '../ui/states.tsx'
import { ConnectWays, useConnect } from './connect.tsx'
import { SandboxBadge } from './sandbox-badge.tsx'
import styles from './source-card.module.css'
import { SourceIcon } from './source-icon.tsx'

// Few have so many.
const AllConnections = lazy(async () => ({ default: (await import('./all-connections.tsx')).AllConnections }))

/** What is shown of many at first. */
const FEW = 5

/** A source: what it is, how to connect it, and its connections. */
export function SourceCard({ source, connections }: { source: DataSource; connections: readonly Connection[] }) {
  const { t } = useTranslation()
  const id = useId()
  const connecting = useConnect(source)
  return (
    <section className={styles.card} aria-labelledby={id}>
      <header className={styles.header}>
        <SourceIcon source={source} />
        <div className={styles.what}>
          <div className={styles.line}>
            <h2 id={id} className={styles.name}>
              {source.name}
            </h2>
            {source.sandbox && <SandboxBadge source={source} />}
          </div>
          <p className={styles.quiet}>
            {t(`dataSources.kinds.${source.kind}`)} · {source.description}{' '}
            <ExternalLink href={source.documentation_url}>{t('dataSources.documentation')}</ExternalLink>
          </p>
          {connections.length === 0 && <p className={styles.none}>{t('dataSources.notConnected')}</p>}
        </div>
        <Popover
          label={t('dataSources.configureSource', { source: source.name })}
          trigger={
            <Button of={source.name}>
              {t('dataSources.configure')}
              <ChevronDown size={16} aria-hidden="true" />
            </Button>
          }
        >
          {(close) => (
            <ConnectWays
              source={source}
              onChoose={(way) => {
                close()
                connecting.open(way)
              }}
            />
          )}
        </Popover>
      </header>
      <div className={styles.attempts}>
        <AttemptList source={source} />
      </div>
      {connections.length > 0 && <Connections source={source} connections={connections} />}
      {connecting.dialog}
    </section>
  )
}

function Connections({ source, connections }: { source: DataSource; connections: readonly Connection[] }) {
  const { t } = useTranslation()
  const [isWhole, setWhole] = useState(false)
  const label = t('connections.list', { source: source.name })
  const isLong = connections.length > FEW
  return (
    <div className={styles.connections}>
      {isWhole && isLong ? (
        <Suspense fallback={<Skeleton lines={FEW} />}>
          <AllConnections source={source} connections={connections} label={label} />
        </Suspense>
      ) : (
        <ul aria-label={label}>
          {connections.slice(0, FEW).map((connection) => (
            <li key={connection.id} aria-label={connection.name}>
              <ConnectionRow source={source} connection={connection} />
            </li>
          ))}
        </ul>
      )}
      {isLong && (
        <div className={styles.more}>
          <Button size="small" look="bare" of={source.name} onPress={() => setWhole(!isWhole)}>
            {isWhole ? t('dataSources.showFewer') : t('dataSources.showMore', { count: connections.length })}
          </Button>
        </div>
      )}
    </div>
  )
}
