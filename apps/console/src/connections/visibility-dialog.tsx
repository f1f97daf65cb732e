import { useQuery, useQueryClient } from '@tanstack/react-query'
import type { Connection, Member } from '@wellhead/client'
import type { Visibility } from '@wellhead/client/schema'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { api } from '../api/client.ts'
import { reloadConnection } from '../api/connection-cache.ts'
import { membersQuery } from '../api/queries.ts'
import { useSession } from '../app/session.tsx'
import { Button } from '../ui/button.tsx'
import { Checkbox, CheckboxGroup, Radio, RadioGroup } from '../ui/choice.tsx'
import { Dialog, DialogBody, DialogFooter } from '../ui/dialog.tsx'
import { Form } from '../ui/form.tsx'
import { ErrorState, Skeleton } from '../ui/states.tsx'

export function VisibilityDialog({ connection, onClose }: { connection: Connection; onClose: () => void }) {
  const { t } = useTranslation()
  const { data: members, error, refetch } = useQuery(membersQuery)
  return (
    <Dialog title={t('connections.visibility.title', { name: connection.name })} onClose={onClose}>
      {members === undefined ? (
        <DialogBody>{error ? <ErrorState error={error} onAgain={() => void refetch()} /> : <Skeleton />}</DialogBody>
      ) : (
        <VisibilityForm connection={connection} members={members} onClose={onClose} />
      )}
    </Dialog>
  )
}

function VisibilityForm(props: { connection: Connection; members: readonly Member[]; onClose: () => void }) {
  const { connection, members, onClose } = props
  const { t } = useTranslation()
  const queries = useQueryClient()
  const { user } = useSession()
  const [visibility, setVisibility] = useState<Visibility>(connection.visibility)
  const isOwn = connection.created_by === user.id
  const maker = members.find(({ user_id }) => user_id === connection.created_by)?.name
  const others = members.filter(({ user_id }) => user_id !== connection.created_by)

  async function save(form: FormData) {
    await api.connections.update({
      params: { id: connection.id },
      body: {
        visibility,
        ...(visibility === 'members' ? { member_ids: form.getAll('member_ids').map(String) } : {}),
      },
    })
    // It may be out of one's own sight now.
    await reloadConnection(queries, connection.id)
    onClose()
  }

  return (
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
        <RadioGroup<Visibility> label={t('connections.visibility.label')} value={visibility} onChange={setVisibility}>
          <Radio value="only_me">
            {isOwn
              ? t('connections.visibility.onlyMe')
              : t('connections.visibility.onlyMember', { name: maker ?? t('connections.visibility.whoever') })}
          </Radio>
          <Radio value="members">{t('connections.visibility.members')}</Radio>
          <Radio value="workspace">{t('connections.visibility.workspace')}</Radio>
        </RadioGroup>
        {visibility === 'members' && (
          <CheckboxGroup
            name="member_ids"
            label={t('connections.visibility.chosen')}
            defaultValue={connection.member_ids}
            help={
              isOwn
                ? t('connections.visibility.you')
                : t('connections.visibility.maker', { name: maker ?? t('connections.visibility.whoever') })
            }
          >
            {others.map((member) => (
              <Checkbox key={member.user_id} value={member.user_id} help={member.email}>
                {member.name}
              </Checkbox>
            ))}
            {others.length === 0 && <p>{t('connections.visibility.alone')}</p>}
          </CheckboxGroup>
        )}
      </DialogBody>
    </Form>
  )
}
