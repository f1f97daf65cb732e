import { useQueryClient } from '@tanstack/react-query'
import type { PipelineSummary } from '@wellhead/client'
import { useTranslation } from 'react-i18next'
import { api } from '../api/client.ts'
import { pipelineQuery, pipelinesQuery } from '../api/queries.ts'
import { Button } from '../ui/button.tsx'
import { Dialog, DialogBody, DialogFooter } from '../ui/dialog.tsx'
import { Form } from '../ui/form.tsx'
import { toast } from '../ui/toast.tsx'

export function DeleteDialog({
  pipeline,
  onDeleted,
  onClose,
}: {
  pipeline: Pick<PipelineSummary, 'id' | 'name'>
  onDeleted?: () => void
  onClose: () => void
}) {
  const { t } = useTranslation()
  const queries = useQueryClient()

  async function remove() {
    await api.pipelines.delete({ params: { id: pipeline.id } })
    onClose()
    onDeleted?.()
    queries.setQueryData(pipelinesQuery.queryKey, (list) => list?.filter(({ id }) => id !== pipeline.id))
    queries.removeQueries({ queryKey: pipelineQuery(pipeline.id).queryKey })
    toast(t('pipelines.delete.gone', { name: pipeline.name }))
  }

  return (
    <Dialog title={t('pipelines.delete.title', { name: pipeline.name })} role="alertdialog" onClose={onClose}>
      <Form
        onSend={remove}
        footer={(isBusy) => (
          <DialogFooter>
            <Button onPress={onClose} autoFocus>
              {t('ui.cancel')}
            </Button>
            <Button type="submit" look="danger" busy={isBusy && t('pipelines.delete.deleting')}>
              {t('pipelines.delete.action')}
            </Button>
          </DialogFooter>
        )}
      >
        <DialogBody>
          <p>{t('pipelines.delete.text')}</p>
        </DialogBody>
      </Form>
    </Dialog>
  )
}
