/** How a source is connected: the ways that it offers, and their dialogs. In a card's Configure, and in a pipeline node's panel. */
import type { Connection, DataSource } from '@wellhead/client'
import { KeyRound, Settings, UserRoundCheck } from 'lucide-react'
import { lazy, type ReactNode, Suspense, useEffect, useEffectEvent, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { mayConfigure, useSession } from '../app/session.tsx'
import { AttemptList } from '../authorizations/attempt-list.tsx'
import type { Attempt } from '../authorizations/attempts.ts'
import { useAttemptList } from '../authorizations/provider.tsx'
import { Button, IconButton } from '../ui/button.tsx'
import { apiKeyOf, oauthOf } from './auth-method.ts'
import styles from './connect.module.css'

// Loaded when they are opened.
const AddApiKeyDialog = lazy(async () => ({ default: (await import('./add-api-key-dialog.tsx')).AddApiKeyDialog }))
const AddOAuthDialog = lazy(async () => ({ default: (await import('./add-oauth-dialog.tsx')).AddOAuthDialog }))
const OAuthClientDialog = lazy(async () => ({ default: (await import('./oauth-client-dialog.tsx')).OAuthClientDialog }))

type Way = 'api_key' | 'oauth2' | 'client'

/** The ways to connect a source, in place: nobody has to leave for the settings. What is under way shows below them. */
export function Connect(props: {
  source: DataSource
  /** A connection was made here. By API key it may still be `pending`. */
  onConnected?: (connectionId: string) => void
}) {
  const { source, onConnected } = props
  const connecting = useConnect(source, onConnected)
  return (
    <div className={styles.place}>
      <ConnectWays source={source} onChoose={connecting.open} />
      <AttemptList source={source} />
      {connecting.dialog}
    </div>
  )
}

/** The buttons. */
export function ConnectWays({ source, onChoose }: { source: DataSource; onChoose: (way: Way) => void }) {
  const { t } = useTranslation()
  const session = useSession()
  const oauth = oauthOf(source)
  const apiKey = apiKeyOf(source)
  return (
    <div className={styles.ways}>
      {oauth && (
        <div className={styles.oauth}>
          <Button look="primary" of={source.name} onPress={() => onChoose('oauth2')}>
            <UserRoundCheck size={16} aria-hidden="true" />
            {t('dataSources.addOAuth')}
          </Button>
          {mayConfigure(session) && (
            <IconButton label={t('dataSources.clientSettings')} look="plain" onPress={() => onChoose('client')}>
              <Settings size={16} aria-hidden="true" />
            </IconButton>
          )}
        </div>
      )}
      {oauth && apiKey && <span className={styles.or}>{t('dataSources.or')}</span>}
      {apiKey && (
        <Button look={oauth ? 'plain' : 'primary'} of={source.name} onPress={() => onChoose('api_key')}>
          <KeyRound size={16} aria-hidden="true" />
          {t('dataSources.addApiKey')}
        </Button>
      )}
    </div>
  )
}

/** The dialogs of the ways to connect. `open` opens one; `dialog` is to be rendered where it outlives what opened it. */
export function useConnect(
  source: DataSource,
  onConnected?: (connectionId: string) => void,
): { open: (way: Way) => void; dialog: ReactNode } {
  const [way, setWay] = useState<Way | null>(null)
  const followed = useFollowed(onConnected)
  const close = () => setWay(null)
  const dialog = way && (
    <Suspense>
      {way === 'api_key' && (
        <AddApiKeyDialog source={source} onConnected={({ id }: Connection) => onConnected?.(id)} onClose={close} />
      )}
      {way === 'oauth2' && (
        <AddOAuthDialog source={source} onBegun={followed} onSettings={() => setWay('client')} onClose={close} />
      )}
      {way === 'client' && <OAuthClientDialog source={source} onBegun={followed} onClose={close} />}
    </Suspense>
  )
  return { open: setWay, dialog }
}

/** Tells of the attempts that were begun here when one is completed. */
function useFollowed(onConnected?: (connectionId: string) => void): (attempt: Attempt) => void {
  const begun = useRef(new Set<string>())
  const attempts = useAttemptList()
  const tell = useEffectEvent((connectionId: string) => onConnected?.(connectionId))
  useEffect(() => {
    for (const { id, status, connectionId } of attempts)
      if (status === 'completed' && connectionId !== null && begun.current.delete(id)) tell(connectionId)
  }, [attempts])
  return ({ id }) => begun.current.add(id)
}
