import { useQueryClient } from '@tanstack/react-query'
import type { Connection, DataSource } from '@wellhead/client'
import { useTranslation } from 'react-i18next'
import { api } from '../api/client.ts'
import { keepConnection } from '../api/connection-cache.ts'
import { Button } from '../ui/button.tsx'
import { Dialog, DialogBody, DialogFooter } from '../ui/dialog.tsx'
import { TextField } from '../ui/field.tsx'
import { Form, textIn } from '../ui/form.tsx'
import { toast } from '../ui/toast.tsx'
import { KeyFields, settingsIn } from './key-fields.tsx'

export function AddApiKeyDialog(props: {
  source: DataSource
  onConnected?: (connection: Connection) => void
  onClose: () => void
}) {
  const { source, onConnected, onClose } = props
  const { t } = useTranslation()
  const queries = useQueryClient()

  async function save(form: FormData) {
    const name = textIn(form, 'name')
    const settings = settingsIn(source, form)
    const { settled, ...connection } = await api.connections.create({
      body: {
        data_source: source.id,
        api_key: textIn(form, 'api_key'),
        ...(name === '' ? {} : { name }),
        ...(settings && Object.keys(settings).length > 0 ? { settings } : {}),
      },
    })
    keepConnection(queries, connection)
    const said = { name: connection.name, source: source.name }
    toast(settled ? t('dataSources.key.connected', said) : t('dataSources.key.pending', said))
    onConnected?.(connection)
    onClose()
  }

  return (
    <Dialog title={t('dataSources.key.title', { source: source.name })} onClose={onClose}>
      <Form
        onSend={save}
        footer={(isBusy) => (
          <DialogFooter>
            <Button onPress={onClose}>{t('ui.cancel')}</Button>
            <Button type="submit" look="primary" busy={isBusy && t('dataSources.key.checking')}>
              {t('ui.save')}
            </Button>
          </DialogFooter>
        )}
      >
        <DialogBody>
          <TextField
            name="name"
            label={t('dataSources.key.name')}
            help={t('dataSources.key.nameHelp')}
            maxLength={100}
            autoFocus
          />
          <KeyFields source={source} />
        </DialogBody>
      </Form>
    </Dialog>
  )
}
