import type { Pipeline, PipelineNode } from '@wellhead/client'
import { useTranslation } from 'react-i18next'
import { Notice } from '../../ui/notice.tsx'
import { neighbours } from '../reading-order.ts'
import styles from './node-panel.module.css'

/** A node that Wellhead does not run: the orchestrator's, or one whose data source is not installed. */
export function OtherPanel({ pipeline, node }: { pipeline: Pipeline; node: PipelineNode }) {
  const { t } = useTranslation()
  const titles = (side: 'before' | 'after') =>
    neighbours(pipeline, node.id, side).join(', ') || t('pipelines.panel.nothing')
  return (
    <>
      {node.role === 'data_source' ? (
        <Notice look="bad">
          {t('pipelines.panel.unknown.text', { name: node.data_source_name ?? node.type })}{' '}
          {t('pipelines.panel.unknown.way')}
        </Notice>
      ) : (
        <p className={styles.quiet}>
          {t(node.role === 'local_file' ? 'pipelines.panel.localFile' : 'pipelines.panel.orchestrator')}
        </p>
      )}
      <dl className={styles.facts}>
        <dt>{t('pipelines.panel.type')}</dt>
        <dd>
          <code>{node.type}</code>
        </dd>
        <dt>{t('pipelines.panel.comesFrom')}</dt>
        <dd>{titles('before')}</dd>
        <dt>{t('pipelines.panel.goesTo')}</dt>
        <dd>{titles('after')}</dd>
      </dl>
    </>
  )
}
