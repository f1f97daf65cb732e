import type { Connection, DataSource, Run } from '@wellhead/client'
import { ArrowLeft } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Button } from '../ui/button.tsx'
import { Dialog, DialogBody, DialogFooter } from '../ui/dialog.tsx'
import { BrowseAndRun } from './browse-and-run.tsx'
import { RunForm } from './run-form.tsx'
import { RunView } from './run-view.tsx'

/** Tries a connection as a pipeline would: looks at what is there, reads some of it. */
export function RunDialog(props: { source: DataSource; connection: Connection; onClose: () => void }) {
  const { source, connection, onClose } = props
  const { t } = useTranslation()
  const [run, setRun] = useState<Run | null>(null)
  const footer = <Button onPress={onClose}>{t('ui.close')}</Button>
  return (
    <Dialog size="wide" title={t('runs.title', { name: connection.name })} onClose={onClose}>
      {run !== null ? (
        <>
          <DialogBody>
            <RunView key={run.id} begun={run} />
          </DialogBody>
          <DialogFooter>
            <Button onPress={() => setRun(null)}>
              <ArrowLeft size={16} aria-hidden="true" />
              {t('runs.back')}
            </Button>
            <Button autoFocus onPress={onClose}>
              {t('ui.close')}
            </Button>
          </DialogFooter>
        </>
      ) : source.kind === 'website_crawl' ? (
        <RunForm source={source} connection={connection} onBegun={setRun} footer={footer} />
      ) : (
        <BrowseAndRun source={source} connection={connection} onBegun={setRun} footer={footer} />
      )}
    </Dialog>
  )
}
