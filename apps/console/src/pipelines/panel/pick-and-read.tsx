import { useMutation } from '@tanstack/react-query'
import type { Connection, DataSource, Document, Pipeline, PipelineNode, Run } from '@wellhead/client'
import { Play } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { api } from '../../api/client.ts'
import { readingOf } from '../../runs/browse-and-run.tsx'
import { type Chosen, SourceBrowser } from '../../runs/source-browser.tsx'
import { Button } from '../../ui/button.tsx'
import { ErrorState } from '../../ui/states.tsx'
import styles from './node-panel.module.css'
import { hasFolder, UseFolder } from './use-folder.tsx'

/** Chooses among what the source holds, and runs the node on that. */
export function PickAndRead({
  pipeline,
  node,
  source,
  connection,
  mayChange,
  onBegun,
}: {
  pipeline: Pipeline
  node: PipelineNode
  source: DataSource
  connection: Connection
  mayChange: boolean
  onBegun: (run: Run) => void
}) {
  const { t } = useTranslation()
  const [chosen, setChosen] = useState<Chosen>(new Map())
  const count = chosen.size
  const { mutate, isPending, error } = useMutation({
    mutationFn: () =>
      api.runs.create({
        body: {
          pipeline_id: pipeline.id,
          node_id: node.id,
          connection_id: connection.id,
          ...readingOf(source, [...chosen.values()]),
        },
      }),
    onSuccess: onBegun,
  })
  return (
    <>
      <SourceBrowser
        source={source}
        connection={connection}
        chosen={chosen}
        onChoose={setChosen}
        {...(mayChange && hasFolder(source)
          ? {
              folderAction: (folder: Document) => (
                <UseFolder pipeline={pipeline} node={node} source={source} folder={folder} />
              ),
            }
          : {})}
      />
      {error && <ErrorState error={error} />}
      <div className={styles.buttons}>
        <Button
          look="primary"
          isDisabled={count === 0}
          busy={isPending && t('pipelines.panel.run.starting')}
          onPress={() => mutate()}
        >
          <Play size={15} aria-hidden="true" />
          {count === 0
            ? t('runs.browse.chooseFirst')
            : source.kind === 'online_drive'
              ? t('runs.browse.readFiles', { count })
              : t('runs.browse.readPages', { count })}
        </Button>
        {count > 0 && (
          <Button look="bare" onPress={() => setChosen(new Map())}>
            {t('pipelines.panel.run.chooseNone')}
          </Button>
        )}
      </div>
    </>
  )
}
