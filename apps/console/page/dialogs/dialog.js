/** @import { Child } from '../elements.js' */
import { append, h } from '../elements.js'
import { focusOn } from '../reconcile.js'

let count = 0

/**
 * Opens a modal dialog. Escape and the close button close it; the focus then goes back to where it came from.
 *
 * @param {{ title: string, body: readonly Child[], returnTo: string, wide?: boolean, closed?: () => void }} options
 *   `returnTo`: the key of the button that opened it
 * @returns {HTMLDialogElement}
 */
export function openDialog({ title, body, returnTo, wide = false, closed }) {
  const titleId = `dialog-${++count}`
  const dialog = h(
    'dialog',
    { 'aria-labelledby': titleId, class: wide && 'wide' },
    h(
      'header',
      {},
      h('h2', { id: titleId }, title),
      h('button', { type: 'button', class: 'close', 'aria-label': 'Close', click: () => dialog.close() }, '✕'),
    ),
  )
  append(dialog, body)
  dialog.addEventListener('close', () => {
    dialog.remove()
    closed?.()
    // One dialog may lead to another, which has the focus then.
    if (!document.querySelector('dialog[open]')) focusOn(returnTo, document.querySelector('main'))
  })
  document.body.append(dialog)
  dialog.showModal()
  const first = dialog.querySelector('[autofocus], input:not([type="hidden"]), select, textarea, footer button')
  if (first instanceof HTMLElement) first.focus()
  return dialog
}
