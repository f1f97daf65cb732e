import { field } from './dialogs/fields.js'
import { exactTextOf, textOf } from './dialogs/schema-form.js'
import { h } from './elements.js'
import { postForm } from './http.js'

/** @param {HTMLElement} page */
export function showSignIn(page) {
  document.title = 'Sign in · Wellhead'
  const trouble = h('p', { class: 'bad', role: 'alert' })
  const submit = h('button', { type: 'submit', class: 'primary' }, 'Sign in')
  const form = h(
    'form',
    {},
    trouble,
    field({
      label: 'E-mail address',
      name: 'email',
      type: 'email',
      required: true,
      more: { autocomplete: 'username' },
    }),
    field({
      label: 'Password',
      name: 'password',
      type: 'password',
      required: true,
      more: { autocomplete: 'current-password' },
    }),
    submit,
  )
  form.addEventListener('submit', async (event) => {
    event.preventDefault()
    trouble.textContent = ''
    submit.disabled = true
    const sentence = await signIn(textOf(form, 'email'), exactTextOf(form, 'password'))
    if (sentence === null) return location.reload()
    submit.disabled = false
    trouble.textContent = sentence
    form.querySelector('input')?.focus()
  })
  page.replaceChildren(
    h(
      'main',
      { class: 'narrow' },
      h('p', { class: 'brand' }, 'Wellhead'),
      h('h1', {}, 'Sign in'),
      form,
      h(
        'p',
        { class: 'quiet' },
        'No password yet? ',
        h('code', {}, 'wellhead start'),
        ' prints a link that signs in once. If somebody invited you, open your invite link.',
      ),
    ),
  )
  form.querySelector('input')?.focus()
}

/**
 * @param {string} email
 * @param {string} password
 * @returns {Promise<string | null>} why not, or null
 */
async function signIn(email, password) {
  try {
    const { ok, status } = await postForm('/sign-in', { email, password })
    if (ok) return null
    if (status === 401) return 'This e-mail address and password do not belong together.'
    if (status === 429) return 'Too many tries. Wait a minute, then try again.'
    return `Wellhead answered with status ${status}. Try again.`
  } catch {
    return 'Wellhead does not answer. Is it still running?'
  }
}
