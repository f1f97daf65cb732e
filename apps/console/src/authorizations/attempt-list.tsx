import { useQuery } from '@tanstack/react-query'
import type { Connection, DataSource } from '@wellhead/client'
import { useRef } from 'react'
import { useTranslation } from 'react-i18next'
import { connectionsQuery } from '../api/queries.ts'
import { useWords } from '../texts/words.ts'
import { Button } from '../ui/button.tsx'
import { Notice } from '../ui/notice.tsx'
import { useProblemText } from '../ui/problem-text.ts'
import { toast } from '../ui/toast.tsx'
import styles from './attempt-list.module.css'
import { type Attempt, goOn, isOpen, openWindow } from './attempts.ts'
import { useAttemptList, useAttempts, useAuthorize } from './provider.tsx'

/** The attempts to connect a source, or to authorize one connection again, that are under way or came to nothing; each with a way on. */
export function AttemptList({ source, connection }: { source: DataSource; connection?: Connection }) {
  const { t } = useTranslation()
  const list = useRef<HTMLUListElement>(null)
  const own = useAttemptList().filter(
    ({ dataSource, status, connectionId }) =>
      dataSource === source.id &&
      status !== 'completed' &&
      (connection === undefined || connectionId === connection.id),
  )
  return (
    // Always there: what appears in it is read out, and it takes the focus of what is gone from it.
    <ul
      ref={list}
      tabIndex={-1}
      className={styles.list}
      aria-label={t('authorizations.list', { source: source.name })}
      aria-live="polite"
    >
      {own.map((attempt) => (
        <li key={attempt.id}>
          <AttemptNotice source={source} attempt={attempt} onGone={() => list.current?.focus()} />
        </li>
      ))}
    </ul>
  )
}

function AttemptNotice(props: { source: DataSource; attempt: Attempt; onGone: () => void }) {
  const { source, attempt, onGone } = props
  const { t } = useTranslation()
  const attempts = useAttempts()
  const authorize = useAuthorize(source)
  const textOf = useProblemText()
  const wordsOf = useWords()
  const { data: connections } = useQuery(connectionsQuery)
  const of = attempt.name ?? source.name

  function forget() {
    attempts.forget(attempt.id)
    onGone()
  }

  async function tryAgain() {
    const connection = attempt.again ? connections?.find(({ id }) => id === attempt.connectionId) : undefined
    try {
      await authorize(connection ? { connection } : attempt.name === null ? {} : { name: attempt.name })
      forget()
    } catch (error) {
      toast(textOf(error), 'bad')
    }
  }

  const status = attempt.status === 'completed' ? 'exchanging' : attempt.status
  return (
    <Notice
      look={isOpen(attempt) ? 'quiet' : 'bad'}
      actions={
        <>
          {attempt.status === 'pending' && (
            <Button
              size="small"
              of={of}
              onPress={() => goOn(attempt, openWindow(t('authorizations.opening', { source: source.name })))}
            >
              {t('authorizations.openAgain')}
            </Button>
          )}
          {!isOpen(attempt) && (
            <Button size="small" of={of} onPress={() => void tryAgain()}>
              {t('authorizations.tryAgain')}
            </Button>
          )}
          <Button size="small" look="bare" of={of} onPress={forget}>
            {isOpen(attempt) ? t('authorizations.stop') : t('authorizations.dismiss')}
          </Button>
        </>
      }
    >
      {attempt.name !== null && <strong>{attempt.name}: </strong>}
      {attempt.error ? wordsOf(attempt.error) : t(`authorizations.statuses.${status}`, { source: source.name })}
    </Notice>
  )
}
