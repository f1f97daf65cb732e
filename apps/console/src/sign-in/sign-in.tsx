import { Trans, useTranslation } from 'react-i18next'
import { postForm } from '../api/client.ts'
import { Button } from '../ui/button.tsx'
import { TextField } from '../ui/field.tsx'
import { exactTextIn, Form, textIn } from '../ui/form.tsx'
import { Notice } from '../ui/notice.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import styles from './sign-in.module.css'

/** In the place of the page, at the same address: whoever signs in is where they wanted to go. */
export function SignIn({ hasEnded }: { hasEnded: boolean }) {
  const { t } = useTranslation()

  async function send(form: FormData) {
    const body = { email: textIn(form, 'email'), password: exactTextIn(form, 'password') }
    const { ok, status } = await postForm('/sign-in', body)
    // Everything begins anew for whoever this is.
    if (ok) return location.reload()
    if (status === 401) throw new Error(t('signIn.wrong'))
    if (status === 429) throw new Error(t('signIn.tooMany'))
    throw new Error(t('signIn.failed', { status }))
  }

  return (
    <main className={styles.page}>
      <div className={styles.brand}>
        <img src="/icon.svg" alt="" width={32} height={32} />
        <span>{t('app.name')}</span>
      </div>
      <div className={styles.card}>
        <PageHeader title={t('signIn.title')} />
        {hasEnded && <Notice role="status">{t('signIn.ended')}</Notice>}
        <Form
          onSend={send}
          className={styles.form}
          footer={(isBusy) => (
            <Button type="submit" look="primary" busy={isBusy && t('signIn.busy')}>
              {t('signIn.action')}
            </Button>
          )}
        >
          <TextField label={t('signIn.email')} name="email" type="email" autoComplete="username" isRequired autoFocus />
          <TextField
            label={t('signIn.password')}
            name="password"
            type="password"
            autoComplete="current-password"
            isRequired
          />
        </Form>
      </div>
      <p className={styles.hint}>
        <Trans i18nKey="signIn.noPassword" components={{ code: <code /> }} t={t} />
      </p>
    </main>
  )
}
