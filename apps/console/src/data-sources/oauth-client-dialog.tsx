import { useQuery, useQueryClient } from '@tanstack/react-query'
import type { DataSource, OAuthClient } from '@wellhead/client'
import { useState } from 'react'
import { Trans, useTranslation } from 'react-i18next'
import { api } from '../api/client.ts'
import { dataSourcesQuery, oauthClientQuery } from '../api/queries.ts'
import { type Attempt, openWindow } from '../authorizations/attempts.ts'
import { useAttempts } from '../authorizations/provider.tsx'
import { Button } from '../ui/button.tsx'
import { Radio, RadioGroup } from '../ui/choice.tsx'
import { CopyField } from '../ui/copy-field.tsx'
import { Dialog, DialogBody, DialogFooter } from '../ui/dialog.tsx'
import { ExternalLink } from '../ui/external-link.tsx'
import { SecretField, TextField } from '../ui/field.tsx'
import { Form, textIn } from '../ui/form.tsx'
import { ErrorState, Skeleton } from '../ui/states.tsx'
import { toast } from '../ui/toast.tsx'
import { type OAuthMethod, oauthOf } from './auth-method.ts'
import styles from './oauth-client-dialog.module.css'

interface Props {
  source: DataSource
  onBegun?: (attempt: Attempt) => void
  onClose: () => void
}

/** With which OAuth client new connections of a source are made: the installation's, or the workspace's own. */
export function OAuthClientDialog(props: Props) {
  const { source, onClose } = props
  const { t } = useTranslation()
  const method = oauthOf(source)
  const { data: custom, error, refetch } = useQuery(oauthClientQuery(source.id))
  if (!method) return null
  return (
    <Dialog title={t('dataSources.client.title', { source: source.name })} onClose={onClose}>
      {custom === undefined ? (
        <DialogBody>{error ? <ErrorState error={error} onAgain={() => void refetch()} /> : <Skeleton />}</DialogBody>
      ) : (
        <ClientForm {...props} method={method} custom={custom} />
      )}
    </Dialog>
  )
}

type Kind = 'default' | 'custom'

function ClientForm({
  source,
  method,
  custom,
  onBegun,
  onClose,
}: Props & { method: OAuthMethod; custom: OAuthClient | null }) {
  const { t } = useTranslation()
  const queries = useQueryClient()
  const attempts = useAttempts()
  const [kind, setKind] = useState<Kind>(custom || !method.default_client_offered ? 'custom' : 'default')

  const of = { params: { id: source.id } }

  async function save(form: FormData): Promise<void> {
    if (kind === 'default') return custom ? remove() : told(null, t('dataSources.client.saved'))
    const secret = textIn(form, 'client_secret')
    const saved = await api.oauthClients.put({
      ...of,
      body: { client_id: textIn(form, 'client_id'), ...(secret === '' ? {} : { client_secret: secret }) },
    })
    await told(saved, t('dataSources.client.saved'))
  }

  async function remove(): Promise<void> {
    await api.oauthClients.delete(of)
    await told(null, t('dataSources.client.removed'))
  }

  /** The source says with which client it is authorized from now on. */
  async function told(client: OAuthClient | null, said: string): Promise<void> {
    queries.setQueryData(oauthClientQuery(source.id).queryKey, client)
    await queries.invalidateQueries({ queryKey: dataSourcesQuery.queryKey })
    toast(said)
  }

  async function saveAndAuthorize(form: FormData) {
    // In the very click: later the browser would block it.
    const opened = openWindow(t('authorizations.opening', { source: source.name }))
    try {
      await save(form)
    } catch (error) {
      opened?.close()
      throw error
    }
    const attempt = await attempts.begin(source, {}, opened)
    onBegun?.(attempt)
  }

  async function send(form: FormData) {
    const way = form.get('way')
    if (way === 'authorize') await saveAndAuthorize(form)
    else if (way === 'remove') await remove()
    else await save(form)
    onClose()
  }

  return (
    <Form
      onSend={send}
      footer={(isBusy) => (
        <DialogFooter>
          <Button type="submit" busy={isBusy && t('ui.saving')}>
            {t('dataSources.client.save')}
          </Button>
          <Button type="submit" name="way" value="authorize" look="primary" isDisabled={isBusy}>
            {t('dataSources.client.saveAndAuthorize')}
          </Button>
          {/* Last, as Enter does what the first button does. */}
          {custom && kind === 'custom' && (
            <span className={styles.apart}>
              <Button type="submit" name="way" value="remove" look="danger" formNoValidate isDisabled={isBusy}>
                {t('dataSources.client.remove')}
              </Button>
            </span>
          )}
        </DialogFooter>
      )}
    >
      <DialogBody>
        {method.default_client_offered ? (
          <RadioGroup<Kind> label={t('dataSources.client.which')} value={kind} onChange={setKind}>
            <Radio value="default" help={t('dataSources.client.defaultHelp')}>
              {t('dataSources.client.default')}
            </Radio>
            <Radio value="custom" help={t('dataSources.client.customHelp', { source: source.name })}>
              {t('dataSources.client.custom')}
            </Radio>
          </RadioGroup>
        ) : (
          <p>{t('dataSources.client.noDefault')}</p>
        )}
        {kind === 'custom' && (
          <>
            <p>
              <Trans
                i18nKey="dataSources.client.register"
                values={{ source: source.name }}
                components={{
                  site: <ExternalLink href={source.sandbox_pages?.registration_url ?? method.registration_url} />,
                }}
                t={t}
              />
            </p>
            <CopyField label={t('dataSources.client.redirectUri')} value={method.redirect_uri} />
            <TextField
              name="client_id"
              label={t('dataSources.client.clientId')}
              defaultValue={custom?.client_id ?? ''}
              isRequired
            />
            <SecretField
              name="client_secret"
              label={t('dataSources.client.clientSecret')}
              isRequired={custom === null}
              help={custom && t('dataSources.client.secretKept', { hint: custom.secret_hint })}
            />
          </>
        )}
        <p className={styles.quiet}>{t('dataSources.client.kept')}</p>
      </DialogBody>
    </Form>
  )
}
