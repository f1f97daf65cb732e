import { useQuery } from '@tanstack/react-query'
import type { Connection, DataSource } from '@wellhead/client'
import { Plug, SearchX } from 'lucide-react'
import { useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { connectionsQuery, dataSourcesQuery } from '../api/queries.ts'
import { useToldChanges } from '../connections/use-told-changes.ts'
import { Button } from '../ui/button.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { SearchField } from '../ui/search-field.tsx'
import { Segments } from '../ui/segments.tsx'
import { EmptyState, ErrorState, Skeleton } from '../ui/states.tsx'
import styles from './data-sources-page.module.css'
import { type Filter, filters, found } from './found.ts'
import { SourceCard } from './source-card.tsx'

/** Settings > Data Sources: a card for each source. */
export function DataSourcesPage() {
  const { t } = useTranslation()
  const sources = useQuery(dataSourcesQuery)
  const connections = useQuery(connectionsQuery)
  useToldChanges(connections.data)
  const error = sources.error ?? connections.error
  return (
    <>
      <PageHeader title={t('dataSources.title')}>{t('dataSources.lead')}</PageHeader>
      {sources.data && connections.data ? (
        <Sources sources={sources.data} connections={connections.data} />
      ) : error ? (
        <ErrorState
          error={error}
          onAgain={() => {
            void sources.refetch()
            void connections.refetch()
          }}
        />
      ) : (
        <Skeleton shape="cards" lines={4} />
      )}
    </>
  )
}

function Sources({ sources, connections }: { sources: readonly DataSource[]; connections: readonly Connection[] }) {
  const { t } = useTranslation()
  const [search, setSearch] = useState('')
  const [filter, setFilter] = useState<Filter>('all')
  const shown = useMemo(() => found(sources, connections, search, filter), [sources, connections, search, filter])
  if (sources.length === 0) return <EmptyState icon={<Plug size={22} />} title={t('dataSources.none')} />
  return (
    <>
      <div className={styles.tools}>
        <SearchField label={t('dataSources.search')} value={search} onChange={setSearch} />
        <Segments<Filter>
          label={t('dataSources.filter')}
          value={filter}
          onChange={setFilter}
          options={filters.map((value) => ({ value, label: t(`dataSources.filters.${value}`) }))}
        />
      </div>
      {shown.map(({ source, connections: own }) => (
        <SourceCard key={source.id} source={source} connections={own} />
      ))}
      {shown.length === 0 && (
        <EmptyState
          icon={<SearchX size={22} />}
          title={t('dataSources.noMatch')}
          actions={
            <Button
              onPress={() => {
                setSearch('')
                setFilter('all')
              }}
            >
              {t('dataSources.showAll')}
            </Button>
          }
        >
          {t('dataSources.noMatchText')}
        </EmptyState>
      )}
    </>
  )
}
