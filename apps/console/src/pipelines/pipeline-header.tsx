import { Link, useNavigate } from '@tanstack/react-router'
import type { Pipeline } from '@wellhead/client'
import { ChevronRight, List, Workflow } from 'lucide-react'
import { useEffect } from 'react'
import { useTranslation } from 'react-i18next'
import { Segments } from '../ui/segments.tsx'
import styles from './pipeline-header.module.css'
import { PipelineMenu } from './pipeline-menu.tsx'
import { Readiness } from './readiness.tsx'

export type View = 'canvas' | 'list'

export function PipelineHeader(props: { pipeline: Pipeline; view: View; onView: (view: View) => void }) {
  const { pipeline, view, onView } = props
  const { t } = useTranslation()
  const navigate = useNavigate()
  const { name, description } = pipeline
  useEffect(() => {
    document.title = `${name} · Wellhead`
  }, [name])
  return (
    <header className={styles.header}>
      <div className={styles.names}>
        <div className={styles.line}>
          <Link to="/pipelines" className={styles.back}>
            {t('pipelines.title')}
          </Link>
          <ChevronRight size={14} aria-hidden="true" className={styles.quiet} />
          <h1 tabIndex={-1} className={styles.title}>
            {name}
          </h1>
          <Readiness nodes={pipeline.nodes.filter(({ role }) => role === 'data_source')} />
        </div>
        {description !== '' && (
          <p className={styles.description} title={description}>
            {description}
          </p>
        )}
      </div>
      <div className={styles.actions}>
        <Segments
          label={t('pipelines.page.views')}
          value={view}
          onChange={onView}
          options={[
            { value: 'canvas', label: t('pipelines.page.canvas'), icon: <Workflow size={15} aria-hidden="true" /> },
            { value: 'list', label: t('pipelines.page.list'), icon: <List size={15} aria-hidden="true" /> },
          ]}
        />
        <PipelineMenu pipeline={pipeline} onDeleted={() => void navigate({ to: '/pipelines' })} />
      </div>
    </header>
  )
}
