/** @import { DataSource, Session } from '@wellhead/client/schema' */
import { followAttempts } from './attempts.js'
import { drawDataSources } from './data-sources.js'
import { h } from './elements.js'
import { drawHeader } from './header.js'
import { call, ProblemError } from './http.js'
import { follow, followReader } from './live.js'
import { showSignIn } from './sign-in.js'
import { changed, drawWith, state } from './state.js'

const page = /** @type {HTMLElement} */ (document.getElementById('page'))

async function start() {
  try {
    state.session = /** @type {Session} */ (await call('GET', '/v1/session'))
    const { items } = /** @type {{ items: DataSource[] }} */ (await call('GET', '/v1/data-sources'))
    state.dataSources = items
  } catch (error) {
    if (error instanceof ProblemError && error.code === 'unauthenticated') return
    return showTrouble(error instanceof Error ? error.message : String(error))
  }
  const header = h('header', { class: 'top' })
  const main = h('main', {})
  page.replaceChildren(header, main)
  drawWith(() => {
    drawHeader(header)
    drawDataSources(main)
  })
  changed()
  followAttempts()
  followReader()
  follow()
}

/** @param {string} sentence */
function showTrouble(sentence) {
  page.replaceChildren(
    h(
      'main',
      { class: 'narrow' },
      h('p', { class: 'brand' }, 'Wellhead'),
      h('h1', {}, 'This did not work'),
      h('p', { role: 'alert' }, sentence),
      h('button', { type: 'button', class: 'primary', click: () => location.reload() }, 'Try again'),
    ),
  )
}

addEventListener('wellhead:signed-out', () => {
  // From here on nothing of the former session is shown.
  if (state.session) return location.reload()
  showSignIn(page)
})

void start()
