import { useQuery } from '@tanstack/react-query'
import type { ApiToken } from '@wellhead/client'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { membersQuery } from '../api/queries.ts'
import { useSession } from '../app/session.tsx'
import { Button } from '../ui/button.tsx'
import { Time } from '../ui/time.tsx'
import { RevokeDialog } from './revoke-dialog.tsx'
import styles from './tokens-page.module.css'

export function TokenRow({ token }: { token: ApiToken }) {
  const { t } = useTranslation()
  const { user } = useSession()
  const { data: members } = useQuery({ ...membersQuery, enabled: token.user_id !== user.id })
  const [isRevoking, setRevoking] = useState(false)
  const maker = members?.find(({ user_id }) => user_id === token.user_id)?.name
  const facts: [string, ReactNode][] = [
    [t('tokens.created'), <Time key="created" at={token.created_at} />],
    [t('tokens.used'), token.last_used_at ? <Time key="used" at={token.last_used_at} /> : t('tokens.never')],
    [t('tokens.endsAt'), token.expires_at ? <Time key="ends" at={token.expires_at} /> : t('tokens.never')],
  ]
  return (
    <div className={styles.row}>
      <div className={styles.what}>
        <span>
          <strong>{token.name}</strong> <span className={styles.quiet}>{t('tokens.ending', { hint: token.hint })}</span>
        </span>
        {maker && <span className={styles.quiet}>{t('tokens.by', { name: maker })}</span>}
        <span className={styles.scopes}>
          {token.scopes.map((scope) => (
            <code key={scope}>{scope}</code>
          ))}
        </span>
        <dl className={styles.facts}>
          {facts.map(([term, value]) => (
            <div key={term}>
              <dt>{term}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
      </div>
      <Button size="small" look="bare" of={token.name} onPress={() => setRevoking(true)}>
        {t('tokens.revoke')}
      </Button>
      {isRevoking && <RevokeDialog token={token} onClose={() => setRevoking(false)} />}
    </div>
  )
}
