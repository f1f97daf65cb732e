/**
 * OAuth attempts: begun here, carried through in another window, followed by the server's word alone. What the window says
 * of itself is worth nothing: a provider's opener policy makes an open one look closed.
 */
/** @import { Authorization, Connection, CreatedAuthorization, DataSource } from '@wellhead/client/schema' */
/** @import { Attempt } from './state.js' */
import { reloadConnection } from './connections.js'
import { announce } from './elements.js'
import { call, ProblemError } from './http.js'
import { changed, state } from './state.js'

const KEPT = 'wellhead.attempts'
const LOOK_MS = 4_000

/**
 * An empty window, to be opened in the very click: later the browser would block it. Each has its own name, so several
 * attempts may be under way.
 *
 * @param {string} dataSourceName
 */
export function openWindow(dataSourceName) {
  const opened = window.open('about:blank', '_blank', 'popup,width=620,height=780')
  if (opened) {
    opened.document.title = dataSourceName
    opened.document.body.textContent = `Opening ${dataSourceName} …`
  }
  return opened
}

/**
 * @param {DataSource} source
 * @param {{ name?: string, connection?: Pick<Connection, 'id' | 'name'> }} wanted
 * @param {Window | null} opened From `openWindow`; null when it was blocked: then the page itself goes to the provider.
 * @throws {ProblemError}
 */
export async function authorize(source, { name, connection }, opened) {
  /** @type {CreatedAuthorization} */
  let created
  try {
    created = await call('POST', '/v1/authorizations', {
      data_source: source.id,
      ...(name ? { name } : {}),
      ...(connection ? { connection_id: connection.id } : {}),
    })
  } catch (error) {
    opened?.close()
    throw error
  }
  state.attempts.set(created.id, {
    id: created.id,
    dataSource: source.id,
    connectUrl: created.connect_url,
    name: connection?.name ?? name ?? null,
    connectionId: connection?.id ?? null,
    again: connection !== undefined,
    status: 'pending',
    message: null,
  })
  save()
  if (opened) opened.location.replace(created.connect_url)
  else location.assign(created.connect_url)
}

/** @param {Attempt} attempt */
export const isOpen = (attempt) => attempt.status === 'pending' || attempt.status === 'exchanging'

/** Looks up how an attempt stands. @param {string} id */
export async function lookAt(id) {
  const attempt = state.attempts.get(id)
  if (!attempt || !isOpen(attempt)) return
  try {
    const found = /** @type {Authorization} */ (await call('GET', `/v1/authorizations/${id}`))
    if (found.connection_id !== null && found.status === 'completed') await reloadConnection(found.connection_id)
    update(attempt, found.status, found.error?.message ?? null, found.connection_id)
  } catch (error) {
    if (error instanceof ProblemError && error.code === 'authorization_not_found')
      update(attempt, 'expired', null, attempt.connectionId)
  }
}

/**
 * @param {Attempt} attempt
 * @param {Attempt['status']} status
 * @param {string | null} message
 * @param {string | null} connectionId
 */
function update(attempt, status, message, connectionId) {
  const now = state.attempts.get(attempt.id)
  if (!now || now.status === status) return
  const next = { ...now, status, message, connectionId }
  state.attempts.set(attempt.id, next)
  save()
  announce(sentenceOf(next))
  changed()
}

/** @param {string} id */
export function dismiss(id) {
  state.attempts.delete(id)
  save()
}

/** How an attempt stands, in a sentence. @param {Attempt} attempt */
export function sentenceOf(attempt) {
  const source = state.dataSources.find(({ id }) => id === attempt.dataSource)?.name ?? attempt.dataSource
  switch (attempt.status) {
    case 'pending':
      return `Waiting for you to give access at ${source}, in the other window.`
    case 'exchanging':
      return `${source} gave access. Finishing the connection …`
    case 'completed': {
      const name = state.connections.get(attempt.connectionId ?? '')?.name ?? attempt.name ?? source
      return attempt.again ? `“${name}” is authorized again.` : `“${name}” is connected.`
    }
    case 'expired':
      return attempt.message ?? 'This attempt took longer than ten minutes. Nothing was connected.'
    case 'cancelled':
      return attempt.message ?? `You did not give access at ${source}. Nothing was connected.`
    case 'failed':
      return attempt.message ?? 'The connection could not be made.'
  }
}

/** In the tab's own storage: an attempt that goes through this tab, or a reload, is found again. */
function save() {
  sessionStorage.setItem(KEPT, JSON.stringify([...state.attempts.values()]))
  changed()
}

/** Takes up the attempts of this tab, and follows all: by events, by the word of another tab, and by looking. */
export function followAttempts() {
  try {
    const kept = /** @type {Attempt[]} */ (JSON.parse(sessionStorage.getItem(KEPT) ?? '[]'))
    for (const attempt of kept) state.attempts.set(attempt.id, attempt)
  } catch {
    sessionStorage.removeItem(KEPT)
  }
  new BroadcastChannel('wellhead').addEventListener('message', ({ data }) => {
    if (data?.type === 'authorization') void lookAt(String(data.id))
  })
  setInterval(() => {
    for (const attempt of state.attempts.values()) void lookAt(attempt.id)
  }, LOOK_MS)
}
