import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { Member } from '@wellhead/client'
import { useTranslation } from 'react-i18next'
import { api } from '../api/client.ts'
import { membersQuery } from '../api/queries.ts'
import { useSession } from '../app/session.tsx'
import { Button } from '../ui/button.tsx'
import { Dialog, DialogBody, DialogFooter } from '../ui/dialog.tsx'
import { ErrorState } from '../ui/states.tsx'
import { toast } from '../ui/toast.tsx'

/** Asks before a member is removed, or leaves. */
export function RemoveDialog({ member, onClose }: { member: Member; onClose: () => void }) {
  const { t } = useTranslation()
  const queries = useQueryClient()
  const { user, workspace } = useSession()
  const isSelf = member.user_id === user.id
  const { mutate, isPending, error } = useMutation({
    mutationFn: () => api.members.remove({ params: { user_id: member.user_id } }),
    onSuccess() {
      // Nothing of the workspace stays with who has left it.
      if (isSelf) return location.assign('/')
      queries.setQueryData(membersQuery.queryKey, (list) => list?.filter((one) => one.user_id !== member.user_id))
      toast(t('people.removed', { name: member.name }))
      onClose()
    },
  })
  return (
    <Dialog
      role="alertdialog"
      title={
        isSelf ? t('people.leaveTitle', { workspace: workspace.name }) : t('people.removeTitle', { name: member.name })
      }
      onClose={onClose}
    >
      <DialogBody>
        <p>{isSelf ? t('people.leaveText') : t('people.removeText')}</p>
        {error && <ErrorState error={error} />}
      </DialogBody>
      <DialogFooter>
        <Button autoFocus onPress={onClose}>
          {t('ui.cancel')}
        </Button>
        <Button look="danger" busy={isPending && t('people.removing')} onPress={() => mutate()}>
          {isSelf ? t('people.leave') : t('people.remove')}
        </Button>
      </DialogFooter>
    </Dialog>
  )
}
