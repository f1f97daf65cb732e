/** One connection in its card. */
/** @import { Connection, DataSource } from '@wellhead/client/schema' */
import { makeDefault, refreshNow, testNow } from './connections.js'
import { replaceKey } from './dialogs/add-api-key.js'
import { addOAuth } from './dialogs/add-oauth.js'
import { chooseVisibility, confirmDelete, rename } from './dialogs/manage.js'
import { openRun } from './dialogs/run.js'
import { announce, button, h, time, unseen } from './elements.js'
import { changed, mayManage, state } from './state.js'
import { methods, statuses, visibilities } from './words.js'

/** @param {DataSource} source @param {Connection} connection @returns {import('./reconcile.js').Part} */
export function connectionPart(source, connection) {
  const note = state.notes.get(connection.id)
  const busy = state.busy.get(connection.id)
  // Not that of each use, nor of a change that shows nowhere.
  const { last_used_at: _used, updated_at: _updated, ...shown } = connection
  return {
    key: connection.id,
    facts: [shown, note, busy, state.open.has(connection.id)],
    build: () => item(source, connection),
  }
}

/** @param {DataSource} source @param {Connection} connection */
function item(source, connection) {
  const note = state.notes.get(connection.id)
  const { word, look, sign, hint } = statuses[connection.status]
  const id = `${connection.id}-name`
  return h(
    'li',
    { class: 'connection', 'aria-labelledby': id },
    h(
      'div',
      { class: 'line' },
      h('h3', { id, tabindex: -1 }, connection.name),
      h('span', { class: `status ${look}` }, h('span', { 'aria-hidden': 'true' }, `${sign} `), h('span', {}, word)),
      connection.default && h('span', { class: 'mark' }, 'Default'),
    ),
    facts(connection),
    hint && h('p', {}, hint),
    connection.last_error &&
      h(
        'p',
        { class: 'bad' },
        connection.last_error.message,
        ' ',
        h('span', { class: 'quiet' }, '(', time(connection.last_error.at), ')'),
      ),
    note && note.text !== connection.last_error?.message && h('p', { class: note.look }, note.text),
    connection.status !== 'deleting' && actions(source, connection),
  )
}

/** @param {Connection} connection */
function facts(connection) {
  /** @type {[string, import('./elements.js').Child][]} */
  const pairs = [
    ['Account', connection.account?.name || null],
    [
      'Method',
      connection.key_hint
        ? `${methods[connection.method]} ending in ${connection.key_hint}`
        : methods[connection.method],
    ],
    ['Client', connection.client?.kind === 'custom' ? 'Custom OAuth client' : null],
    ['Token valid until', time(connection.expires_at)],
    ['Last refreshed', time(connection.last_refreshed_at)],
    ['May be used by', usedBy(connection)],
  ]
  return h(
    'dl',
    {},
    ...pairs.filter(([, value]) => value).map(([term, value]) => h('div', {}, h('dt', {}, term), h('dd', {}, value))),
  )
}

/** @param {Connection} connection */
function usedBy({ visibility, member_ids: { length } }) {
  if (visibility !== 'members') return visibility === 'only_me' ? 'Whoever made it' : visibilities.workspace
  return `${visibilities.members} (${length})`
}

/** @param {DataSource} source @param {Connection} connection */
function actions(source, connection) {
  const of = connection.name
  const busy = state.busy.get(connection.id)
  const key = (/** @type {string} */ action) => `${connection.id} ${action}`
  const isOAuth = connection.method === 'oauth2'
  const isUsable = connection.status === 'active' || connection.status === 'degraded'
  const needsKey = connection.status === 'invalid'
  const needsGrant = connection.status === 'needs_reauthorization'
  const manages = mayManage(connection)
  const isOpen = state.open.has(connection.id)
  const again = button('Authorize again', {
    key: key('again'),
    of,
    look: needsGrant ? 'primary' : 'plain',
    click: () => addOAuth(source, key('again'), connection),
  })
  const newKey = button('Replace key', {
    key: key('key'),
    of,
    look: needsKey ? 'primary' : 'plain',
    click: () => replaceKey(source, connection, key('key')),
  })
  if (!manages && !isUsable) return h('p', { class: 'quiet' }, 'Whoever made it, an owner or an editor can mend it.')
  return h(
    'div',
    { class: 'actions' },
    isUsable &&
      button('Run', { key: key('run'), of, look: 'primary', click: () => openRun(source, connection, key('run')) }),
    manages && needsGrant && again,
    manages && needsKey && newKey,
    manages &&
      !needsGrant &&
      button('Test now', {
        key: key('test'),
        of,
        busy: busy === 'test' && 'Testing …',
        click: () => testNow(connection),
      }),
    manages &&
      h(
        'button',
        {
          type: 'button',
          class: 'more plain',
          'data-focus': key('more'),
          'aria-expanded': String(isOpen),
          click() {
            if (!state.open.delete(connection.id)) state.open.add(connection.id)
            changed()
          },
        },
        'More',
        unseen(` (${of})`),
      ),
    manages &&
      isOpen &&
      h(
        'div',
        { class: 'actions further' },
        isOAuth &&
          isUsable &&
          button('Refresh now', {
            key: key('refresh'),
            of,
            busy: busy === 'refresh' && 'Refreshing …',
            click: () => refreshNow(connection),
          }),
        isOAuth && !needsGrant && again,
        !isOAuth && !needsKey && newKey,
        button('Rename', { key: key('rename'), of, click: () => rename(connection, key('rename')) }),
        !connection.default &&
          button('Make default', {
            key: key('default'),
            of,
            busy: busy === 'default' && 'Saving …',
            click: () => makeDefault(connection),
          }),
        button('Who may use it', {
          key: key('visibility'),
          of,
          click: () => chooseVisibility(connection, key('visibility')).catch((error) => announce(error.message)),
        }),
        button('Delete', {
          key: key('delete'),
          of,
          look: 'danger',
          click: () => confirmDelete(source, connection, key('delete')),
        }),
      ),
  )
}
