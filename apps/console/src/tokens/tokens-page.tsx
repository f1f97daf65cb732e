import { useQuery } from '@tanstack/react-query'
import { KeyRound, Plus } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { tokensQuery } from '../api/queries.ts'
import { Button } from '../ui/button.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { EmptyState, ErrorState, Skeleton } from '../ui/states.tsx'
import { MakeTokenDialog } from './make-token-dialog.tsx'
import { TokenRow } from './token-row.tsx'
import styles from './tokens-page.module.css'

/** Settings > API Tokens: one's own; an owner sees all of the workspace. */
export function TokensPage() {
  const { t } = useTranslation()
  const { data: tokens, error, refetch } = useQuery(tokensQuery)
  const [isMaking, setMaking] = useState(false)
  return (
    <>
      <PageHeader
        title={t('tokens.title')}
        actions={
          <Button look="primary" onPress={() => setMaking(true)}>
            <Plus size={16} aria-hidden="true" />
            {t('tokens.make')}
          </Button>
        }
      >
        {t('tokens.lead')}
      </PageHeader>
      {tokens ? (
        tokens.length > 0 ? (
          <ul className={styles.list} aria-label={t('tokens.list')}>
            {tokens.map((token) => (
              <li key={token.id} aria-label={token.name}>
                <TokenRow token={token} />
              </li>
            ))}
          </ul>
        ) : (
          <EmptyState icon={<KeyRound size={22} />} title={t('tokens.none')}>
            {t('tokens.noneText')}
          </EmptyState>
        )
      ) : error ? (
        <ErrorState error={error} onAgain={() => void refetch()} />
      ) : (
        <Skeleton lines={4} />
      )}
      {isMaking && <MakeTokenDialog onClose={() => setMaking(false)} />}
    </>
  )
}
