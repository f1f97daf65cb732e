/** @typedef {{ key: string, facts: unknown, build: () => HTMLElement }} Part What is drawn, and the facts that it is drawn from. */

/** @type {WeakMap<Element, string>} */
const drawnFrom = new WeakMap()

/**
 * Makes `parent` hold these parts in this order. A part is built anew only when its facts have changed; then the
 * focus stays on the button that had it.
 *
 * @param {Element} parent
 * @param {readonly Part[]} parts
 */
export function reconcile(parent, parts) {
  const present = new Map([...parent.children].map((child) => [child.getAttribute('data-key'), child]))
  const wanted = new Set(parts.map(({ key }) => key))
  for (const [key, child] of present) if (key === null || !wanted.has(key)) child.remove()
  parts.forEach(({ key, facts, build }, index) => {
    const signature = JSON.stringify(facts)
    let element = /** @type {HTMLElement | undefined} */ (present.get(key))
    if (!element || drawnFrom.get(element) !== signature) {
      const former = element
      element = build()
      element.setAttribute('data-key', key)
      drawnFrom.set(element, signature)
      if (former) replace(former, element)
    }
    if (parent.children[index] !== element) parent.insertBefore(element, parent.children[index] ?? null)
  })
}

/**
 * @param {Element} former
 * @param {HTMLElement} next
 */
function replace(former, next) {
  const active = document.activeElement
  const focused = active !== null && former.contains(active) ? (active.getAttribute('data-focus') ?? '') : undefined
  former.replaceWith(next)
  if (focused !== undefined) focusOn(focused, next)
}

/**
 * Moves the focus to the element of this key; when it is gone, to what `otherwise` can take it: itself or its first part.
 *
 * @param {string} key
 * @param {HTMLElement | null} [otherwise]
 */
export function focusOn(key, otherwise = null) {
  const found = key === '' ? null : document.querySelector(`[data-focus="${CSS.escape(key)}"]`)
  const target =
    found instanceof HTMLElement && found.offsetParent !== null
      ? found
      : (otherwise?.querySelector('[tabindex="-1"], button, summary') ?? otherwise)
  if (target instanceof HTMLElement) target.focus()
}
