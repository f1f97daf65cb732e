import type { Health } from '@wellhead/client'
import { useTranslation } from 'react-i18next'
import { Nothing, Section } from './section.tsx'
import { type Share, ShareBar } from './share-bar.tsx'

/** In the order in which they are shown. */
const looks = {
  completed: 'good',
  failed: 'bad',
  cancelled: 'quiet',
  running: 'accent',
  queued: 'warn',
} as const satisfies Record<keyof Health['runs']['by_status'], Share['look']>

export function RunsSection({ health }: { health: Health }) {
  const { t } = useTranslation()
  const { by_status: of } = health.runs
  return (
    <Section title={t('health.runs.title')}>
      {Object.values(of).every((count) => count === 0) ? (
        <Nothing>{t('health.runs.none')}</Nothing>
      ) : (
        <ShareBar
          label={t('health.runs.title')}
          shares={(Object.keys(looks) as (keyof typeof looks)[]).map((status) => ({
            key: status,
            label: t(`runs.statuses.${status}`),
            value: of[status],
            look: looks[status],
          }))}
        />
      )}
    </Section>
  )
}
