import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { Connection, DataSource } from '@wellhead/client'
import { useTranslation } from 'react-i18next'
import { api, isProblem } from '../api/client.ts'
import { reloadConnection } from '../api/connection-cache.ts'
import { oauthOf } from '../data-sources/auth-method.ts'
import { Button } from '../ui/button.tsx'
import { Dialog, DialogBody, DialogFooter } from '../ui/dialog.tsx'
import { focusTitle } from '../ui/page-header.tsx'
import { ErrorState } from '../ui/states.tsx'
import { toast } from '../ui/toast.tsx'
import styles from './delete-dialog.module.css'

/** Asks before a connection is deleted: what stops working, and what becomes of the access at the provider. */
export function DeleteDialog(props: { source: DataSource; connection: Connection; onClose: () => void }) {
  const { source, connection, onClose } = props
  const { t } = useTranslation()
  const queries = useQueryClient()
  const { name, pipelines = [] } = connection
  const { mutate, isPending, error } = useMutation({
    async mutationFn() {
      await api.connections.delete({ params: { id: connection.id } }).catch((problem) => {
        // Somebody else was faster.
        if (!isProblem(problem, 'connection_not_found', 'connection_deleting')) throw problem
      })
      await reloadConnection(queries, connection.id)
      toast(t('connections.delete.gone', { name }))
      onClose()
      // What opened this is gone with the connection.
      requestAnimationFrame(focusTitle)
    },
  })
  return (
    <Dialog role="alertdialog" title={t('connections.delete.title', { name })} onClose={onClose}>
      <DialogBody>
        <p>{t('connections.delete.stops')}</p>
        <p>{useEnd(source, connection)}</p>
        {pipelines.length > 0 && (
          <div>
            <p>{t('connections.delete.pipelines')}</p>
            <ul className={styles.pipelines}>
              {pipelines.map((one) => (
                <li key={`${one.id} ${one.node_id}`}>
                  {one.name}: {one.node_title}
                </li>
              ))}
            </ul>
          </div>
        )}
        {error && <ErrorState error={error} />}
      </DialogBody>
      <DialogFooter>
        <Button autoFocus onPress={onClose}>
          {t('ui.cancel')}
        </Button>
        <Button look="danger" busy={isPending && t('connections.delete.deleting')} onPress={() => mutate()}>
          {t('connections.delete.action')}
        </Button>
      </DialogFooter>
    </Dialog>
  )
}

/** What becomes of the access. */
function useEnd(source: DataSource, { method }: Connection): string {
  const { t } = useTranslation()
  const named = { source: source.name }
  if (method === 'api_key') return t('connections.delete.erasesKey', named)
  return oauthOf(source)?.revocable === false
    ? t('connections.delete.erases', named)
    : t('connections.delete.revokes', named)
}
