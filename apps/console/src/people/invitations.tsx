import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type { Invitation } from '@wellhead/client'
import { Trans, useTranslation } from 'react-i18next'
import { api } from '../api/client.ts'
import { invitationsQuery } from '../api/queries.ts'
import { Button } from '../ui/button.tsx'
import { useProblemText } from '../ui/problem-text.ts'
import { ErrorState } from '../ui/states.tsx'
import { Time } from '../ui/time.tsx'
import { toast } from '../ui/toast.tsx'
import styles from './members-page.module.css'

/** The invitations that nobody has taken yet. */
export function Invitations() {
  const { t } = useTranslation()
  const { data: invitations, error, refetch } = useQuery(invitationsQuery)
  if (error) return <ErrorState error={error} onAgain={() => void refetch()} />
  if (!invitations || invitations.length === 0) return null
  return (
    <section className={styles.section} aria-labelledby="invitations">
      <h2 id="invitations" className={styles.heading}>
        {t('people.invitations.title')}
      </h2>
      <ul className={styles.list}>
        {invitations.map((invitation) => (
          <li key={invitation.id} aria-label={invitation.email}>
            <InvitationRow invitation={invitation} />
          </li>
        ))}
      </ul>
    </section>
  )
}

function InvitationRow({ invitation }: { invitation: Invitation }) {
  const { t } = useTranslation()
  const queries = useQueryClient()
  const textOf = useProblemText()
  const { mutate } = useMutation({
    mutationFn: () => api.invitations.delete({ params: { id: invitation.id } }),
    onSuccess: () => toast(t('people.invitations.withdrawn', { email: invitation.email })),
    onError: (error) => toast(textOf(error), 'bad'),
    onSettled: () => queries.invalidateQueries({ queryKey: invitationsQuery.queryKey }),
  })
  return (
    <div className={styles.row}>
      <div className={styles.who}>
        <span>{invitation.email}</span>
        <span className={styles.quiet}>
          {t(`app.roles.${invitation.role}`)}
          {' · '}
          <Trans
            i18nKey="people.invitations.works"
            components={{ at: <Time at={invitation.expires_at} exact /> }}
            t={t}
          />
        </span>
      </div>
      <div className={styles.end}>
        <Button size="small" look="bare" of={invitation.email} onPress={() => mutate()}>
          {t('people.invitations.withdraw')}
        </Button>
      </div>
    </div>
  )
}
