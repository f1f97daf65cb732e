/** Elements without a framework. Text goes in as text nodes, so data is never read as HTML. */

/** @typedef {Node | string | number | null | undefined | false} Child */
/** @typedef {Readonly<Record<string, unknown>>} Attributes Functions are listeners, `true` an empty attribute, `false` and undefined none. */

/**
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Attributes} [attributes]
 * @param {...(Child | readonly Child[])} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue
    if (typeof value === 'function') element.addEventListener(name, /** @type {EventListener} */ (value))
    else element.setAttribute(name, value === true ? '' : String(value))
  }
  append(element, children)
  return element
}

/**
 * @param {Element} parent
 * @param {readonly (Child | readonly Child[])[]} children
 */
export function append(parent, children) {
  for (const child of children.flat())
    if (child !== null && child !== undefined && child !== false)
      parent.append(typeof child === 'number' ? String(child) : child)
}

/**
 * Text for screen readers alone.
 *
 * @param {string} text
 */
export const unseen = (text) => h('span', { class: 'unseen' }, text)

/**
 * A button. `key` names it within the page, so that focus finds it again after its surroundings were drawn anew.
 *
 * @param {string} label
 * @param {{ key: string, click: () => unknown, of?: string | undefined, look?: 'primary' | 'plain' | 'danger', busy?: string | false }} options
 *   `of`: what it acts on, for screen readers; `busy`: shown instead of the label while it works
 */
export function button(label, { key, click, of, look = 'plain', busy = false }) {
  return h(
    'button',
    {
      type: 'button',
      class: look,
      'data-focus': key,
      'aria-disabled': busy === false ? undefined : 'true',
      click: () => busy === false && click(),
    },
    busy === false ? label : busy,
    of !== undefined && unseen(` (${of})`),
  )
}

/**
 * @param {string | null} instant RFC 3339
 * @returns {HTMLTimeElement | undefined} in the reader's own zone
 */
export function time(instant) {
  if (instant === null) return undefined
  const at = new Date(instant)
  return h(
    'time',
    { datetime: instant, title: at.toLocaleString(undefined, { dateStyle: 'full', timeStyle: 'long' }) },
    at.toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' }),
  )
}

/**
 * Says a sentence to screen readers.
 *
 * @param {string} sentence
 */
export function announce(sentence) {
  const region = document.getElementById('announcements')
  if (!region) return
  region.append(h('p', {}, sentence))
  while (region.childElementCount > 5) region.firstElementChild?.remove()
}
