/** Follows the workspace's events, so that the page is right without a reload. */
/** @import { Event as WellheadEvent, EventType } from '@wellhead/client/schema' */
import { lookAt } from './attempts.js'
import { loadConnections, reloadConnection } from './connections.js'
import { call } from './http.js'
import { changed, state } from './state.js'

/** @satisfies {readonly EventType[]} */
export const followedEvents = /** @type {const} */ ([
  'connection.created',
  'connection.validated',
  'connection.invalid',
  'connection.refreshed',
  'connection.degraded',
  'connection.needs_reauthorization',
  'connection.recovered',
  'connection.deleted',
  'authorization.completed',
  'authorization.failed',
  'run.started',
  'run.progress',
  'run.completed',
  'run.failed',
  'run.cancelled',
])

/** @type {Set<(event: WellheadEvent) => void>} */
const listeners = new Set()

/**
 * @param {(event: WellheadEvent) => void} listener
 * @returns {() => void} stops it
 */
export function onEvent(listener) {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

const AGAIN_MS = 3_000

/** Begins to follow. What happened while nobody listened is read from the list each time the stream opens. */
export function follow() {
  void catchUp()
  const stream = new EventSource('/v1/events')
  stream.addEventListener('open', () => {
    state.trouble = null
    changed()
    void catchUp()
  })
  stream.addEventListener('error', () => {
    state.trouble = 'Wellhead does not answer. What you see may be out of date; trying again.'
    changed()
    // The browser tries again by itself unless it was refused.
    if (stream.readyState !== EventSource.CLOSED) return
    setTimeout(() => {
      // Signed out is told by the answer.
      call('GET', '/v1/session').then(follow, () => state.session && follow())
    }, AGAIN_MS)
  })
  for (const type of followedEvents)
    stream.addEventListener(type, (message) => hear(JSON.parse(/** @type {MessageEvent} */ (message).data)))
}

/** @param {WellheadEvent} event */
function hear(event) {
  if (event.authorization_id !== null) void lookAt(event.authorization_id)
  if (event.connection_id !== null && event.type.startsWith('connection.'))
    reloadConnection(event.connection_id).catch(() => {})
  for (const listener of listeners) listener(event)
}

/** Names, defaults and visibility change without an event: they are read again when the reader comes back. */
export function followReader() {
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible' && state.session) void catchUp()
  })
}

async function catchUp() {
  await loadConnections().catch(() => {})
  for (const attempt of state.attempts.values()) await lookAt(attempt.id)
}
