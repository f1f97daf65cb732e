import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { PipelineSummary } from '@wellhead/client'
import { Unplug } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { dataSourcesQuery } from '../api/queries.ts'
import { SourceIcon } from '../data-sources/source-icon.tsx'
import { Time } from '../ui/time.tsx'
import { looks, stateOf } from './node-state.ts'
import styles from './pipeline-item.module.css'
import { PipelineMenu } from './pipeline-menu.tsx'
import { Readiness } from './readiness.tsx'

/** A pipeline in the list, with what it reads from and whether that can be run. */
export function PipelineItem({ pipeline }: { pipeline: PipelineSummary }) {
  const { t } = useTranslation()
  const titleId = `pipeline-${pipeline.id}`
  return (
    <li className={styles.item} aria-labelledby={titleId}>
      <div className={styles.text}>
        <h2 className={styles.title} id={titleId}>
          <Link to="/pipelines/$pipelineId" params={{ pipelineId: pipeline.id }} search={{}} className={styles.link}>
            {pipeline.name}
          </Link>
        </h2>
        {pipeline.description !== '' && <p className={styles.description}>{pipeline.description}</p>}
        <p className={styles.facts}>
          {t(`pipelines.formats.${pipeline.format}`)} · {t('pipelines.imported')} <Time at={pipeline.created_at} />
        </p>
      </div>
      <Sources pipeline={pipeline} />
      <div className={styles.readiness}>
        <Readiness nodes={pipeline.data_source_nodes} />
      </div>
      <div className={styles.menu}>
        <PipelineMenu pipeline={pipeline} />
      </div>
    </li>
  )
}

function Sources({ pipeline: { data_source_nodes: nodes } }: { pipeline: PipelineSummary }) {
  const { t } = useTranslation()
  const { data: sources = [] } = useQuery(dataSourcesQuery)
  if (nodes.length === 0) return <div className={styles.sources} />
  return (
    <ul className={styles.sources} aria-label={t('pipelines.sources')}>
      {nodes.map((node) => {
        const source = sources.find(({ id }) => id === node.data_source)
        const state = stateOf(node)
        const name = t('pipelines.node.name', { title: node.title, state: t(`pipelines.states.${state}`) })
        return (
          <li key={node.id} className={styles.source} title={name}>
            {source ? <SourceIcon source={source} size={28} /> : <Unplug size={18} aria-hidden="true" />}
            <span className={`${styles.dot} ${styles[looks[state]]}`} aria-hidden="true" />
            <span className="unseen">{name}</span>
          </li>
        )
      })}
    </ul>
  )
}
