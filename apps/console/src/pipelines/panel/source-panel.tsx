import { useQuery } from '@tanstack/react-query'
import type { DataSource, Pipeline, PipelineNode } from '@wellhead/client'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { connectionsQuery } from '../../api/queries.ts'
import { Skeleton } from '../../ui/states.tsx'
import { useMayChange } from '../pipeline-menu.tsx'
import { ConnectionSection, defaultOf } from './connection-section.tsx'
import styles from './node-panel.module.css'
import { RunSection } from './run-section.tsx'
import { useChoose } from './use-choose.ts'

/** A node that Wellhead runs: how it is authorized, what it reads, and a run of it. */
export function SourcePanel({
  pipeline,
  node,
  source,
}: {
  pipeline: Pipeline
  node: PipelineNode
  source: DataSource
}) {
  const { t } = useTranslation()
  const { data: all } = useQuery(connectionsQuery)
  const choose = useChoose(pipeline, node)
  const mayChange = useMayChange(pipeline)
  // For whoever may not change the pipeline, a choice holds for their own runs, until they leave.
  const [own, setOwn] = useState<string | null>(null)
  if (all === undefined) return <Skeleton lines={3} />
  const connections = all.filter(({ data_source, status }) => data_source === source.id && status !== 'deleting')
  const usedId = own ?? node.connection?.id
  const connection = connections.find(({ id }) => id === usedId)

  async function use(id: string | null) {
    if (mayChange) return choose({ connection_id: id })
    // The default in the place of what others chose is a choice too.
    const isChosen = node.connection?.chosen || node.authorization === 'hidden'
    setOwn(id ?? (isChosen ? (defaultOf(connections)?.id ?? null) : null))
  }

  return (
    <>
      {!mayChange && <p className={styles.quiet}>{t('pipelines.notYours')}</p>}
      <ConnectionSection
        source={source}
        node={node}
        connections={connections}
        connection={connection}
        chosen={mayChange ? node.connection?.chosen === true : own !== null}
        onUse={use}
      />
      <RunSection
        key={connection?.id}
        pipeline={pipeline}
        node={node}
        source={source}
        connection={connection}
        mayChange={mayChange}
      />
    </>
  )
}
