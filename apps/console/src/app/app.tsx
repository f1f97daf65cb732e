import { QueryClientProvider, useQuery, useQueryClient } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import type { i18n as I18n } from 'i18next'
import { lazy, Suspense, useEffect, useState } from 'react'
import { I18nProvider } from 'react-aria-components/I18nProvider'
import { I18nextProvider, useTranslation } from 'react-i18next'
import { onSignedOut } from '../api/client.ts'
import { sessionQuery } from '../api/queries.ts'
import { createQueryClient } from '../api/query-client.ts'
import { AttemptsProvider } from '../authorizations/provider.tsx'
import { Announcements } from '../ui/announcements.tsx'
import { ErrorState } from '../ui/states.tsx'
import { Toasts } from '../ui/toast.tsx'
import { Crash } from './crash.tsx'
import { LiveProvider } from './live.tsx'
import { router } from './router.tsx'
import { SessionProvider } from './session.tsx'
import styles from './shell.module.css'

const SignIn = lazy(async () => ({ default: (await import('../sign-in/sign-in.tsx')).SignIn }))

export function App({ i18n }: { i18n: I18n }) {
  const [queries] = useState(createQueryClient)
  return (
    <I18nextProvider i18n={i18n}>
      <InLanguage>
        <QueryClientProvider client={queries}>
          <Crash>
            <Entrance />
          </Crash>
          <Toasts />
          <Announcements />
        </QueryClientProvider>
      </InLanguage>
    </I18nextProvider>
  )
}

/** The library's own words and formats follow the page's language. */
function InLanguage({ children }: { children: React.ReactNode }) {
  const { i18n } = useTranslation()
  return <I18nProvider locale={i18n.language}>{children}</I18nProvider>
}

/** The page for who is signed in; for others the sign-in, at the same address. */
function Entrance() {
  const queries = useQueryClient()
  const { data: session, error, refetch } = useQuery(sessionQuery)
  const [ended, setEnded] = useState(false)

  useEffect(
    () =>
      onSignedOut(() => {
        if (queries.getQueryData(sessionQuery.queryKey)) setEnded(true)
        // From here on nothing of the former session is shown.
        void queries.cancelQueries()
        queries.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== sessionQuery.queryKey[0] })
        queries.setQueryData(sessionQuery.queryKey, null)
      }),
    [queries],
  )

  if (session === undefined) return error === null ? null : <Trouble error={error} onAgain={() => void refetch()} />
  if (session === null)
    return (
      <Suspense>
        <SignIn hasEnded={ended} />
      </Suspense>
    )
  return (
    <SessionProvider session={session}>
      <LiveProvider>
        <AttemptsProvider>
          <RouterProvider router={router} />
        </AttemptsProvider>
      </LiveProvider>
    </SessionProvider>
  )
}

function Trouble({ error, onAgain }: { error: Error; onAgain: () => void }) {
  const { t } = useTranslation()
  return (
    <main className={styles.alone}>
      <h1>{t('app.unreachable')}</h1>
      <ErrorState error={error} onAgain={onAgain} />
    </main>
  )
}
