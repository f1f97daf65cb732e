import { useQueryClient } from '@tanstack/react-query'
import type { PipelineSummary } from '@wellhead/client'
import { useTranslation } from 'react-i18next'
import { api } from '../api/client.ts'
import { pipelineQuery, pipelinesQuery } from '../api/queries.ts'
import { Button } from '../ui/button.tsx'
import { Dialog, DialogBody, DialogFooter } from '../ui/dialog.tsx'
import { TextField } from '../ui/field.tsx'
import { Form, textIn } from '../ui/form.tsx'
import { toast } from '../ui/toast.tsx'

export function RenameDialog({
  pipeline,
  onClose,
}: {
  pipeline: Pick<PipelineSummary, 'id' | 'name'>
  onClose: () => void
}) {
  const { t } = useTranslation()
  const queries = useQueryClient()

  async function save(form: FormData) {
    const renamed = await api.pipelines.update({ params: { id: pipeline.id }, body: { name: textIn(form, 'name') } })
    queries.setQueryData(pipelineQuery(pipeline.id).queryKey, renamed)
    await queries.invalidateQueries({ queryKey: pipelinesQuery.queryKey })
    toast(t('pipelines.rename.renamed', { name: renamed.name }))
    onClose()
  }

  return (
    <Dialog title={t('pipelines.rename.title', { name: pipeline.name })} onClose={onClose}>
      <Form
        onSend={save}
        footer={(isBusy) => (
          <DialogFooter>
            <Button onPress={onClose}>{t('ui.cancel')}</Button>
            <Button type="submit" look="primary" busy={isBusy && t('ui.saving')}>
              {t('ui.save')}
            </Button>
          </DialogFooter>
        )}
      >
        <DialogBody>
          <TextField
            name="name"
            label={t('pipelines.rename.name')}
            defaultValue={pipeline.name}
            maxLength={100}
            isRequired
            autoFocus
          />
        </DialogBody>
      </Form>
    </Dialog>
  )
}
