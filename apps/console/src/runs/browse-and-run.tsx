import { useMutation } from '@tanstack/react-query'
import type { Connection, DataSource, Document, Run } from '@wellhead/client'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { api } from '../api/client.ts'
import { Button } from '../ui/button.tsx'
import { DialogBody, DialogFooter } from '../ui/dialog.tsx'
import { ErrorState } from '../ui/states.tsx'
import { type Chosen, SourceBrowser } from './source-browser.tsx'

/** Chooses among what a source holds, and reads it. */
export function BrowseAndRun(props: {
  source: DataSource
  connection: Connection
  onBegun: (run: Run) => void
  footer: ReactNode
}) {
  const { source, connection, onBegun, footer } = props
  const { t } = useTranslation()
  const [chosen, setChosen] = useState<Chosen>(new Map())
  const { mutate, isPending, error } = useMutation({
    mutationFn: () =>
      api.runs.create({
        body: { data_source: source.id, connection_id: connection.id, ...readingOf(source, [...chosen.values()]) },
      }),
    onSuccess: onBegun,
  })
  const count = chosen.size
  return (
    <>
      <DialogBody>
        <p>{t('runs.browse.lead')}</p>
        <SourceBrowser source={source} connection={connection} chosen={chosen} onChoose={setChosen} />
        {error && <ErrorState error={error} />}
      </DialogBody>
      <DialogFooter>
        {footer}
        <Button
          look="primary"
          isDisabled={count === 0}
          busy={isPending && t('runs.browse.starting')}
          onPress={() => mutate()}
        >
          {count === 0
            ? t('runs.browse.chooseFirst')
            : source.kind === 'online_drive'
              ? t('runs.browse.readFiles', { count })
              : t('runs.browse.readPages', { count })}
        </Button>
      </DialogFooter>
    </>
  )
}

/** The run that reads these entries. */
export function readingOf(source: DataSource, entries: readonly Document[]) {
  return source.kind === 'online_drive'
    ? { operation: 'download' as const, parameters: { ids: entries.map(({ external_id }) => external_id) } }
    : {
        operation: 'read_pages' as const,
        parameters: {
          pages: entries.map(({ external_id, metadata }) => ({
            id: external_id,
            ...(typeof metadata.type === 'string' ? { type: metadata.type } : {}),
          })),
        },
      }
}
