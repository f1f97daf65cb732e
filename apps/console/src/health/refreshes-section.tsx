import type { Health } from '@wellhead/client'
import { useTranslation } from 'react-i18next'
import { localeOf } from '../texts/languages.ts'
import { type Bar, BarChart } from './bar-chart.tsx'
import { Nothing, Section } from './section.tsx'

/** How refreshes went, by the hour. */
export function RefreshesSection({ health }: { health: Health }) {
  const { t, i18n } = useTranslation()
  const { hours } = health.refreshes
  const total = (what: 'refreshed' | 'degraded' | 'needs_reauthorization') =>
    hours.reduce((sum, hour) => sum + hour[what], 0)
  const [refreshed, degraded, lost] = [total('refreshed'), total('degraded'), total('needs_reauthorization')]
  const clock = (at: Date) => at.toLocaleTimeString(localeOf(i18n.language), { hour: '2-digit', minute: '2-digit' })
  const summary = t('health.refreshes.summary', { refreshed, degraded, lost })
  return (
    <Section title={t('health.refreshes.title')} text={t('health.refreshes.text')} wide>
      {refreshed + degraded + lost === 0 ? (
        <Nothing>{t('health.refreshes.none')}</Nothing>
      ) : (
        <BarChart
          title={t('health.refreshes.title')}
          summary={summary}
          column={t('health.refreshes.hour')}
          series={[
            { label: t('health.refreshes.refreshed'), look: 'accent' },
            { label: t('health.refreshes.degraded'), look: 'warn' },
            { label: t('health.refreshes.lost'), look: 'bad' },
          ]}
          bars={hours.map((hour, index): Bar => {
            const from = new Date(hour.from)
            return {
              label: `${clock(from)} – ${clock(new Date(from.getTime() + 3_600_000))}`,
              values: [hour.refreshed, hour.degraded, hour.needs_reauthorization],
              ...(index % 8 === 0 || index === hours.length - 1 ? { tick: clock(from) } : {}),
            }
          })}
        />
      )}
    </Section>
  )
}
