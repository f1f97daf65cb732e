/** Changes to a connection: its name, who may use it, its end. */
/** @import { Connection, DataSource, Member, Visibility } from '@wellhead/client/schema' */
import { keep, reloadConnection } from '../connections.js'
import { h } from '../elements.js'
import { call } from '../http.js'
import { signedIn } from '../state.js'
import { visibilities } from '../words.js'
import { nameField } from './fields.js'
import { openForm } from './form.js'
import { textOf } from './schema-form.js'

/** @param {Connection} connection @param {string} returnTo */
export function rename(connection, returnTo) {
  openForm({
    title: `Rename “${connection.name}”`,
    returnTo,
    body: [nameField(connection.name)],
    sends: [
      {
        label: 'Save',
        busy: 'Saving …',
        send: async (form) =>
          keep(await call('PATCH', `/v1/connections/${connection.id}`, { name: textOf(form, 'name') })),
      },
    ],
  })
}

/** @param {Connection} connection @param {string} returnTo */
export async function chooseVisibility(connection, returnTo) {
  const { items: members } = /** @type {{ items: Member[] }} */ (await call('GET', '/v1/members'))
  const maker = members.find(({ user_id }) => user_id === connection.created_by)
  const isOwn = connection.created_by === signedIn().user.id
  const others = members.filter(({ user_id }) => user_id !== connection.created_by)
  const list = h(
    'fieldset',
    { class: 'members' },
    h('legend', {}, 'Members'),
    h('p', { class: 'quiet' }, `${isOwn ? 'You' : (maker?.name ?? 'Whoever made it')} always may.`),
    ...others.map((member) =>
      h(
        'label',
        { class: 'choice' },
        h('input', {
          type: 'checkbox',
          name: 'member',
          value: member.user_id,
          checked: connection.member_ids.includes(member.user_id),
        }),
        h('span', {}, `${member.name}, ${member.email}`),
      ),
    ),
    others.length === 0 && h('p', {}, 'There is nobody else in this workspace yet.'),
  )
  list.hidden = connection.visibility !== 'members'
  const choices = /** @type {[Visibility, string][]} */ (Object.entries(visibilities)).map(([visibility, word]) =>
    h(
      'label',
      { class: 'choice' },
      h('input', {
        type: 'radio',
        name: 'visibility',
        value: visibility,
        checked: connection.visibility === visibility,
        change: () => {
          list.hidden = visibility !== 'members'
        },
      }),
      h('span', {}, visibility === 'only_me' && !isOwn ? `Only ${maker?.name ?? 'whoever made it'}` : word),
    ),
  )
  openForm({
    title: `Who may use “${connection.name}”`,
    returnTo,
    body: [h('fieldset', {}, h('legend', {}, 'It can be seen and used by'), ...choices), list],
    sends: [
      {
        label: 'Save',
        busy: 'Saving …',
        async send(form) {
          const chosen = new FormData(form)
          const visibility = chosen.get('visibility')
          await call('PATCH', `/v1/connections/${connection.id}`, {
            visibility,
            ...(visibility === 'members' ? { member_ids: chosen.getAll('member') } : {}),
          })
          // It may be out of one's own sight now.
          await reloadConnection(connection.id)
        },
      },
    ],
  })
}

/** @param {DataSource} source @param {Connection} connection @param {string} returnTo */
export function confirmDelete(source, connection, returnTo) {
  openForm({
    title: `Delete “${connection.name}”?`,
    returnTo,
    body: [
      h('p', {}, 'Runs and pipelines that use this connection stop working at once.'),
      h(
        'p',
        {},
        connection.method === 'oauth2'
          ? `Wellhead asks ${source.name} to end the access, and erases the credential and the documents that were read with it.`
          : `Wellhead erases the key and the documents that were read with it. At ${source.name} the key stays good until you end it there.`,
      ),
    ],
    sends: [
      {
        label: 'Delete',
        busy: 'Deleting …',
        look: 'danger',
        async send() {
          await call('DELETE', `/v1/connections/${connection.id}`)
          await reloadConnection(connection.id)
        },
      },
    ],
  })
}
