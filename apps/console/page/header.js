import { invite } from './dialogs/invite.js'
import { openPassword } from './dialogs/password.js'
import { button, h, unseen } from './elements.js'
import { call, postForm } from './http.js'
import { reconcile } from './reconcile.js'
import { mayConfigure, signedIn } from './state.js'
import { roles } from './words.js'

/** @param {HTMLElement} header */
export function drawHeader(header) {
  const session = signedIn()
  document.title = `Data Sources · ${session.workspace.name} · Wellhead`
  reconcile(header, [
    { key: 'header', facts: session, build },
    ...(session.has_password ? [] : [{ key: 'hint', facts: session.user.email, build: hint }]),
  ])
}

function build() {
  const { user, workspace, workspaces, has_password } = signedIn()
  return h(
    'div',
    { class: 'bar' },
    h('span', { class: 'brand' }, 'Wellhead'),
    workspaces.length > 1 ? switcher() : h('span', { class: 'workspace' }, workspace.name),
    h('span', { class: 'who' }, `${user.name} (${user.email}), ${roles[workspace.role]}`),
    mayConfigure() && button('Invite', { key: 'invite', of: 'a new member', click: () => invite('invite') }),
    button(has_password ? 'Change password' : 'Set password', {
      key: 'password',
      click: () => openPassword('password'),
    }),
    button('Sign out', { key: 'sign-out', click: signOut }),
  )
}

/** For who came by a link that works once. */
function hint() {
  return h(
    'p',
    { class: 'hint' },
    'You signed in by a link that works once. Set a password, and you can come back as ',
    h('strong', {}, signedIn().user.email),
    '.',
  )
}

function switcher() {
  const { workspace, workspaces } = signedIn()
  return h(
    'label',
    { class: 'workspace' },
    unseen('Workspace '),
    h(
      'select',
      {
        'data-focus': 'workspace',
        change: async (/** @type {Event} */ { target }) => {
          await call('POST', '/v1/session/workspace', {
            workspace_id: /** @type {HTMLSelectElement} */ (target).value,
          })
          sessionStorage.clear()
          location.assign('/')
        },
      },
      ...workspaces.map(({ id, name }) => h('option', { value: id, selected: id === workspace.id }, name)),
    ),
  )
}

async function signOut() {
  sessionStorage.clear()
  await postForm('/sign-out').catch(() => {})
  location.assign('/')
}
