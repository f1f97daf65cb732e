/** Keeps the connections up to date, and acts on them. */
/** @import { Connection, ConnectionOutcome, DataSourceKind } from '@wellhead/client/schema' */
import { announce } from './elements.js'
import { call, callAll, ProblemError } from './http.js'
import { changed, state } from './state.js'
import { statuses } from './words.js'

export async function loadConnections() {
  const items = /** @type {Connection[]} */ (await callAll('/v1/connections'))
  const former = state.connections
  state.isLoaded = true
  state.connections = new Map(items.map((connection) => [connection.id, connection]))
  for (const connection of items) tellStatus(former.get(connection.id), connection)
  changed()
}

/** @param {string} id */
export async function reloadConnection(id) {
  try {
    keep(/** @type {Connection} */ (await call('GET', `/v1/connections/${id}`)))
  } catch (error) {
    if (!(error instanceof ProblemError) || error.code !== 'connection_not_found') throw error
    forget(id)
  }
}

/** @param {Connection | ConnectionOutcome} connection */
export function keep(connection) {
  const former = state.connections.get(connection.id)
  // Two answers may overtake each other.
  if (former && former.updated_at > connection.updated_at) return
  tellStatus(former, connection)
  // One default a data source: what was it before is it no more.
  if (connection.default)
    for (const other of state.connections.values())
      if (other.data_source === connection.data_source && other.id !== connection.id && other.default)
        state.connections.set(other.id, { ...other, default: false })
  state.connections.set(connection.id, connection)
  changed()
}

/** @param {string} id */
function forget(id) {
  const connection = state.connections.get(id)
  if (!connection) return
  state.connections.delete(id)
  state.notes.delete(id)
  announce(`${connection.name} is gone.`)
  changed()
}

/**
 * @param {Connection | undefined} former
 * @param {Connection} connection
 */
function tellStatus(former, connection) {
  if (!former || former.status === connection.status) return
  // What was said about the former status is over.
  state.notes.delete(connection.id)
  announce(`${connection.name}: ${statuses[connection.status].word}.`)
}

/**
 * Newest first, as the list comes; the default before all.
 *
 * @param {string} dataSource
 */
export function connectionsOf(dataSource) {
  return [...state.connections.values()]
    .filter((connection) => connection.data_source === dataSource)
    .sort((a, b) => Number(b.default) - Number(a.default) || b.created_at.localeCompare(a.created_at))
}

/**
 * Does something with a connection and shows its outcome beside it.
 *
 * @param {Connection} connection
 * @param {string} action
 * @param {() => Promise<string>} work Answers with a sentence.
 */
async function act(connection, action, work) {
  if (state.busy.has(connection.id)) return
  state.busy.set(connection.id, action)
  state.notes.delete(connection.id)
  changed()
  try {
    note(connection, 'good', await work())
  } catch (error) {
    note(connection, 'bad', error instanceof Error ? error.message : String(error))
    await reloadConnection(connection.id).catch(() => {})
  } finally {
    state.busy.delete(connection.id)
    changed()
  }
}

/**
 * @param {Connection} connection
 * @param {'good' | 'bad'} look
 * @param {string} text
 */
function note(connection, look, text) {
  if (text === '') return
  state.notes.set(connection.id, { look, text })
  announce(`${connection.name}: ${text}`)
}

/** @param {Connection} connection */
export const testNow = (connection) =>
  act(connection, 'test', async () => {
    const { settled, ...tested } = await post(connection, 'validate')
    if (!settled) return 'Still being checked; the status follows.'
    if (tested.status === 'active' || tested.status === 'degraded') return 'Tested: it works.'
    throw new Error(tested.last_error?.message ?? 'The test failed.')
  })

/** @param {Connection} connection */
export const refreshNow = (connection) =>
  act(connection, 'refresh', async () => {
    const { settled, ...refreshed } = await post(connection, 'refresh')
    if (!settled) return 'Still being refreshed; the status follows.'
    if (refreshed.status === 'active') return 'Refreshed.'
    throw new Error(refreshed.last_error?.message ?? 'The refresh failed.')
  })

/** @param {Connection} connection */
export const makeDefault = (connection) =>
  act(connection, 'default', async () => {
    keep(await call('PATCH', `/v1/connections/${connection.id}`, { default: true }))
    return 'Runs that name no connection now use this one.'
  })

/**
 * @param {Connection} connection
 * @param {'validate' | 'refresh'} work
 * @returns {Promise<ConnectionOutcome>}
 */
async function post(connection, work) {
  const outcome = /** @type {ConnectionOutcome} */ (await call('POST', `/v1/connections/${connection.id}/${work}`))
  keep(outcome)
  return outcome
}

/** What a small run does, by the kind of source. @satisfies {Readonly<Record<DataSourceKind, import('@wellhead/client/schema').Operation>>} */
export const smallRuns = /** @type {const} */ ({
  online_document: 'list_pages',
  online_drive: 'list_folder',
  website_crawl: 'crawl',
})
