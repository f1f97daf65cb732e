import type { Connection, DataSource } from '@wellhead/client'
import { useTranslation } from 'react-i18next'
import { Button } from '../ui/button.tsx'
import { Dialog, DialogBody, DialogFooter } from '../ui/dialog.tsx'

/** Asks before a token is sent again whose last answer was lost: the provider may end the grant for it. */
export function RefreshRiskDialog(props: {
  source: DataSource
  connection: Connection
  onAccept: () => void
  onClose: () => void
}) {
  const { source, connection, onAccept, onClose } = props
  const { t } = useTranslation()
  return (
    <Dialog role="alertdialog" title={t('connectionPage.risk.title', { name: connection.name })} onClose={onClose}>
      <DialogBody>
        <p>{t('connectionPage.risk.text', { source: source.name })}</p>
        <p>{t('connectionPage.risk.wait')}</p>
      </DialogBody>
      <DialogFooter>
        <Button autoFocus onPress={onClose}>
          {t('ui.cancel')}
        </Button>
        <Button look="danger" onPress={onAccept}>
          {t('connectionPage.risk.action')}
        </Button>
      </DialogFooter>
    </Dialog>
  )
}
