import { useMutation } from '@tanstack/react-query'
import type { Connection, DataSource, PipelineNode } from '@wellhead/client'
import { Plus, X } from 'lucide-react'
import { useId, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { mayManage, useSession } from '../../app/session.tsx'
import { AttemptList } from '../../authorizations/attempt-list.tsx'
import { ConnectionActions } from '../../connections/connection-actions.tsx'
import { ConnectionTrouble } from '../../connections/connection-row.tsx'
import { isUsable, StatusBadge } from '../../connections/status-badge.tsx'
import { ConnectWays, useConnect } from '../../data-sources/connect.tsx'
import { Avatar } from '../../ui/avatar.tsx'
import { Badge } from '../../ui/badge.tsx'
import { Button } from '../../ui/button.tsx'
import { Notice } from '../../ui/notice.tsx'
import { Select } from '../../ui/select.tsx'
import { ErrorState } from '../../ui/states.tsx'
import styles from './node-panel.module.css'

/** In the selector: no connection is chosen, so the default is used. */
const DEFAULT = 'default'

/** Which connection a node is run with; where none will do, the way to one, right here. */
export function ConnectionSection({
  source,
  node,
  connections,
  connection,
  chosen,
  onUse,
}: {
  source: DataSource
  node: PipelineNode
  /** Those to this source that the member may use. */
  connections: readonly Connection[]
  /** The one that a run would use. */
  connection: Connection | undefined
  /** Whether it was chosen, and is not only the default. */
  chosen: boolean
  onUse: (id: string | null) => Promise<void>
}) {
  const { t } = useTranslation()
  const heading = useRef<HTMLHeadingElement>(null)
  const id = useId()
  const [isAdding, setAdding] = useState(false)
  const { mutate, error } = useMutation({ mutationFn: onUse })
  // A key that is being checked is a connection already: the dialog outlives the buttons that opened it.
  const connecting = useConnect(source, connected)
  const isMissing = connections.length === 0

  function connected(connectionId: string) {
    setAdding(false)
    mutate(connectionId)
    // What was pressed is gone.
    heading.current?.focus()
  }

  return (
    <section className={styles.section} aria-labelledby={id}>
      <div className={styles.heading}>
        <h3 id={id} ref={heading} tabIndex={-1}>
          {t('pipelines.panel.connection.title')}
        </h3>
        {!isMissing && (
          <Button size="small" look="bare" aria-expanded={isAdding} onPress={() => setAdding(!isAdding)}>
            {isAdding ? <X size={15} aria-hidden="true" /> : <Plus size={15} aria-hidden="true" />}
            {isAdding ? t('ui.cancel') : t('pipelines.panel.connection.add')}
          </Button>
        )}
      </div>
      {isMissing ? (
        node.authorization !== 'hidden' && (
          <p className={styles.quiet}>{t('pipelines.panel.connection.missing', { source: source.name })}</p>
        )
      ) : (
        <Selector
          connections={connections}
          value={chosen ? (connection?.id ?? null) : connection ? DEFAULT : null}
          onChange={(value) => mutate(value === DEFAULT ? null : value)}
        />
      )}
      {error && <ErrorState error={error} />}
      {node.authorization === 'hidden' && connection === undefined && (
        <Notice look="warn">
          {t(isMissing ? 'pipelines.panel.connection.hiddenOnly' : 'pipelines.panel.connection.hidden')}
        </Notice>
      )}
      {node.authorization === 'ambiguous' && connection === undefined && (
        <Notice look="warn">{t('pipelines.panel.connection.ambiguous')}</Notice>
      )}
      {connection && <Trouble source={source} connection={connection} />}
      {(isMissing || isAdding) && <ConnectWays source={source} onChoose={connecting.open} />}
      <AttemptList source={source} />
      {connecting.dialog}
    </section>
  )
}

/** What a run takes when none is chosen. */
export const defaultOf = (connections: readonly Connection[]) =>
  connections.find((one) => one.default) ?? (connections.length === 1 ? connections[0] : undefined)

function Selector({
  connections,
  value,
  onChange,
}: {
  connections: readonly Connection[]
  value: string | null
  onChange: (value: string) => void
}) {
  const { t } = useTranslation()
  const fallback = defaultOf(connections)
  return (
    <Select
      label={t('pipelines.panel.connection.label')}
      isLabelShown={false}
      value={value}
      placeholder={t('pipelines.panel.connection.choose')}
      onChange={onChange}
      options={[
        {
          value: DEFAULT,
          label: fallback
            ? t('pipelines.panel.connection.default', { name: fallback.name })
            : t('pipelines.panel.connection.noDefault'),
          content: fallback ? (
            <Option connection={fallback} isDefault />
          ) : (
            <span className={styles.quiet}>{t('pipelines.panel.connection.noDefault')}</span>
          ),
        },
        ...connections.map((one) => ({ value: one.id, label: one.name, content: <Option connection={one} /> })),
      ]}
    />
  )
}

function Option({ connection, isDefault = false }: { connection: Connection; isDefault?: boolean }) {
  const { t } = useTranslation()
  const { name, account, status } = connection
  return (
    <span className={styles.option}>
      <Avatar name={account?.name ?? name} url={account?.avatar_url} size={24} />
      <span className={styles.optionText}>
        <span>{name}</span>
        {(isDefault || (account && account.name !== name)) && (
          <span className={styles.account}>
            {isDefault ? t('pipelines.panel.connection.isDefault') : account?.name}
          </span>
        )}
      </span>
      {isDefault && status === 'active' ? (
        <Badge look="accent">{t('connections.default')}</Badge>
      ) : (
        <StatusBadge status={status} />
      )}
    </span>
  )
}

/** Why the connection cannot be used, and the way on. */
function Trouble({ source, connection }: { source: DataSource; connection: Connection }) {
  const { t } = useTranslation()
  const session = useSession()
  if (isUsable(connection) || connection.status === 'pending') return null
  return (
    <Notice look="bad" actions={<ConnectionActions source={source} connection={connection} />}>
      <ConnectionTrouble connection={connection} />
      {!mayManage(session, connection) && <p>{t('connections.notYours')}</p>}
    </Notice>
  )
}
