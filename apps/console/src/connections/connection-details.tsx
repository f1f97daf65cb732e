import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { Connection, DataSource } from '@wellhead/client'
import { type ReactNode, useId } from 'react'
import { Trans, useTranslation } from 'react-i18next'
import { membersQuery } from '../api/queries.ts'
import { useSession } from '../app/session.tsx'
import { oauthOf } from '../data-sources/auth-method.ts'
import { Avatar } from '../ui/avatar.tsx'
import { Time } from '../ui/time.tsx'
import styles from './connection-details.module.css'
import { settingFacts } from './setting-facts.ts'

/** What a connection is: whose account, by which way, what it may do, who may use it, and what uses it. */
export function ConnectionDetails({ connection, source }: { connection: Connection; source: DataSource | undefined }) {
  const { t } = useTranslation()
  return (
    <div className={styles.card}>
      <Part title={t('connectionPage.sections.details')}>
        <Facts connection={connection} />
      </Part>
      {connection.method === 'oauth2' && (
        <Part title={t('connectionPage.sections.scopes')}>
          <Scopes connection={connection} source={source} />
        </Part>
      )}
      <Settings connection={connection} source={source} />
      <Part title={t('connectionPage.sections.access')}>
        <Access connection={connection} />
      </Part>
      <Part title={t('connectionPage.sections.pipelines')}>
        <Pipelines connection={connection} />
      </Part>
    </div>
  )
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  const id = useId()
  return (
    <section aria-labelledby={id} className={styles.part}>
      <h2 id={id} className={styles.title}>
        {title}
      </h2>
      {children}
    </section>
  )
}

function Pairs({ pairs }: { pairs: readonly (readonly [string, ReactNode])[] }) {
  return (
    <dl className={styles.pairs}>
      {pairs.map(([term, value]) => (
        <div key={term}>
          <dt>{term}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  )
}

function Facts({ connection }: { connection: Connection }) {
  const { t } = useTranslation()
  const nameOf = useMemberName()
  const { account, method, client, key_hint, expires_at, generation } = connection
  const isOAuth = method === 'oauth2'
  const pairs: (readonly [string, ReactNode])[] = [
    [
      t('connectionPage.facts.account'),
      account ? (
        <span className={styles.account}>
          <Avatar name={account.name} url={account.avatar_url} size={24} />
          {account.name}
        </span>
      ) : (
        t('connectionPage.accountUnknown')
      ),
    ],
    [t('connections.facts.method'), t(`connections.methods.${method}`)],
  ]
  if (key_hint) pairs.push([t('connectionPage.facts.key'), t('connectionPage.keyEnding', { hint: key_hint })])
  if (client) pairs.push([t('connectionPage.facts.client'), t(`connectionPage.clients.${client.kind}`)])
  if (isOAuth)
    pairs.push(
      [t('connections.facts.expires'), expires_at ? <Time at={expires_at} /> : t('connectionPage.noExpiry')],
      [
        t('connections.facts.refreshed'),
        connection.last_refreshed_at ? <Time at={connection.last_refreshed_at} /> : t('connections.neverUsed'),
      ],
      [t('connectionPage.facts.generation'), generation],
    )
  pairs.push(
    [
      t('connections.facts.used'),
      connection.last_used_at ? <Time at={connection.last_used_at} /> : t('connections.neverUsed'),
    ],
    [
      t('connectionPage.facts.created'),
      <Trans
        key="created"
        i18nKey="connectionPage.createdBy"
        values={{ name: nameOf(connection.created_by) }}
        components={{ at: <Time at={connection.created_at} /> }}
        t={t}
      />,
    ],
  )
  return <Pairs pairs={pairs} />
}

function Scopes({ connection, source }: { connection: Connection; source: DataSource | undefined }) {
  const { t } = useTranslation()
  const consent = source && oauthOf(source)?.consent
  return (
    <>
      {consent && <p>{consent}</p>}
      {connection.scopes.length === 0 ? (
        <p className={styles.quiet}>{t('connectionPage.scopesNone')}</p>
      ) : (
        <ul className={styles.scopes}>
          {connection.scopes.map((scope) => (
            <li key={scope}>
              <code>{scope}</code>
            </li>
          ))}
        </ul>
      )}
    </>
  )
}

function Settings({ connection, source }: { connection: Connection; source: DataSource | undefined }) {
  const { t } = useTranslation()
  const facts = settingFacts(source?.settings_schema ?? null, connection.settings)
  if (facts.length === 0) return null
  const said = (value: unknown) =>
    value === undefined || value === ''
      ? t('connectionPage.notSet')
      : typeof value === 'boolean'
        ? t(value ? 'connectionPage.yes' : 'connectionPage.no')
        : String(value)
  return (
    <Part title={t('connectionPage.sections.settings')}>
      <Pairs pairs={facts.map(({ label, value }) => [label, said(value)])} />
    </Part>
  )
}

function Access({ connection }: { connection: Connection }) {
  const { t } = useTranslation()
  const { user } = useSession()
  const nameOf = useMemberName()
  const { visibility, created_by, member_ids } = connection
  if (visibility === 'workspace') return <p>{t('connectionPage.access.workspace')}</p>
  if (visibility === 'only_me')
    return (
      <p>
        {created_by === user.id
          ? t('connectionPage.access.onlyYou')
          : t('connectionPage.access.only_me', { name: nameOf(created_by) })}
      </p>
    )
  return (
    <>
      <p>{t('connectionPage.access.members')}</p>
      <ul className={styles.members}>
        {[created_by, ...member_ids.filter((id) => id !== created_by)].map((id) => (
          <li key={id}>
            <Avatar name={nameOf(id)} size={24} />
            <span>
              {nameOf(id)}
              {id === created_by && <span className={styles.quiet}> ({t('connectionPage.access.maker')})</span>}
            </span>
          </li>
        ))}
      </ul>
    </>
  )
}

function Pipelines({ connection }: { connection: Connection }) {
  const { t } = useTranslation()
  const { pipelines = [] } = connection
  return (
    <>
      {pipelines.length === 0 ? (
        <p>{t('connectionPage.pipelines.none')}</p>
      ) : (
        <ul className={styles.uses}>
          {pipelines.map((use) => (
            <li key={`${use.id} ${use.node_id}`}>
              <Link to="/pipelines/$pipelineId" params={{ pipelineId: use.id }}>
                {use.name}
              </Link>
              <span className={styles.quiet}>{t('connectionPage.pipelines.node', { title: use.node_title })}</span>
            </li>
          ))}
        </ul>
      )}
      {connection.default && <p className={styles.quiet}>{t('connectionPage.pipelines.default')}</p>}
    </>
  )
}

/** What a member is called; "you" for the reader. */
function useMemberName(): (userId: string) => string {
  const { t } = useTranslation()
  const { user } = useSession()
  const { data: members } = useQuery(membersQuery)
  return (userId) =>
    userId === user.id
      ? t('connectionPage.you')
      : (members?.find(({ user_id }) => user_id === userId)?.name ?? t('connectionPage.somebody'))
}
