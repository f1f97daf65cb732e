import type { DataSource, Pipeline } from '@wellhead/client'
import { ArrowRight } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { NodeFace } from './node-face.tsx'
import styles from './node-list.module.css'
import { neighbours, readingOrder } from './reading-order.ts'

/** The nodes one below the other: for narrow screens, and for whoever hears the page. */
export function NodeList({
  pipeline,
  sources,
  selected,
  onSelect,
}: {
  pipeline: Pipeline
  sources: readonly DataSource[]
  selected: string | null
  onSelect: (id: string) => void
}) {
  const { t } = useTranslation()
  return (
    <ol className={styles.list} aria-label={t('pipelines.page.nodes', { name: pipeline.name })}>
      {readingOrder(pipeline).map((node) => {
        const source = sources.find(({ id }) => id === node.data_source)
        const next = neighbours(pipeline, node.id, 'after')
        return (
          <li key={node.id}>
            <button
              type="button"
              className={styles.node}
              data-node={node.id}
              data-role={node.role}
              aria-expanded={selected === node.id}
              aria-describedby={next.length > 0 ? `next-${node.id}` : undefined}
              onClick={() => onSelect(node.id)}
            >
              <NodeFace node={node} source={source} />
            </button>
            {next.length > 0 && (
              <p className={styles.next} id={`next-${node.id}`}>
                <ArrowRight size={13} aria-hidden="true" />
                {t('pipelines.node.goesTo', { titles: next.join(', ') })}
              </p>
            )}
          </li>
        )
      })}
    </ol>
  )
}
