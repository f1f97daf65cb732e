/** What the page knows. Each change is followed by one drawing. */
/** @import { AuthorizationStatus, Connection, DataSource, Session } from '@wellhead/client/schema' */

/**
 * An OAuth attempt that was begun here. It holds no secret: the URL is our own page, good only in this browser.
 *
 * @typedef {object} Attempt
 * @property {string} id
 * @property {string} dataSource
 * @property {string} connectUrl
 * @property {string | null} name The authorization name that was asked for
 * @property {string | null} connectionId The connection that is authorized again, later the one that came of it
 * @property {boolean} again Whether a connection is authorized again
 * @property {AuthorizationStatus} status
 * @property {string | null} message What happened, in words
 */

/** @typedef {{ look: 'good' | 'bad', text: string }} Note The outcome of an action, beside what it was about. */

export const state = {
  /** @type {Session | null} */
  session: null,
  /** @type {readonly DataSource[]} */
  dataSources: [],
  /** @type {Map<string, Connection>} */
  connections: new Map(),
  /** Whether the list was read once. */
  isLoaded: false,
  /** @type {Map<string, Attempt>} */
  attempts: new Map(),
  /** By connection. @type {Map<string, Note>} */
  notes: new Map(),
  /** The action in hand, by connection. @type {Map<string, string>} */
  busy: new Map(),
  /** The connections whose further actions are shown. @type {Set<string>} */
  open: new Set(),
  /** Why the page may be out of date. @type {string | null} */
  trouble: null,
}

/** @type {() => void} */
let draw = () => {}
let isAsked = false

/** @param {() => void} drawing */
export function drawWith(drawing) {
  draw = drawing
}

/** Draws once after everything that changed in this turn. */
export function changed() {
  if (isAsked) return
  isAsked = true
  queueMicrotask(() => {
    isAsked = false
    draw()
  })
}

/** @returns {Session} */
export function signedIn() {
  if (!state.session) throw new Error('Nobody is signed in.')
  return state.session
}

/** Whether the member may change this connection, as the server will judge it. @param {Connection} connection */
export function mayManage(connection) {
  const { user } = signedIn()
  return connection.created_by === user.id || mayConfigure()
}

/** Whether the member may invite people and set OAuth clients. */
export function mayConfigure() {
  return signedIn().workspace.role !== 'member'
}
