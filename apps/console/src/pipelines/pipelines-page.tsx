import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import type { Pipeline } from '@wellhead/client'
import { Sparkles, Upload, Workflow } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { api } from '../api/client.ts'
import { dataSourcesQuery, pipelineQuery, pipelinesQuery } from '../api/queries.ts'
import shell from '../app/shell.module.css'
import { Button } from '../ui/button.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { useProblemText } from '../ui/problem-text.ts'
import { SearchField } from '../ui/search-field.tsx'
import { EmptyState, ErrorState, Skeleton } from '../ui/states.tsx'
import { toast } from '../ui/toast.tsx'
import { ImportDialog } from './import-dialog.tsx'
import { useKeptPipelines } from './keep-pipelines.ts'
import { PipelineItem } from './pipeline-item.tsx'
import styles from './pipelines-page.module.css'
import { sampleDocument } from './sample.ts'
import { useFileDrop } from './use-file-drop.ts'

/** From so many on there is a field to search by. */
const MANY = 8

/** The pipelines of the workspace, and the ways to get one in. A document may be dropped anywhere on the page. */
export function PipelinesPage() {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const { data: pipelines, error, refetch } = useQuery(pipelinesQuery)
  const [importing, setImporting] = useState<readonly File[] | null>(null)
  const [search, setSearch] = useState('')
  const { isOver, handlers } = useFileDrop(setImporting)
  useKeptPipelines()

  const open = ({ id }: Pipeline) =>
    void navigate({ to: '/pipelines/$pipelineId', params: { pipelineId: id }, search: {} })
  const wanted = search.trim().toLocaleLowerCase()
  const found = pipelines?.filter(({ name, description }) =>
    `${name} ${description}`.toLocaleLowerCase().includes(wanted),
  )

  return (
    <div className={styles.room} {...handlers}>
      <div className={shell.page}>
        <PageHeader
          title={t('pipelines.title')}
          actions={
            pipelines?.length !== 0 && (
              <Button look="primary" onPress={() => setImporting([])}>
                <Upload size={16} aria-hidden="true" />
                {t('pipelines.import')}
              </Button>
            )
          }
        >
          {t('pipelines.lead')}
        </PageHeader>
        {found === undefined &&
          (error === null ? (
            <Skeleton shape="cards" lines={3} />
          ) : (
            <ErrorState error={error} onAgain={() => void refetch()} />
          ))}
        {pipelines?.length === 0 && <Empty onSample={open} onImport={() => setImporting([])} />}
        {pipelines && pipelines.length >= MANY && (
          <div className={styles.search}>
            <SearchField label={t('pipelines.search')} value={search} onChange={setSearch} />
          </div>
        )}
        {found && found.length > 0 && (
          <ul className={styles.list} aria-label={t('pipelines.list')}>
            {found.map((pipeline) => (
              <PipelineItem key={pipeline.id} pipeline={pipeline} />
            ))}
          </ul>
        )}
        {pipelines && pipelines.length > 0 && found?.length === 0 && <EmptyState title={t('pipelines.noMatch')} />}
      </div>
      {isOver && (
        <div className={styles.over} aria-hidden="true">
          <Upload size={24} />
          {t('pipelines.drop')}
        </div>
      )}
      {importing && <ImportDialog files={importing} onImported={open} onClose={() => setImporting(null)} />}
    </div>
  )
}

function Empty({ onSample, onImport }: { onSample: (pipeline: Pipeline) => void; onImport: () => void }) {
  const { t } = useTranslation()
  const queries = useQueryClient()
  const textOf = useProblemText()
  const { data: sources = [] } = useQuery(dataSourcesQuery)
  const sample = sampleDocument(sources, t('pipelines.sample', { returnObjects: true }))
  const { mutate, isPending } = useMutation({
    mutationFn: (document: NonNullable<typeof sample>) => api.pipelines.create({ body: { document: { ...document } } }),
    onSuccess(pipeline) {
      queries.setQueryData(pipelineQuery(pipeline.id).queryKey, pipeline)
      void queries.invalidateQueries({ queryKey: pipelinesQuery.queryKey })
      onSample(pipeline)
    },
    onError: (error) => toast(textOf(error), 'bad'),
  })
  return (
    <div className={styles.empty}>
      <EmptyState
        icon={<Workflow size={22} />}
        title={t('pipelines.empty.title')}
        actions={
          <>
            <Button look="primary" onPress={onImport}>
              <Upload size={16} aria-hidden="true" />
              {t('pipelines.import')}
            </Button>
            {sample && (
              <Button onPress={() => mutate(sample)} busy={isPending && t('pipelines.empty.sampling')}>
                <Sparkles size={16} aria-hidden="true" />
                {t('pipelines.empty.sample')}
              </Button>
            )}
          </>
        }
      >
        {t('pipelines.empty.text')}
      </EmptyState>
    </div>
  )
}
