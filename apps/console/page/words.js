/** The API's closed lists in words. */
/** @import { Connection, ConnectionStatus, DataSourceKind, Role, RunStatus, Visibility } from '@wellhead/client/schema' */

/** @type {Readonly<Record<DataSourceKind, string>>} */
export const kinds = {
  online_document: 'Online documents',
  online_drive: 'Online drive',
  website_crawl: 'Web site crawl',
}

/** @type {Readonly<Record<Connection['method'], string>>} */
export const methods = { api_key: 'API key', oauth2: 'OAuth' }

/**
 * A status in words, with its look and a sign that does not rest on colour.
 *
 * @type {Readonly<Record<ConnectionStatus, { word: string, look: 'good' | 'warn' | 'bad' | 'quiet', sign: string, hint?: string }>>}
 */
export const statuses = {
  pending: { word: 'Being checked', look: 'quiet', sign: '…' },
  active: { word: 'Connected', look: 'good', sign: '✓' },
  degraded: { word: 'Connected, last refresh failed', look: 'warn', sign: '!' },
  needs_reauthorization: {
    word: 'Must be authorized again',
    look: 'bad',
    sign: '✕',
    hint: 'The provider ended this access, so runs cannot use it. Authorize it again to go on.',
  },
  invalid: {
    word: 'API key refused',
    look: 'bad',
    sign: '✕',
    hint: 'The provider does not take this key any more, so runs cannot use it. Replace it to go on.',
  },
  deleting: { word: 'Being deleted', look: 'quiet', sign: '…' },
}

/** @type {Readonly<Record<Visibility, string>>} */
export const visibilities = {
  only_me: 'Only me',
  members: 'Chosen members',
  workspace: 'Everybody in the workspace',
}

/** @type {Readonly<Record<RunStatus, string>>} */
export const runStatuses = {
  queued: 'Waiting for a worker',
  running: 'Running',
  completed: 'Completed',
  failed: 'Failed',
  cancelled: 'Cancelled',
}

/** @type {Readonly<Record<Role, string>>} */
export const roles = { owner: 'Owner', editor: 'Editor', member: 'Member' }

/** @type {readonly Role[]} */
export const rolesByRank = ['member', 'editor', 'owner']
