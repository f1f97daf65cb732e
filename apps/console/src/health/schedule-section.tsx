import type { Health } from '@wellhead/client'
import { useTranslation } from 'react-i18next'
import { localeOf } from '../texts/languages.ts'
import { Notice } from '../ui/notice.tsx'
import { BarChart } from './bar-chart.tsx'
import { Nothing, Section } from './section.tsx'

/** When tokens are refreshed next. */
export function ScheduleSection({ health }: { health: Health }) {
  const { t, i18n } = useTranslation()
  const { bucket_minutes: minutes, due, later, overdue } = health.refreshes.schedule
  const soon = due.reduce((sum, count) => sum + count, 0)
  const hours = (count: number) =>
    (count / 60).toLocaleString(localeOf(i18n.language), { style: 'unit', unit: 'hour', unitDisplay: 'long' })
  const within = hours(minutes * due.length)
  const summary = [
    t('health.schedule.summary', { count: soon, within }),
    ...(later > 0 ? [t('health.schedule.later', { count: later })] : []),
  ].join(' ')
  return (
    <Section title={t('health.schedule.title')} text={t('health.schedule.text')}>
      {overdue > 0 && (
        <Notice look="warn">
          {t('health.schedule.overdue', { count: overdue })} {t('health.schedule.overdueHint')}
        </Notice>
      )}
      {soon + later === 0 ? (
        overdue === 0 && <Nothing>{t('health.schedule.none')}</Nothing>
      ) : (
        <>
          <p>{summary}</p>
          <BarChart
            title={t('health.schedule.title')}
            summary={summary}
            column={t('health.schedule.from')}
            series={[{ label: t('health.schedule.due'), look: 'accent' }]}
            bars={due.map((count, index) => ({
              label: t('health.schedule.bucket', { from: hours(index * minutes), to: hours((index + 1) * minutes) }),
              values: [count],
              ...(index === 0
                ? { tick: t('health.schedule.now') }
                : (index * minutes) % 120 === 0
                  ? { tick: `+${hours(index * minutes)}` }
                  : {}),
            }))}
          />
        </>
      )}
    </Section>
  )
}
