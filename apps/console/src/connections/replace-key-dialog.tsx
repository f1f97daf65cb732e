import { useQueryClient } from '@tanstack/react-query'
import type { Connection, DataSource } from '@wellhead/client'
import { useTranslation } from 'react-i18next'
import { api } from '../api/client.ts'
import { keepConnection } from '../api/connection-cache.ts'
import { KeyFields, settingsIn } from '../data-sources/key-fields.tsx'
import { useWords } from '../texts/words.ts'
import { Button } from '../ui/button.tsx'
import { Dialog, DialogBody, DialogFooter } from '../ui/dialog.tsx'
import { FieldProblems, Form, textIn } from '../ui/form.tsx'
import { toast } from '../ui/toast.tsx'

export function ReplaceKeyDialog(props: { source: DataSource; connection: Connection; onClose: () => void }) {
  const { source, connection, onClose } = props
  const { t } = useTranslation()
  const queries = useQueryClient()
  const wordsOf = useWords()

  async function save(form: FormData) {
    const settings = settingsIn(source, form)
    const { settled, ...changed } = await api.connections.update({
      params: { id: connection.id },
      body: { api_key: textIn(form, 'api_key'), ...(settings ? { settings } : {}) },
    })
    keepConnection(queries, changed)
    // The server keeps a refused key; here it is something to put right.
    if (settled && changed.status === 'invalid')
      throw new FieldProblems({
        api_key: changed.last_error ? wordsOf(changed.last_error) : t('connections.statuses.invalid'),
      })
    toast(settled ? t('connections.replaceKey.replaced') : t('connections.actions.testGoesOn'))
    onClose()
  }

  return (
    <Dialog title={t('connections.replaceKey.title', { name: connection.name })} onClose={onClose}>
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
          <KeyFields source={source} settings={connection.settings} />
        </DialogBody>
      </Form>
    </Dialog>
  )
}
