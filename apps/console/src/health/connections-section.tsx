import { Link } from '@tanstack/react-router'
import type { Health } from '@wellhead/client'
import { useTranslation } from 'react-i18next'
import { Nothing, Section } from './section.tsx'
import { type Share, ShareBar } from './share-bar.tsx'

/** In the order in which they are shown. */
const looks = {
  active: 'good',
  degraded: 'warn',
  needs_reauthorization: 'bad',
  invalid: 'bad',
  pending: 'quiet',
  deleting: 'quiet',
} as const satisfies Record<keyof Health['connections']['by_status'], Share['look']>

export function ConnectionsSection({ health }: { health: Health }) {
  const { t } = useTranslation()
  const { by_status: of } = health.connections
  return (
    <Section title={t('health.connections.title')}>
      {Object.values(of).every((count) => count === 0) ? (
        <Nothing>
          {t('health.connections.none')} <Link to="/settings/data-sources">{t('health.connections.action')}</Link>
        </Nothing>
      ) : (
        <ShareBar
          label={t('health.connections.title')}
          shares={(Object.keys(looks) as (keyof typeof looks)[]).map((status) => ({
            key: status,
            label: t(`connections.statuses.${status}`),
            value: of[status],
            look: looks[status],
          }))}
        />
      )}
    </Section>
  )
}
