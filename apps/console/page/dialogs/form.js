/** @import { Child } from '../elements.js' */
import { announce, append, h } from '../elements.js'
import { ProblemError } from '../http.js'
import { openDialog } from './dialog.js'

/**
 * A way to send a form, with a button of its own.
 *
 * @typedef {object} Send
 * @property {string} label
 * @property {string} busy Shown while it works
 * @property {(form: HTMLFormElement, prepared: unknown) => Promise<void>} send The dialog closes when it resolves.
 * @property {() => unknown} [prepare] Runs in the very click, for what the browser allows only there
 * @property {'primary' | 'plain' | 'danger'} [look]
 * @property {boolean} [skipsCheck] What is in the fields does not matter to it.
 */

/** The field that a problem is about, where it does not say so itself. @type {Readonly<Record<string, string>>} */
const fieldOf = { name_taken: 'name', credential_invalid: 'api_key', api_key_required: 'api_key' }

/**
 * A dialog with a form. A problem is shown at the field it is about.
 *
 * @param {{ title: string, body: readonly Child[], sends: readonly Send[], returnTo: string }} options The first of `sends` is what Enter does.
 */
export function openForm({ title, body, sends, returnTo }) {
  const trouble = h('p', { class: 'bad', role: 'alert' })
  const form = h('form', { novalidate: true })
  append(form, [...body, trouble])
  let isBusy = false

  /**
   * @param {Send} way
   * @param {HTMLButtonElement} button
   */
  async function send(way, button) {
    if (isBusy) return
    trouble.textContent = ''
    for (const input of inputsOf(form)) showAt(input, '')
    if (!way.skipsCheck && !checkInputs(form)) return
    isBusy = true
    const prepared = way.prepare?.()
    button.textContent = way.busy
    button.setAttribute('aria-disabled', 'true')
    announce(way.busy)
    try {
      await way.send(form, prepared)
      dialog.close()
    } catch (error) {
      showProblem(form, trouble, error)
    } finally {
      isBusy = false
      button.textContent = way.label
      button.removeAttribute('aria-disabled')
    }
  }

  const buttons = sends.map((way, index) => {
    const button = h(
      'button',
      { type: index === 0 ? 'submit' : 'button', class: way.look ?? (index === 0 ? 'primary' : 'plain') },
      way.label,
    )
    if (index > 0) button.addEventListener('click', () => void send(way, button))
    return button
  })
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    const [first] = buttons
    if (sends[0] && first) void send(sends[0], first)
  })
  form.append(
    h('footer', {}, ...buttons, h('button', { type: 'button', class: 'plain', click: () => dialog.close() }, 'Cancel')),
  )
  const dialog = openDialog({ title, body: [form], returnTo })
  return dialog
}

/** @typedef {HTMLInputElement | HTMLSelectElement} Input */

/** @param {HTMLFormElement} form */
const inputsOf = (form) =>
  /** @type {Input[]} */ ([...form.elements].filter((one) => 'setCustomValidity' in one && 'name' in one && one.name))

/** What the browser can tell by itself, in its words at the field. @param {HTMLFormElement} form */
function checkInputs(form) {
  const wrong = inputsOf(form).filter((input) => !input.checkValidity())
  for (const input of wrong) showAt(input, input.validity.valueMissing ? 'This is needed.' : input.validationMessage)
  wrong[0]?.focus()
  return wrong.length === 0
}

/**
 * @param {HTMLFormElement} form
 * @param {HTMLElement} trouble Where it goes when no field is to blame
 * @param {unknown} error
 */
function showProblem(form, trouble, error) {
  const at = (/** @type {string} */ name) => inputsOf(form).find((input) => input.name === name)
  let isShown = false
  if (error instanceof ProblemError) {
    const own = fieldOf[error.code]
    const places = error.errors.length > 0 ? error.errors : own ? [{ path: own, message: error.message }] : []
    for (const { path, message } of places) {
      const input = at(path)
      if (!input) continue
      showAt(input, message)
      if (!isShown) input.focus()
      isShown = true
    }
  }
  if (!isShown) trouble.textContent = error instanceof Error ? error.message : String(error)
}

/**
 * @param {Input} input
 * @param {string} message Empty: nothing is wrong.
 */
function showAt(input, message) {
  const place = document.getElementById(`${input.id}-error`)
  if (!place) return
  place.textContent = message
  if (message === '') input.removeAttribute('aria-invalid')
  else input.setAttribute('aria-invalid', 'true')
}
