/** The member's own password: the first, for who came by a one-time link, or another. */
/** @import { PutPassword, Session } from '@wellhead/client/schema' */
import { announce, h } from '../elements.js'
import { call, ProblemError } from '../http.js'
import { changed, signedIn, state } from '../state.js'
import { field } from './fields.js'
import { openForm } from './form.js'
import { exactTextOf } from './schema-form.js'

/** @param {string} returnTo */
export async function openPassword(returnTo) {
  // It may have been set in another tab meanwhile.
  try {
    state.session = /** @type {Session} */ (await call('GET', '/v1/session'))
  } catch (error) {
    announce(error instanceof Error ? error.message : String(error))
    return
  }
  changed()
  const { user, has_password } = signedIn()

  /** @param {HTMLFormElement} form */
  async function save(form) {
    const next = exactTextOf(form, 'new_password')
    if (next !== exactTextOf(form, 'again')) {
      const message = 'The two passwords differ.'
      throw new ProblemError({ code: 'invalid_request', detail: message, errors: [{ path: 'again', message }] })
    }
    const body = /** @type {PutPassword} */ ({
      new_password: next,
      ...(has_password ? { current_password: exactTextOf(form, 'current_password') } : {}),
    })
    state.session = /** @type {Session} */ (await call('PUT', '/v1/session/password', body))
    changed()
    announce(has_password ? 'The password is changed.' : 'The password is set.')
  }

  openForm({
    title: has_password ? 'Change password' : 'Set password',
    returnTo,
    body: [
      h('p', {}, 'You sign in with it as ', h('strong', {}, user.email), '. You are signed out everywhere else.'),
      has_password && passwordField('Current password', 'current_password', 'current-password'),
      passwordField('New password', 'new_password', 'new-password', 'At least 10 characters.'),
      passwordField('New password again', 'again', 'new-password'),
      // Not to be seen: it tells password managers whose password this is.
      h('input', { name: 'username', autocomplete: 'username', value: user.email, readonly: true, hidden: true }),
    ],
    sends: [{ label: 'Save', busy: 'Saving …', send: save }],
  })
}

/** @param {string} label @param {string} name @param {string} autocomplete @param {string} [help] */
function passwordField(label, name, autocomplete, help) {
  return field({ label, name, type: 'password', required: true, more: { autocomplete }, ...(help ? { help } : {}) })
}
