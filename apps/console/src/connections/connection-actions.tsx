import type { Connection, DataSource } from '@wellhead/client'
import {
  Ellipsis,
  FlaskConical,
  History,
  KeyRound,
  Pencil,
  RefreshCw,
  Star,
  Trash2,
  UserRoundCheck,
  Users,
} from 'lucide-react'
import { lazy, Suspense, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { mayManage, useSession } from '../app/session.tsx'
import { Button, IconButton } from '../ui/button.tsx'
import { Menu, MenuItem, MenuSection } from '../ui/menu.tsx'
import { isUsable } from './status-badge.tsx'
import { useWork } from './use-work.ts'

export type ConnectionDialog = 'run' | 'authorize' | 'key' | 'rename' | 'visibility' | 'delete' | 'client' | 'risk'

// Loaded when one is opened.
const ConnectionDialogs = lazy(async () => ({ default: (await import('./connection-dialogs.tsx')).ConnectionDialogs }))

/** What can be done with a connection: what is needed now as a button, the rest in a menu. */
export function ConnectionActions({
  source,
  connection,
  isOwnPage = false,
}: {
  source: DataSource
  connection: Connection
  /** On the connection's own page. */
  isOwnPage?: boolean
}) {
  const { t } = useTranslation()
  const session = useSession()
  const [dialog, setDialog] = useState<ConnectionDialog | null>(null)
  const { work, inHand } = useWork(connection, () => setDialog('risk'))
  const { name, status, method } = connection
  const manages = mayManage(session, connection)
  const usable = isUsable(connection)
  if (status === 'deleting') return null
  return (
    <>
      {inHand !== null && inHand !== 'default' && (
        <Button
          size="small"
          busy={t(inHand === 'test' ? 'connections.actions.testing' : 'connections.actions.refreshing')}
        >
          {t(inHand === 'test' ? 'connections.actions.test' : 'connections.actions.refresh')}
        </Button>
      )}
      {manages && status === 'needs_reauthorization' && (
        <Button size="small" look="primary" of={name} onPress={() => setDialog('authorize')}>
          {t('connections.actions.authorize')}
        </Button>
      )}
      {manages && status === 'invalid' && (
        <Button size="small" look="primary" of={name} onPress={() => setDialog('key')}>
          {t('connections.actions.replaceKey')}
        </Button>
      )}
      {usable && (
        <Button size="small" of={name} onPress={() => setDialog('run')}>
          {t('connections.actions.run')}
        </Button>
      )}
      {manages && (
        <Menu
          aria-label={`${t('connections.actions.label')}: ${name}`}
          trigger={
            <IconButton label={`${t('connections.actions.label')}: ${name}`} size="small" look="plain">
              <Ellipsis size={16} aria-hidden="true" />
            </IconButton>
          }
        >
          {!isOwnPage && (
            <MenuItem icon={<History size={16} />} href={`/connections/${connection.id}`}>
              {t('connections.actions.details')}
            </MenuItem>
          )}
          <MenuSection title={t('connections.facts.method')}>
            {status !== 'needs_reauthorization' && (
              <MenuItem icon={<FlaskConical size={16} />} onAction={() => work('test')}>
                {t('connections.actions.test')}
              </MenuItem>
            )}
            {method === 'oauth2' && usable && (
              <MenuItem icon={<RefreshCw size={16} />} onAction={() => work('refresh')}>
                {t('connections.actions.refresh')}
              </MenuItem>
            )}
            {method === 'oauth2' && (
              <MenuItem icon={<UserRoundCheck size={16} />} onAction={() => setDialog('authorize')}>
                {t('connections.actions.authorize')}
              </MenuItem>
            )}
            {method === 'api_key' && (
              <MenuItem icon={<KeyRound size={16} />} onAction={() => setDialog('key')}>
                {t('connections.actions.replaceKey')}
              </MenuItem>
            )}
          </MenuSection>
          <MenuSection title={t('connections.title')}>
            <MenuItem icon={<Pencil size={16} />} onAction={() => setDialog('rename')}>
              {t('connections.actions.rename')}
            </MenuItem>
            {!connection.default && (
              <MenuItem icon={<Star size={16} />} onAction={() => work('default')}>
                {t('connections.actions.makeDefault')}
              </MenuItem>
            )}
            <MenuItem icon={<Users size={16} />} onAction={() => setDialog('visibility')}>
              {t('connections.actions.visibility')}
            </MenuItem>
            <MenuItem icon={<Trash2 size={16} />} look="danger" onAction={() => setDialog('delete')}>
              {t('connections.actions.delete')}
            </MenuItem>
          </MenuSection>
        </Menu>
      )}
      {dialog !== null && (
        <Suspense>
          <ConnectionDialogs
            source={source}
            connection={connection}
            dialog={dialog}
            onDialog={setDialog}
            onWork={work}
          />
        </Suspense>
      )}
    </>
  )
}
