import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { ApiToken } from '@wellhead/client'
import { useTranslation } from 'react-i18next'
import { api, isProblem } from '../api/client.ts'
import { tokensQuery } from '../api/queries.ts'
import { Button } from '../ui/button.tsx'
import { Dialog, DialogBody, DialogFooter } from '../ui/dialog.tsx'
import { ErrorState } from '../ui/states.tsx'
import { toast } from '../ui/toast.tsx'

export function RevokeDialog({ token, onClose }: { token: ApiToken; onClose: () => void }) {
  const { t } = useTranslation()
  const queries = useQueryClient()
  const { mutate, isPending, error } = useMutation({
    mutationFn: () =>
      api.tokens.revoke({ params: { id: token.id } }).catch((problem) => {
        // Somebody else was faster.
        if (!isProblem(problem, 'token_not_found')) throw problem
      }),
    onSuccess() {
      queries.setQueryData(tokensQuery.queryKey, (list) => list?.filter(({ id }) => id !== token.id))
      toast(t('tokens.revoked', { name: token.name }))
      onClose()
    },
  })
  return (
    <Dialog role="alertdialog" title={t('tokens.revokeTitle', { name: token.name })} onClose={onClose}>
      <DialogBody>
        <p>{t('tokens.revokeText')}</p>
        {error && <ErrorState error={error} />}
      </DialogBody>
      <DialogFooter>
        <Button autoFocus onPress={onClose}>
          {t('ui.cancel')}
        </Button>
        <Button look="danger" busy={isPending && t('tokens.revoking')} onPress={() => mutate()}>
          {t('tokens.revoke')}
        </Button>
      </DialogFooter>
    </Dialog>
  )
}
