import { useQueryClient } from '@tanstack/react-query'
import type { CreatedInvitation, Role } from '@wellhead/client/schema'
import { useState } from 'react'
import { Trans, useTranslation } from 'react-i18next'
import { api } from '../api/client.ts'
import { invitationsQuery } from '../api/queries.ts'
import { useSession } from '../app/session.tsx'
import { Button } from '../ui/button.tsx'
import { Radio, RadioGroup } from '../ui/choice.tsx'
import { CopyField } from '../ui/copy-field.tsx'
import { Dialog, DialogBody, DialogFooter } from '../ui/dialog.tsx'
import { TextField } from '../ui/field.tsx'
import { Form, textIn } from '../ui/form.tsx'
import { Time } from '../ui/time.tsx'
import { rolesUpTo } from './roles.ts'

/** Makes an invite link, and shows it once. */
export function InviteDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation()
  const { workspace } = useSession()
  const [made, setMade] = useState<CreatedInvitation | null>(null)
  return (
    <Dialog
      title={
        made
          ? t('people.invite.madeTitle', { email: made.email })
          : t('people.invite.title', { workspace: workspace.name })
      }
      onClose={onClose}
    >
      {made ? <Made made={made} onClose={onClose} /> : <InviteForm onMade={setMade} onClose={onClose} />}
    </Dialog>
  )
}

function InviteForm({ onMade, onClose }: { onMade: (made: CreatedInvitation) => void; onClose: () => void }) {
  const { t } = useTranslation()
  const queries = useQueryClient()
  const { workspace } = useSession()
  const [role, setRole] = useState<Role>('member')

  async function send(form: FormData) {
    const made = await api.invitations.create({ body: { email: textIn(form, 'email'), role } })
    void queries.invalidateQueries({ queryKey: invitationsQuery.queryKey })
    onMade(made)
  }

  return (
    <Form
      onSend={send}
      footer={(isBusy) => (
        <DialogFooter>
          <Button onPress={onClose}>{t('ui.cancel')}</Button>
          <Button type="submit" look="primary" busy={isBusy && t('people.invite.making')}>
            {t('people.invite.make')}
          </Button>
        </DialogFooter>
      )}
    >
      <DialogBody>
        <p>{t('people.invite.text')}</p>
        <TextField name="email" type="email" label={t('people.invite.email')} isRequired autoFocus />
        <RadioGroup<Role> label={t('people.invite.role')} value={role} onChange={setRole}>
          {rolesUpTo(workspace.role).map((one) => (
            <Radio key={one} value={one} help={t(`people.roleHelp.${one}`)}>
              {t(`app.roles.${one}`)}
            </Radio>
          ))}
        </RadioGroup>
      </DialogBody>
    </Form>
  )
}

function Made({ made, onClose }: { made: CreatedInvitation; onClose: () => void }) {
  const { t } = useTranslation()
  return (
    <>
      <DialogBody>
        <p>
          <Trans i18nKey="people.invite.made" components={{ at: <Time at={made.expires_at} exact /> }} t={t} />
        </p>
        <CopyField label={t('people.invite.link')} value={made.join_url} />
      </DialogBody>
      <DialogFooter>
        <Button look="primary" autoFocus onPress={onClose}>
          {t('ui.done')}
        </Button>
      </DialogFooter>
    </>
  )
}
