import { useQuery, useQueryClient } from '@tanstack/react-query'
import type { Connection, DataSource, Pipeline, PipelineNode, Run } from '@wellhead/client'
import { useEffect, useId, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { nodeRunsQuery } from '../../api/queries.ts'
import { isUsable } from '../../connections/status-badge.tsx'
import { SandboxSite } from '../../data-sources/sandbox-site.tsx'
import { RunView } from '../../runs/run-view.tsx'
import { localeOf } from '../../texts/languages.ts'
import { Segments } from '../../ui/segments.tsx'
import { Select } from '../../ui/select.tsx'
import { NodeForm } from './node-form.tsx'
import styles from './node-panel.module.css'
import { PickAndRead } from './pick-and-read.tsx'

type Way = 'pick' | 'all'

/** What a node reads, a run of it, and the runs that it had. */
export function RunSection({
  pipeline,
  node,
  source,
  connection,
  mayChange,
}: {
  pipeline: Pipeline
  node: PipelineNode
  source: DataSource
  connection: Connection | undefined
  mayChange: boolean
}) {
  const { t } = useTranslation()
  const id = useId()
  const queries = useQueryClient()
  const runs = useQuery(nodeRunsQuery(pipeline.id, node.id)).data
  const [way, setWay] = useState<Way>('pick')
  const [begunId, setBegunId] = useState<string | null>(null)
  const usable = connection && isUsable(connection) ? connection : undefined
  const isCrawl = source.kind === 'website_crawl'
  const isDrive = source.kind === 'online_drive'

  function begun(run: Run) {
    queries.setQueryData(nodeRunsQuery(pipeline.id, node.id).queryKey, (list = []) => [run, ...list])
    setBegunId(run.id)
  }

  const form = { pipeline, node, source, connection: usable, mayChange, onBegun: begun }
  return (
    <>
      <section className={styles.section} aria-labelledby={id}>
        <div className={styles.heading}>
          <h3 id={id}>{t('pipelines.panel.run.title')}</h3>
          {!isCrawl && (
            <Segments
              label={t('pipelines.panel.run.ways')}
              value={way}
              onChange={setWay}
              options={[
                {
                  value: 'pick',
                  label: t(isDrive ? 'pipelines.panel.run.pickFiles' : 'pipelines.panel.run.pickPages'),
                },
                {
                  value: 'all',
                  label: t(isDrive ? 'pipelines.panel.run.listFolder' : 'pipelines.panel.run.listPages'),
                },
              ]}
            />
          )}
        </div>
        {!usable && <p className={styles.quiet}>{t('pipelines.panel.run.connectFirst')}</p>}
        <SandboxSite source={source} />
        {isCrawl || way === 'all' ? <NodeForm {...form} /> : usable && <PickAndRead {...form} connection={usable} />}
      </section>
      {runs && runs.length > 0 && <Runs key={begunId} runs={runs} begunId={begunId} />}
    </>
  )
}

/** The last run, as it goes on, and the way to those before it. */
function Runs({ runs, begunId }: { runs: readonly Run[]; begunId: string | null }) {
  const { t, i18n } = useTranslation()
  const id = useId()
  const section = useRef<HTMLElement>(null)
  const [shownId, setShownId] = useState<string | null>(begunId)
  const run = runs.find((one) => one.id === shownId) ?? runs[0]

  // It was begun just now: there is the place to look at.
  useEffect(() => {
    if (begunId !== null) section.current?.scrollIntoView({ block: 'start' })
  }, [begunId])

  if (run === undefined) return null
  return (
    <section
      ref={section}
      className={`${styles.section} ${begunId === null ? '' : styles.result}`}
      aria-labelledby={id}
    >
      <div className={styles.heading}>
        <h3 id={id}>{t('pipelines.panel.run.result')}</h3>
        {runs.length > 1 && (
          <Select
            label={t('pipelines.panel.run.earlier')}
            isLabelShown={false}
            value={run.id}
            onChange={setShownId}
            options={runs.map((one) => ({
              value: one.id,
              label: new Date(one.created_at).toLocaleString(localeOf(i18n.language), {
                dateStyle: 'medium',
                timeStyle: 'medium',
              }),
            }))}
          />
        )}
      </div>
      <RunView key={run.id} begun={run} />
    </section>
  )
}
