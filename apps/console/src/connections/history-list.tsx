import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query'
import type { Connection } from '@wellhead/client'
import { useEffect, useId, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import { historyQuery } from '../api/queries.ts'
import { useEvents } from '../app/live.tsx'
import { mayConfigure, useSession } from '../app/session.tsx'
import { Button } from '../ui/button.tsx'
import { ErrorState, Skeleton } from '../ui/states.tsx'
import { Time } from '../ui/time.tsx'
import styles from './history-list.module.css'
import { lookOf, useHistoryWords } from './history-words.ts'

/** What happened to a connection, newest first. It grows as things happen. */
export function HistoryList({ connection }: { connection: Connection }) {
  const { t } = useTranslation()
  const title = useId()
  const session = useSession()
  const words = useHistoryWords()
  const history = useInfiniteQuery({ ...historyQuery(connection.id), refetchOnMount: 'always' })
  useFollowed(connection)
  const entries = history.data?.pages.flatMap(({ items }) => items).filter(isTold)
  return (
    <section aria-labelledby={title} className={styles.card}>
      <h2 id={title} className={styles.title}>
        {t('connectionPage.sections.history')}
      </h2>
      {entries === undefined ? (
        history.error ? (
          <ErrorState error={history.error} onAgain={() => void history.refetch()} />
        ) : (
          <Skeleton lines={5} />
        )
      ) : entries.length === 0 && !history.hasNextPage ? (
        <p className={styles.quiet}>{t('connectionPage.history.none')}</p>
      ) : (
        <ol className={styles.entries} aria-labelledby={title}>
          {entries.map((entry) => {
            const { text, detail } = words(entry)
            const { look, Icon } = lookOf(entry)
            return (
              <li key={entry.id} className={styles.entry}>
                <span className={`${styles.icon} ${styles[look]}`} aria-hidden="true">
                  <Icon size={14} />
                </span>
                <div className={styles.what}>
                  <p>{text}</p>
                  {detail && <p className={styles.quiet}>{detail}</p>}
                </div>
                <span className={styles.when}>
                  <Time at={entry.at} />
                </span>
              </li>
            )
          })}
        </ol>
      )}
      {entries && history.isFetchNextPageError && <ErrorState error={history.error} />}
      {history.hasNextPage && (
        <div>
          <Button
            size="small"
            busy={history.isFetchingNextPage && t('connectionPage.history.loading')}
            onPress={() => void history.fetchNextPage()}
          >
            {t('connectionPage.history.more')}
          </Button>
        </div>
      )}
      {mayConfigure(session) && <p className={styles.quiet}>{t('connectionPage.history.reads')}</p>}
    </section>
  )
}

/** That it was connected by a key is told by who did it; the event says the same again. */
const isTold = ({ type, data }: { type: string; data: Record<string, unknown> }) =>
  !(type === 'connection.created' && data.method === 'api_key')

/** Read anew when something happened: by its events, and by what a change of it leaves on it. */
function useFollowed({ id, updated_at }: Connection): void {
  const queries = useQueryClient()
  const seen = useRef(updated_at)
  useEvents(({ connection_id, type }) => {
    if (connection_id === id && type !== 'run.progress')
      void queries.invalidateQueries({ queryKey: historyQuery(id).queryKey })
  })
  useEffect(() => {
    if (seen.current === updated_at) return
    seen.current = updated_at
    void queries.invalidateQueries({ queryKey: historyQuery(id).queryKey })
  }, [queries, id, updated_at])
}
