import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router'
import type { Pipeline } from '@wellhead/client'
import { lazy, Suspense } from 'react'
import { useTranslation } from 'react-i18next'
import { dataSourcesQuery, pipelineQuery } from '../api/queries.ts'
import shell from '../app/shell.module.css'
import { useMediaQuery } from '../ui/media-query.ts'
import { PageHeader } from '../ui/page-header.tsx'
import { ErrorState, Skeleton } from '../ui/states.tsx'
import { useKeptPipelines } from './keep-pipelines.ts'
import { NodeList } from './node-list.tsx'
import { NodePanel } from './panel/node-panel.tsx'
import { PipelineHeader, type View } from './pipeline-header.tsx'
import styles from './pipeline-page.module.css'

const Canvas = lazy(async () => ({ default: (await import('./canvas/canvas.tsx')).Canvas }))
const route = getRouteApi('/pipelines/$pipelineId')

/** A pipeline: its nodes on a canvas or in a list, and the panel of one of them. */
export function PipelinePage() {
  const { t } = useTranslation()
  const { pipelineId } = route.useParams()
  const { data: pipeline, error, refetch } = useQuery(pipelineQuery(pipelineId))
  useKeptPipelines()

  if (pipeline) return <Editor key={pipeline.id} pipeline={pipeline} />
  return (
    <div className={shell.page}>
      {pipeline === null ? (
        <>
          <PageHeader title={t('pipelines.gone.title')}>{t('pipelines.gone.text')}</PageHeader>
          <p>
            <Link to="/pipelines">{t('pipelines.gone.action')}</Link>
          </p>
        </>
      ) : error === null ? (
        <Skeleton lines={4} />
      ) : (
        <ErrorState error={error} onAgain={() => void refetch()} />
      )}
    </div>
  )
}

function Editor({ pipeline }: { pipeline: Pipeline }) {
  const { t } = useTranslation()
  const navigate = useNavigate({ from: '/pipelines/$pipelineId' })
  const search = route.useSearch()
  const { data: sources = [] } = useQuery(dataSourcesQuery)
  const isNarrow = useMediaQuery('(max-width: 52rem)')
  const view: View = search.view ?? (isNarrow ? 'list' : 'canvas')
  const node = pipeline.nodes.find(({ id }) => id === search.node)

  const go = (change: typeof search) =>
    void navigate({ search: (former) => ({ ...former, ...change }), replace: true, resetScroll: false })
  const toggle = (id: string) => go({ node: id === search.node ? undefined : id })
  function close() {
    go({ node: undefined })
    // Back to where it was opened.
    if (node) document.querySelector<HTMLElement>(`[data-node="${CSS.escape(node.id)}"]`)?.focus()
  }

  const shown = { pipeline, sources, selected: node?.id ?? null, onSelect: toggle }
  return (
    <div className={styles.editor}>
      <div className={styles.inside}>
        <PipelineHeader pipeline={pipeline} view={view} onView={(chosen) => go({ view: chosen })} />
        <div className={styles.stage}>
          {/* biome-ignore lint/a11y/useSemanticElements: a section of the page, named as the pipeline is */}
          <div role="region" className={styles.nodes} aria-label={t('pipelines.page.nodes', { name: pipeline.name })}>
            {view === 'list' ? (
              <NodeList {...shown} />
            ) : (
              <Suspense
                fallback={
                  <div className={styles.loading}>
                    <Skeleton lines={3} />
                  </div>
                }
              >
                <Canvas {...shown} onLeave={() => go({ node: undefined })} />
              </Suspense>
            )}
          </div>
          {node && <NodePanel key={node.id} pipeline={pipeline} node={node} isSheet={isNarrow} onClose={close} />}
        </div>
      </div>
    </div>
  )
}
