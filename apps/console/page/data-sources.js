/** A card per data source: what it is, how to connect it, and its connections. */
/** @import { DataSource } from '@wellhead/client/schema' */
/** @import { Attempt } from './state.js' */
import { authorize, dismiss, isOpen, openWindow, sentenceOf } from './attempts.js'
import { connectionPart } from './connection.js'
import { connectionsOf } from './connections.js'
import { addApiKey } from './dialogs/add-api-key.js'
import { addOAuth, oauthOf } from './dialogs/add-oauth.js'
import { outside } from './dialogs/fields.js'
import { openClientSettings } from './dialogs/oauth-client.js'
import { announce, button, h, unseen } from './elements.js'
import { reconcile } from './reconcile.js'
import { changed, mayConfigure, state } from './state.js'
import { kinds } from './words.js'

/** @param {HTMLElement} main */
export function drawDataSources(main) {
  reconcile(main, [
    { key: 'path', facts: 0, build: () => h('p', { class: 'quiet path' }, 'Settings') },
    { key: 'title', facts: 0, build: () => h('h1', {}, 'Data Sources') },
    ...(state.trouble === null
      ? []
      : [
          {
            key: 'trouble',
            facts: state.trouble,
            build: () => h('p', { class: 'trouble', role: 'alert' }, state.trouble),
          },
        ]),
    ...state.dataSources.map((source) => ({
      key: source.id,
      facts: [source, mayConfigure()],
      build: () => card(source),
    })),
    ...(state.dataSources.length === 0
      ? [{ key: 'none', facts: 0, build: () => h('p', {}, 'This installation has no data sources.') }]
      : []),
  ])
  for (const source of state.dataSources) drawLists(main, source)
}

/** @param {DataSource} source */
function card(source) {
  const oauth = oauthOf(source)
  const addKey = `${source.id} add-api-key`
  const addGrant = `${source.id} add-oauth`
  const settings = `${source.id} oauth-client`
  const icon = h('img', { src: iconUrl(source.icon), alt: '', width: 40, height: 40, class: 'icon' })
  return h(
    'section',
    { class: 'card', 'aria-labelledby': `${source.id}-name` },
    h(
      'header',
      {},
      icon,
      h(
        'div',
        { class: 'what' },
        h(
          'h2',
          { id: `${source.id}-name`, tabindex: -1 },
          source.name,
          source.sandbox && h('span', { class: 'badge' }, unseen(' ('), 'Sandbox', unseen(')')),
        ),
        h('p', { class: 'quiet' }, kinds[source.kind]),
        h('p', {}, source.description, ' ', outside(source.documentation_url, 'Documentation')),
        source.sandbox &&
          h('p', { class: 'quiet' }, `A stand-in on this machine with sample data, not the real ${source.name}.`),
      ),
      h(
        'div',
        { class: 'actions add' },
        source.auth_methods.some(({ method }) => method === 'api_key') &&
          button('Add API Key', { key: addKey, of: source.name, click: () => addApiKey(source, addKey) }),
        oauth && button('Add OAuth', { key: addGrant, of: source.name, click: () => addOAuth(source, addGrant) }),
        oauth &&
          mayConfigure() &&
          h(
            'button',
            {
              type: 'button',
              class: 'plain gear',
              'data-focus': settings,
              'aria-label': `OAuth Client Settings (${source.name})`,
              title: 'OAuth Client Settings',
              click: () => openClientSettings(source, settings).catch(() => {}),
            },
            '⚙',
          ),
      ),
    ),
    h('ul', { class: 'attempts', 'data-list': 'attempts' }),
    h('ul', { class: 'connections', 'data-list': 'connections' }),
  )
}

/** SVG markup is shown as a picture, where no script of it runs. @param {string} icon */
function iconUrl(icon) {
  return icon.startsWith('data:') ? icon : `data:image/svg+xml,${encodeURIComponent(icon)}`
}

/** @param {HTMLElement} main @param {DataSource} source */
function drawLists(main, source) {
  const place = main.querySelector(`[data-key="${CSS.escape(source.id)}"]`)
  const [attempts, connections] = ['attempts', 'connections'].map((name) =>
    place?.querySelector(`[data-list="${name}"]`),
  )
  if (!attempts || !connections) return
  reconcile(
    attempts,
    [...state.attempts.values()]
      .filter(({ dataSource }) => dataSource === source.id)
      .map((attempt) => ({
        key: attempt.id,
        facts: [attempt, sentenceOf(attempt)],
        build: () => attemptItem(source, attempt),
      })),
  )
  const own = connectionsOf(source.id)
  reconcile(
    connections,
    own.length === 0
      ? [
          {
            key: 'none',
            facts: state.isLoaded,
            build: () => h('li', { class: 'none quiet' }, state.isLoaded ? 'Not connected yet.' : 'Loading …'),
          },
        ]
      : own.map((connection) => connectionPart(source, connection)),
  )
}

/** @param {DataSource} source @param {Attempt} attempt */
function attemptItem(source, attempt) {
  const key = `${attempt.id} go-on`
  const look = isOpen(attempt) ? 'quiet' : attempt.status === 'completed' ? 'good' : 'bad'
  const of = attempt.name ?? source.name
  return h(
    'li',
    { class: `attempt ${look}` },
    h('p', {}, attempt.name !== null && isOpen(attempt) && h('strong', {}, `${attempt.name}: `), sentenceOf(attempt)),
    h(
      'div',
      { class: 'actions' },
      attempt.status === 'pending' &&
        button('Open the window again', {
          key,
          of,
          click() {
            const opened = openWindow(source.name)
            if (opened) opened.location.replace(attempt.connectUrl)
            else location.assign(attempt.connectUrl)
          },
        }),
      !isOpen(attempt) &&
        attempt.status !== 'completed' &&
        button('Try again', { key, of, click: () => tryAgain(source, attempt) }),
      button(isOpen(attempt) ? 'Stop waiting' : 'Dismiss', {
        key: `${attempt.id} dismiss`,
        of,
        click() {
          dismiss(attempt.id)
          document.getElementById(`${source.id}-name`)?.focus()
        },
      }),
    ),
  )
}

/** @param {DataSource} source @param {Attempt} attempt */
async function tryAgain(source, attempt) {
  const connection = attempt.again ? state.connections.get(attempt.connectionId ?? '') : undefined
  try {
    await authorize(
      source,
      connection ? { connection } : attempt.name === null ? {} : { name: attempt.name },
      openWindow(source.name),
    )
    dismiss(attempt.id)
    document.getElementById(`${source.id}-name`)?.focus()
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    state.attempts.set(attempt.id, { ...attempt, status: 'failed', message })
    announce(message)
    changed()
  }
}
