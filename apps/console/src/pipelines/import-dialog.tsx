import { useQueryClient } from '@tanstack/react-query'
import type { Pipeline } from '@wellhead/client'
import { FileText, Upload } from 'lucide-react'
import { useEffect, useEffectEvent, useState } from 'react'
import { FileTrigger } from 'react-aria-components/FileTrigger'
import { useTranslation } from 'react-i18next'
import { api } from '../api/client.ts'
import { pipelineQuery, pipelinesQuery } from '../api/queries.ts'
import { localeOf } from '../texts/languages.ts'
import { Button } from '../ui/button.tsx'
import { Dialog, DialogBody, DialogFooter } from '../ui/dialog.tsx'
import { TextArea, TextField } from '../ui/field.tsx'
import { FieldProblems, Form, textIn } from '../ui/form.tsx'
import { Notice } from '../ui/notice.tsx'
import { Segments } from '../ui/segments.tsx'
import { toast } from '../ui/toast.tsx'
import { type DocumentProblem, documentProblem } from './document-problem.ts'
import { DocumentProblemNotice } from './document-problem-notice.tsx'
import styles from './import-dialog.module.css'
import { type DocumentFile, type FileFault, readFile } from './read-file.ts'
import { useFileDrop } from './use-file-drop.ts'

type From = 'file' | 'paste'

/** Takes a document: a file that is chosen or dropped, or its text. With `replaced` it takes the place of that pipeline's. */
export function ImportDialog({
  files,
  replaced,
  onImported,
  onClose,
}: {
  /** Dropped before the dialog opened. */
  files?: readonly File[]
  replaced?: Pick<Pipeline, 'id' | 'name'>
  onImported?: (pipeline: Pipeline) => void
  onClose: () => void
}) {
  const { t } = useTranslation()
  const queries = useQueryClient()
  const [from, setFrom] = useState<From>('file')
  const [file, setFile] = useState<DocumentFile | null>(null)
  const [fault, setFault] = useState<FileFault | 'oneOnly' | 'none' | null>(null)
  const [problem, setProblem] = useState<DocumentProblem | null>(null)

  async function take(taken: readonly File[]) {
    setProblem(null)
    const [first] = taken
    if (first === undefined) return
    const read = taken.length > 1 ? 'oneOnly' : await readFile(first)
    setFile(typeof read === 'string' ? null : read)
    setFault(typeof read === 'string' ? read : null)
  }
  const takeFirst = useEffectEvent(take)
  useEffect(() => {
    if (files) void takeFirst(files)
  }, [files])

  const drop = useFileDrop((dropped) => {
    setFrom('file')
    void take(dropped)
  })

  async function send(form: FormData) {
    setProblem(null)
    const document = from === 'file' ? file?.text : form.get('document')
    if (typeof document !== 'string') return setFault((former) => former ?? 'none')
    if (document.trim() === '') throw new FieldProblems({ document: t('ui.needed') })
    const name = textIn(form, 'name')
    try {
      const pipeline = replaced
        ? await api.pipelines.replaceDocument({ params: { id: replaced.id }, body: { document } })
        : await api.pipelines.create({ body: { document, ...(name === '' ? {} : { name }) } })
      queries.setQueryData(pipelineQuery(pipeline.id).queryKey, pipeline)
      void queries.invalidateQueries({ queryKey: pipelinesQuery.queryKey })
      toast(t(replaced ? 'pipelines.importing.replaced' : 'pipelines.importing.done', { name: pipeline.name }))
      onClose()
      onImported?.(pipeline)
    } catch (error) {
      const found = documentProblem(error)
      if (!found) throw error
      setProblem(found)
    }
  }

  return (
    <Dialog
      title={replaced ? t('pipelines.importing.titleReplace', { name: replaced.name }) : t('pipelines.importing.title')}
      size="wide"
      onClose={onClose}
    >
      <Form
        onSend={send}
        footer={(isBusy) => (
          <DialogFooter>
            <Button onPress={onClose}>{t('ui.cancel')}</Button>
            <Button
              type="submit"
              look="primary"
              busy={isBusy && t(replaced ? 'pipelines.importing.busyReplace' : 'pipelines.importing.busy')}
            >
              {t(replaced ? 'pipelines.importing.actionReplace' : 'pipelines.importing.action')}
            </Button>
          </DialogFooter>
        )}
      >
        <DialogBody>
          {replaced && <p>{t('pipelines.importing.replaceText')}</p>}
          <Segments
            label={t('pipelines.importing.from')}
            value={from}
            onChange={(chosen) => {
              setFrom(chosen)
              setProblem(null)
            }}
            options={[
              { value: 'file', label: t('pipelines.importing.file') },
              { value: 'paste', label: t('pipelines.importing.paste') },
            ]}
          />
          {from === 'file' ? (
            <div className={styles.drop} data-over={drop.isOver || undefined} {...drop.handlers}>
              {file ? <Chosen file={file} /> : <Upload size={22} aria-hidden="true" className={styles.icon} />}
              <div className={styles.ways}>
                {!file && <span>{t('pipelines.importing.drop')}</span>}
                <FileTrigger
                  acceptedFileTypes={['.json', '.yml', '.yaml', '.pipeline']}
                  onSelect={(chosen) => void take([...(chosen ?? [])])}
                >
                  <Button size="small" autoFocus>
                    {t(file ? 'pipelines.importing.chooseAnother' : 'pipelines.importing.choose')}
                  </Button>
                </FileTrigger>
              </div>
              <p className={styles.kinds}>{t('pipelines.importing.kinds')}</p>
            </div>
          ) : (
            <TextArea
              name="document"
              label={t('pipelines.importing.text')}
              help={t('pipelines.importing.textHelp')}
              rows={12}
              isExact
              isRequired
              autoFocus
            />
          )}
          {from === 'file' && fault && (
            <Notice look="bad" role="alert">
              {t(`pipelines.importing.${fault}`)}
            </Notice>
          )}
          {problem && <DocumentProblemNotice problem={problem} />}
          {!replaced && (
            <TextField
              name="name"
              label={t('pipelines.importing.name')}
              help={t('pipelines.importing.nameHelp')}
              maxLength={100}
            />
          )}
        </DialogBody>
      </Form>
    </Dialog>
  )
}

function Chosen({ file }: { file: DocumentFile }) {
  const { i18n } = useTranslation()
  const kilobytes = new Intl.NumberFormat(localeOf(i18n.language), {
    style: 'unit',
    unit: 'kilobyte',
    maximumFractionDigits: 1,
  }).format(file.size / 1024)
  return (
    <p className={styles.file} role="status">
      <FileText size={18} aria-hidden="true" />
      <span className={styles.fileName}>{file.name}</span>
      <span className={styles.size}>{kilobytes}</span>
    </p>
  )
}
