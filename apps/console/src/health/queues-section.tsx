import type { Health } from '@wellhead/client'
import { useTranslation } from 'react-i18next'
import { localeOf } from '../texts/languages.ts'
import { Notice } from '../ui/notice.tsx'
import styles from './queues-section.module.css'
import { Section } from './section.tsx'

const names = ['interactive', 'refresh-on-demand', 'refresh-background', 'runs'] as const
const states = ['waiting', 'active', 'delayed', 'failed'] as const

/** The jobs of the installation. */
export function QueuesSection({ health }: { health: Health }) {
  const { t, i18n } = useTranslation()
  const { queue } = health
  return (
    <Section title={t('health.queues.title')} text={t('health.queues.text')}>
      {queue === null ? (
        <Notice look="bad">{t('health.queues.away')}</Notice>
      ) : (
        <table className={styles.table}>
          <caption className="unseen">{t('health.queues.title')}</caption>
          <thead>
            <tr>
              <th scope="col">{t('health.queues.queue')}</th>
              {states.map((state) => (
                <th key={state} scope="col">
                  {t(`health.queues.states.${state}`)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {names.map((name) => (
              <tr key={name}>
                <th scope="row">{t(`health.queues.names.${name}`)}</th>
                {states.map((state) => {
                  const jobs = queue.find((one) => one.name === name && one.state === state)?.jobs ?? 0
                  return (
                    <td key={state} className={jobs === 0 ? styles.none : undefined}>
                      {jobs.toLocaleString(localeOf(i18n.language))}
                    </td>
                  )
                })}
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Section>
  )
}
