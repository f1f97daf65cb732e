import { useQuery } from '@tanstack/react-query'
import { UserPlus } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { membersQuery } from '../api/queries.ts'
import { mayConfigure, useSession } from '../app/session.tsx'
import { Button } from '../ui/button.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { ErrorState, Skeleton } from '../ui/states.tsx'
import { Invitations } from './invitations.tsx'
import { InviteDialog } from './invite-dialog.tsx'
import { MemberRow } from './member-row.tsx'
import styles from './members-page.module.css'

/** Settings > Members: who works in the workspace, and who is invited. */
export function MembersPage() {
  const { t } = useTranslation()
  const session = useSession()
  const workspace = session.workspace.name
  const { data: members, error, refetch } = useQuery(membersQuery)
  const [isInviting, setInviting] = useState(false)
  const invites = mayConfigure(session)
  return (
    <>
      <PageHeader
        title={t('people.title')}
        actions={
          invites && (
            <Button look="primary" onPress={() => setInviting(true)}>
              <UserPlus size={16} aria-hidden="true" />
              {t('people.invite.action')}
            </Button>
          )
        }
      >
        {t('people.lead', { workspace })}
      </PageHeader>
      {members ? (
        <ul className={styles.list} aria-label={t('people.list', { workspace })}>
          {members.map((member) => (
            <li key={member.user_id} aria-label={member.name}>
              <MemberRow member={member} />
            </li>
          ))}
        </ul>
      ) : error ? (
        <ErrorState error={error} onAgain={() => void refetch()} />
      ) : (
        <Skeleton lines={4} />
      )}
      {invites && <Invitations />}
      {isInviting && <InviteDialog onClose={() => setInviting(false)} />}
    </>
  )
}
