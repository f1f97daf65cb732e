/** @import { Child } from '../elements.js' */
import { h } from '../elements.js'

let count = 0

/**
 * A labelled field with its help and a place for its error.
 *
 * @param {{ label: string, name: string, help?: Child | readonly Child[], type?: string, value?: string, required?: boolean, more?: import('../elements.js').Attributes }} options
 * @returns {HTMLElement}
 */
export function field({ label, name, help, type = 'text', value = '', required = false, more = {} }) {
  const id = `field-${++count}`
  const input = h('input', {
    id,
    name,
    type,
    required,
    'aria-describedby': `${help ? `${id}-help ` : ''}${id}-error`,
    ...(type === 'checkbox' ? {} : { autocomplete: 'off' }),
    ...more,
  })
  if (type !== 'checkbox') input.value = value
  const optional = !required && type !== 'checkbox' && h('span', { class: 'quiet' }, ' (optional)')
  return h(
    'div',
    { class: type === 'checkbox' ? 'field check' : 'field' },
    h('label', { for: id }, label, optional),
    input,
    help && h('p', { id: `${id}-help`, class: 'quiet' }, ...[help].flat()),
    h('p', { id: `${id}-error`, class: 'bad', role: 'alert' }),
  )
}

/** A secret: never shown, never offered to be saved. @param {{ label: string, name: string, help?: Child | readonly Child[], placeholder?: string, required?: boolean }} options */
export function secretField({ placeholder, required = true, ...options }) {
  return field({ ...options, type: 'password', required, more: { placeholder, spellcheck: 'false' } })
}

/** @param {string} value @param {string} [help] */
export function nameField(value, help) {
  return field({
    label: 'Authorization Name',
    name: 'name',
    value,
    required: value !== '',
    more: { maxlength: 100 },
    ...(help ? { help } : {}),
  })
}

/** @param {string} href @param {string} text A link to a page of the provider's. */
export function outside(href, text) {
  return h(
    'a',
    { href, target: '_blank', rel: 'noopener noreferrer' },
    text,
    h('span', { class: 'unseen' }, ' (opens a new tab)'),
  )
}

/** A value to be copied as it stands. @param {string} label @param {string} value */
export function copyable(label, value) {
  const id = `field-${++count}`
  const input = h('input', { id, readonly: true, class: 'exact' })
  input.value = value
  const copy = h('button', { type: 'button', class: 'plain' }, 'Copy')
  const said = h('span', { class: 'good', role: 'status' })
  copy.addEventListener('click', async () => {
    input.select()
    try {
      await navigator.clipboard.writeText(value)
      said.textContent = 'Copied.'
    } catch {
      said.textContent = 'Selected: copy it with the keyboard.'
    }
  })
  return h('div', { class: 'field' }, h('label', { for: id }, label), h('div', { class: 'copy' }, input, copy), said)
}
