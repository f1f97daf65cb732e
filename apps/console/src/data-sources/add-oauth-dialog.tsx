import type { Connection, DataSource } from '@wellhead/client'
import { useTranslation } from 'react-i18next'
import { mayConfigure, useSession } from '../app/session.tsx'
import type { Attempt } from '../authorizations/attempts.ts'
import { useAuthorize } from '../authorizations/provider.tsx'
import { Button } from '../ui/button.tsx'
import { Dialog, DialogBody, DialogFooter } from '../ui/dialog.tsx'
import { TextField } from '../ui/field.tsx'
import { Form, textIn } from '../ui/form.tsx'
import styles from './add-oauth-dialog.module.css'
import { type OAuthMethod, oauthOf } from './auth-method.ts'

interface Props {
  source: DataSource
  /** The connection to authorize again; without one, a new one is made. */
  again?: Connection
  onBegun?: (attempt: Attempt) => void
  /** To the OAuth client's settings, where none is set up. */
  onSettings: () => void
  onClose: () => void
}

/** Shows what will be asked for, then sends the person on to the provider. */
export function AddOAuthDialog(props: Props) {
  const { source, again, onClose } = props
  const { t } = useTranslation()
  const method = oauthOf(source)
  if (!method) return null
  const title = again
    ? t('dataSources.oauth.titleAgain', { name: again.name })
    : t('dataSources.oauth.title', { source: source.name })
  return (
    <Dialog title={title} onClose={onClose}>
      {method.client === 'missing' ? <ClientMissing {...props} /> : <Consent {...props} method={method} />}
    </Dialog>
  )
}

function Consent({ source, method, again, onBegun, onClose }: Props & { method: OAuthMethod }) {
  const { t } = useTranslation()
  const authorize = useAuthorize(source)

  async function send(form: FormData) {
    const attempt = await authorize(again ? { connection: again } : { name: textIn(form, 'name') })
    onBegun?.(attempt)
    onClose()
  }

  return (
    <Form
      onSend={send}
      footer={(isBusy) => (
        <DialogFooter>
          <Button onPress={onClose}>{t('ui.cancel')}</Button>
          <Button
            type="submit"
            look="primary"
            autoFocus={again !== undefined}
            busy={isBusy && t('authorizations.opening', { source: source.name })}
          >
            {t('dataSources.oauth.continue', { source: source.name })}
          </Button>
        </DialogFooter>
      )}
    >
      <DialogBody>
        <p>
          {t('dataSources.oauth.asks', { source: source.name })} {method.consent}
        </p>
        {source.sandbox && <p>{t('dataSources.oauth.sandbox')}</p>}
        {method.scopes.length > 0 && (
          <div>
            <p className={styles.label}>{t('dataSources.oauth.scopes')}</p>
            <ul className={styles.scopes}>
              {method.scopes.map((scope) => (
                <li key={scope}>
                  <code>{scope}</code>
                </li>
              ))}
            </ul>
          </div>
        )}
        {again ? (
          <p>
            {again.account
              ? t('dataSources.oauth.sameAccountNamed', { account: again.account.name })
              : t('dataSources.oauth.sameAccount')}
          </p>
        ) : (
          <TextField
            name="name"
            label={t('dataSources.key.name')}
            help={t('dataSources.key.nameHelp')}
            maxLength={100}
            autoFocus
          />
        )}
        <p className={styles.quiet}>
          {method.client === 'custom' ? t('dataSources.oauth.customClient') : t('dataSources.oauth.defaultClient')}{' '}
          {t('dataSources.oauth.window')}
        </p>
      </DialogBody>
    </Form>
  )
}

function ClientMissing({ source, onSettings, onClose }: Props) {
  const { t } = useTranslation()
  const session = useSession()
  return (
    <>
      <DialogBody>
        <p>{t('dataSources.oauth.missing', { source: source.name })}</p>
        {!mayConfigure(session) && <p>{t('dataSources.oauth.missingAsk')}</p>}
      </DialogBody>
      <DialogFooter>
        <Button onPress={onClose}>{t('ui.close')}</Button>
        {mayConfigure(session) && (
          <Button look="primary" autoFocus onPress={onSettings}>
            {t('dataSources.clientSettings')}
          </Button>
        )}
      </DialogFooter>
    </>
  )
}
