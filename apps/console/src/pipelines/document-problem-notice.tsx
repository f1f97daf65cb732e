import { useTranslation } from 'react-i18next'
import { useFaultWords } from '../texts/words.ts'
import { Notice } from '../ui/notice.tsx'
import type { DocumentProblem } from './document-problem.ts'
import styles from './document-problem-notice.module.css'

const SHOWN = 12

/** Everything that is wrong with a document, each fault as a sentence with the place that it is about. */
export function DocumentProblemNotice({ problem }: { problem: DocumentProblem }) {
  const { t } = useTranslation()
  const wordsOf = useFaultWords()
  if (problem.kind === 'sources')
    return (
      <Notice look="bad" role="alert">
        <p className={styles.title}>{t('pipelines.faults.titleSources')}</p>
        <ul className={styles.faults}>
          {problem.nodes.map(({ title, names }, index) => (
            <li key={index}>{t('pipelines.faults.source', { title, names: names.join(t('pipelines.faults.or')) })}</li>
          ))}
        </ul>
        <p>{t('pipelines.faults.sourcesWay')}</p>
      </Notice>
    )
  const rest = problem.faults.length - SHOWN
  return (
    <Notice look="bad" role="alert">
      <p className={styles.title}>{t('pipelines.faults.title')}</p>
      <ul className={styles.faults}>
        {problem.faults.slice(0, SHOWN).map((fault, index) => (
          <li key={index}>
            {fault.path === '' ? t('pipelines.faults.whole') : <code className={styles.path}>{fault.path}</code>}
            {': '}
            {wordsOf(fault)}
          </li>
        ))}
      </ul>
      {rest > 0 && <p>{t('pipelines.faults.more', { count: rest })}</p>}
    </Notice>
  )
}
