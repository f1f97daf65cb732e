import { useQueryClient } from '@tanstack/react-query'
import type { Connection } from '@wellhead/client'
import { useTranslation } from 'react-i18next'
import { api } from '../api/client.ts'
import { keepConnection } from '../api/connection-cache.ts'
import { Button } from '../ui/button.tsx'
import { Dialog, DialogBody, DialogFooter } from '../ui/dialog.tsx'
import { TextField } from '../ui/field.tsx'
import { Form, textIn } from '../ui/form.tsx'
import { toast } from '../ui/toast.tsx'

export function RenameDialog({ connection, onClose }: { connection: Connection; onClose: () => void }) {
  const { t } = useTranslation()
  const queries = useQueryClient()

  async function save(form: FormData) {
    const body = { name: textIn(form, 'name') }
    const { settled: _, ...renamed } = await api.connections.update({ params: { id: connection.id }, body })
    keepConnection(queries, renamed)
    toast(t('connections.rename.renamed', { name: renamed.name }))
    onClose()
  }

  return (
    <Dialog title={t('connections.rename.title', { name: connection.name })} onClose={onClose}>
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
            label={t('dataSources.key.name')}
            defaultValue={connection.name}
            maxLength={100}
            isRequired
            autoFocus
          />
        </DialogBody>
      </Form>
    </Dialog>
  )
}
