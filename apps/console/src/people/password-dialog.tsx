import { useQueryClient } from '@tanstack/react-query'
import { passwordLength } from '@wellhead/client/schema'
import { Trans, useTranslation } from 'react-i18next'
import { api } from '../api/client.ts'
import { sessionQuery } from '../api/queries.ts'
import { useSession } from '../app/session.tsx'
import { Button } from '../ui/button.tsx'
import { Dialog, DialogBody, DialogFooter } from '../ui/dialog.tsx'
import { TextField } from '../ui/field.tsx'
import { exactTextIn, FieldProblems, Form } from '../ui/form.tsx'
import { toast } from '../ui/toast.tsx'

/** The member's own password: the first, for who came by a one-time link, or another. */
export function PasswordDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation()
  const queries = useQueryClient()
  const { user, has_password } = useSession()

  async function save(form: FormData) {
    const next = exactTextIn(form, 'new_password')
    if (next !== exactTextIn(form, 'again')) throw new FieldProblems({ again: t('people.password.differ') })
    const session = await api.session.putPassword({
      body: {
        new_password: next,
        ...(has_password ? { current_password: exactTextIn(form, 'current_password') } : {}),
      },
    })
    queries.setQueryData(sessionQuery.queryKey, session)
    toast(has_password ? t('people.password.changed') : t('people.password.isSet'))
    onClose()
  }

  return (
    <Dialog title={has_password ? t('people.password.change') : t('people.password.set')} onClose={onClose}>
      <Form
        onSend={save}
        footer={(isBusy) => (
          <DialogFooter>
            <Button onPress={onClose}>{t('ui.cancel')}</Button>
            <Button type="submit" look="primary" busy={isBusy && t('ui.saving')}>
              {t('ui.save')}
            </Button>
          </DialogFooter>
        )}
      >
        <DialogBody>
          <p>
            <Trans
              i18nKey="people.password.text"
              values={{ email: user.email }}
              components={{ email: <strong /> }}
              t={t}
            />
          </p>
          {has_password && (
            <TextField
              label={t('people.password.current')}
              name="current_password"
              type="password"
              autoComplete="current-password"
              isRequired
              autoFocus
            />
          )}
          <TextField
            label={t('people.password.new')}
            name="new_password"
            type="password"
            autoComplete="new-password"
            help={t('people.password.length', { min: passwordLength.min })}
            isRequired
            autoFocus={!has_password}
          />
          <TextField
            label={t('people.password.again')}
            name="again"
            type="password"
            autoComplete="new-password"
            isRequired
          />
          {/* Not to be seen: it tells password managers whose password this is. */}
          <input name="username" autoComplete="username" value={user.email} readOnly hidden />
        </DialogBody>
      </Form>
    </Dialog>
  )
}
