import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { Member } from '@wellhead/client'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { api } from '../api/client.ts'
import { membersQuery } from '../api/queries.ts'
import { useSession } from '../app/session.tsx'
import { Avatar } from '../ui/avatar.tsx'
import { Badge } from '../ui/badge.tsx'
import { Button } from '../ui/button.tsx'
import { useProblemText } from '../ui/problem-text.ts'
import { Select } from '../ui/select.tsx'
import { toast } from '../ui/toast.tsx'
import styles from './members-page.module.css'
import { RemoveDialog } from './remove-dialog.tsx'
import { rolesUpTo } from './roles.ts'

export function MemberRow({ member }: { member: Member }) {
  const { t } = useTranslation()
  const { user, workspace } = useSession()
  const [isRemoving, setRemoving] = useState(false)
  const isOwner = workspace.role === 'owner'
  const isSelf = member.user_id === user.id
  return (
    <div className={styles.row}>
      <Avatar name={member.name} />
      <div className={styles.who}>
        <span className={styles.line}>
          <strong>{member.name}</strong>
          {isSelf && <Badge look="accent">{t('people.you')}</Badge>}
        </span>
        <span className={styles.quiet}>{member.email}</span>
      </div>
      <div className={styles.role}>
        {isOwner ? <RoleSelect member={member} /> : <span>{t(`app.roles.${member.role}`)}</span>}
      </div>
      <div className={styles.end}>
        {(isOwner || isSelf) && (
          <Button size="small" look="bare" of={member.name} onPress={() => setRemoving(true)}>
            {isSelf ? t('people.leave') : t('people.remove')}
          </Button>
        )}
      </div>
      {isRemoving && <RemoveDialog member={member} onClose={() => setRemoving(false)} />}
    </div>
  )
}

function RoleSelect({ member }: { member: Member }) {
  const { t } = useTranslation()
  const queries = useQueryClient()
  const textOf = useProblemText()
  const { mutate } = useMutation({
    mutationFn: (role: Member['role']) => api.members.update({ params: { user_id: member.user_id }, body: { role } }),
    onSuccess: (changed) => {
      queries.setQueryData(membersQuery.queryKey, (list) =>
        list?.map((one) => (one.user_id === changed.user_id ? changed : one)),
      )
      // One's own role decides what this page offers.
      void queries.invalidateQueries({ queryKey: ['session'] })
      toast(t('people.changed', { name: changed.name, role: t(`app.roles.${changed.role}`) }))
    },
    onError: (error) => toast(textOf(error), 'bad'),
  })
  return (
    <Select
      label={t('people.role', { name: member.name })}
      isLabelShown={false}
      value={member.role}
      onChange={(role) => role !== member.role && mutate(role)}
      options={rolesUpTo('owner').map((role) => ({ value: role, label: t(`app.roles.${role}`) }))}
    />
  )
}
