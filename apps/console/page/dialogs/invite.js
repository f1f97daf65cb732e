/** @import { CreatedInvitation } from '@wellhead/client/schema' */
import { h, time } from '../elements.js'
import { call } from '../http.js'
import { signedIn } from '../state.js'
import { roles, rolesByRank } from '../words.js'
import { openDialog } from './dialog.js'
import { copyable, field } from './fields.js'
import { openForm } from './form.js'
import { textOf } from './schema-form.js'

/** An invite link, to at most one's own role. @param {string} returnTo */
export function invite(returnTo) {
  const { role, name } = signedIn().workspace
  const offered = rolesByRank.slice(0, rolesByRank.indexOf(role) + 1)
  openForm({
    title: `Invite to ${name}`,
    returnTo,
    body: [
      h('p', {}, 'No mail is sent. You get a link to hand over yourself.'),
      field({ label: 'E-mail address', name: 'email', type: 'email', required: true }),
      h(
        'div',
        { class: 'field' },
        h('label', { for: 'invite-role' }, 'Role'),
        h(
          'select',
          { id: 'invite-role', name: 'role' },
          ...offered.map((one) => h('option', { value: one }, roles[one])),
        ),
        h('p', { id: 'invite-role-error', class: 'bad', role: 'alert' }),
      ),
    ],
    sends: [
      {
        label: 'Make the link',
        busy: 'Making the link …',
        async send(form) {
          const made = /** @type {CreatedInvitation} */ (
            await call('POST', '/v1/invitations', { email: textOf(form, 'email'), role: textOf(form, 'role') })
          )
          showLink(made, returnTo)
        },
      },
    ],
  })
}

/** @param {CreatedInvitation} made @param {string} returnTo */
function showLink(made, returnTo) {
  const dialog = openDialog({
    title: `The link for ${made.email}`,
    returnTo,
    body: [
      h('p', {}, 'Shown this once. It works once, until ', time(made.expires_at), '.'),
      copyable('Invite link', made.join_url),
      h('footer', {}, h('button', { type: 'button', class: 'primary', click: () => dialog.close() }, 'Done')),
    ],
  })
}
