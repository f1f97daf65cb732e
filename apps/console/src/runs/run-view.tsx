import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { Run } from '@wellhead/client'
import { useEffectEvent, useLayoutEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { api, isProblem } from '../api/client.ts'
import { runQuery } from '../api/queries.ts'
import { useWords } from '../texts/words.ts'
import { Button } from '../ui/button.tsx'
import { Notice } from '../ui/notice.tsx'
import { ProgressBar } from '../ui/progress-bar.tsx'
import { ErrorState } from '../ui/states.tsx'
import { DocumentItem } from './document-item.tsx'
import styles from './run-view.module.css'
import { isOver, useDocuments, useRun } from './use-run.ts'

/** What is shown of many at first, and more each time. */
const STEP = 20
const WARNINGS = 10

/** A run: how far it is, a way to stop it, and what it has read. */
export function RunView({ begun }: { begun: Run }) {
  const { t } = useTranslation()
  const wordsOf = useWords()
  const run = useRun(begun)
  const [most, setMost] = useState(STEP)
  const { documents, error } = useDocuments(run, most)
  const { completed, total } = run.progress
  const status = useRef<HTMLParagraphElement>(null)
  return (
    <div className={styles.run}>
      <div className={styles.head}>
        <p ref={status} role="status" tabIndex={-1} className={styles.status}>
          <strong>{t(`runs.statuses.${run.status}`)}</strong>
          {': '}
          {t('runs.documents', { count: run.document_count })}
          {!isOver(run) && completed > 0 && (
            <span className={styles.quiet}>
              {' · '}
              {total === null ? t('runs.progressSoFar', { completed }) : t('runs.progressOf', { completed, total })}
            </span>
          )}
        </p>
        {!isOver(run) && <CancelButton run={run} onGone={() => status.current?.focus()} />}
      </div>
      {!isOver(run) && <ProgressBar label={t('runs.progress')} value={completed} total={total} />}
      {run.error && (
        <Notice look="bad" role="alert">
          {wordsOf(run.error)}
        </Notice>
      )}
      {run.warnings.length > 0 && (
        <Notice look="warn">
          <ul>
            {run.warnings.slice(0, WARNINGS).map((warning) => (
              <li key={warning}>{warning}</li>
            ))}
          </ul>
        </Notice>
      )}
      {documents.length > 0 && (
        <ol className={styles.documents} aria-label={t('runs.list')}>
          {documents.map((document) => (
            <li key={document.id}>
              <DocumentItem document={document} />
            </li>
          ))}
        </ol>
      )}
      {error && <ErrorState error={error} />}
      {run.document_count > most && (
        <div>
          <Button size="small" onPress={() => setMost(most + STEP)}>
            {t('runs.showMore')}
          </Button>
        </div>
      )}
    </div>
  )
}

/** `onGone`: it had the focus when the run was over. */
function CancelButton({ run, onGone }: { run: Run; onGone: () => void }) {
  const { t } = useTranslation()
  const queries = useQueryClient()
  const { mutate, isPending } = useMutation({
    mutationFn: () => api.runs.cancel({ params: { id: run.id } }),
    onSuccess: (cancelled) => queries.setQueryData(runQuery(run.id).queryKey, cancelled),
    onError: (error) => {
      // It was faster.
      if (isProblem(error, 'run_finished')) void queries.invalidateQueries({ queryKey: runQuery(run.id).queryKey })
    },
  })
  const button = useRef<HTMLButtonElement>(null)
  const leave = useEffectEvent(onGone)
  useLayoutEffect(() => {
    const own = button.current
    return () => {
      if (own === document.activeElement) leave()
    }
  }, [])
  return (
    <Button ref={button} size="small" busy={isPending && t('runs.cancelling')} onPress={() => mutate()}>
      {t('runs.cancel')}
    </Button>
  )
}
