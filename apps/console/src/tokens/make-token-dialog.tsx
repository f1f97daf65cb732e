import { useQueryClient } from '@tanstack/react-query'
import { type CreatedApiToken, type TokenScope, tokenScopes } from '@wellhead/client/schema'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { api } from '../api/client.ts'
import { tokensQuery } from '../api/queries.ts'
import { Button } from '../ui/button.tsx'
import { Checkbox, CheckboxGroup } from '../ui/choice.tsx'
import { CopyField } from '../ui/copy-field.tsx'
import { Dialog, DialogBody, DialogFooter } from '../ui/dialog.tsx'
import { TextField } from '../ui/field.tsx'
import { FieldProblems, Form, textIn } from '../ui/form.tsx'
import { Select } from '../ui/select.tsx'

const DAY_MS = 24 * 3600 * 1000
/** For how long a token may be made, days. */
const lives = { never: null, month: 30, quarter: 90, year: 365 } as const
type Life = keyof typeof lives

/** Makes an API token, and shows it once. */
export function MakeTokenDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation()
  const [made, setMade] = useState<CreatedApiToken | null>(null)
  return (
    <Dialog title={made ? t('tokens.madeTitle', { name: made.name }) : t('tokens.make')} onClose={onClose}>
      {made ? (
        <>
          <DialogBody>
            <p>{t('tokens.made')}</p>
            <CopyField label={t('tokens.token')} value={made.token} />
          </DialogBody>
          <DialogFooter>
            <Button look="primary" autoFocus onPress={onClose}>
              {t('ui.done')}
            </Button>
          </DialogFooter>
        </>
      ) : (
        <TokenForm onMade={setMade} onClose={onClose} />
      )}
    </Dialog>
  )
}

function TokenForm({ onMade, onClose }: { onMade: (made: CreatedApiToken) => void; onClose: () => void }) {
  const { t } = useTranslation()
  const queries = useQueryClient()
  const [scopes, setScopes] = useState<readonly string[]>(['connections:read', 'runs:read', 'runs:write'])
  const [life, setLife] = useState<Life>('quarter')

  async function send(form: FormData) {
    if (scopes.length === 0) throw new FieldProblems({ scopes: t('tokens.chooseScope') })
    const days = lives[life]
    const made = await api.tokens.create({
      body: {
        name: textIn(form, 'name'),
        scopes: scopes as TokenScope[],
        ...(days === null ? {} : { expires_at: new Date(Date.now() + days * DAY_MS).toISOString() }),
      },
    })
    void queries.invalidateQueries({ queryKey: tokensQuery.queryKey })
    onMade(made)
  }

  return (
    <Form
      onSend={send}
      footer={(isBusy) => (
        <DialogFooter>
          <Button onPress={onClose}>{t('ui.cancel')}</Button>
          <Button type="submit" look="primary" busy={isBusy && t('tokens.making')}>
            {t('tokens.make')}
          </Button>
        </DialogFooter>
      )}
    >
      <DialogBody>
        <TextField
          name="name"
          label={t('tokens.name')}
          help={t('tokens.nameHelp')}
          maxLength={100}
          isRequired
          autoFocus
        />
        <CheckboxGroup
          name="scopes"
          label={t('tokens.scopes')}
          value={[...scopes]}
          onChange={(chosen) => setScopes(chosen)}
        >
          {tokenScopes.map((scope) => (
            <Checkbox key={scope} value={scope} help={<code>{scope}</code>}>
              {t(`tokens.scope.${scope}`)}
            </Checkbox>
          ))}
        </CheckboxGroup>
        <Select<Life>
          label={t('tokens.expires')}
          value={life}
          onChange={setLife}
          options={(Object.keys(lives) as Life[]).map((value) => ({ value, label: t(`tokens.lives.${value}`) }))}
        />
      </DialogBody>
    </Form>
  )
}
