import { sql } from 'drizzle-orm'
import { boolean, index, integer, jsonb, pgTable, primaryKey, text, timestamp, uniqueIndex } from 'drizzle-orm/pg-core'
import type { ConnectionStatus, Failure, Visibility } from '../../model.ts'
import { moment, sealed } from './columns.ts'
import { users, workspaces } from './tenancy.ts'

/** A workspace's data keys, each wrapped by a key of the key ring. `workspace_id` is null for the installation's own. */
export const dataKeys = pgTable(
  'data_keys',
  {
    id: text('id').primaryKey(),
    workspaceId: text('workspace_id').references(() => workspaces.id, { onDelete: 'cascade' }),
    wrapped: sealed('wrapped').notNull(),
    wrappedBy: text('wrapped_by').notNull(),
    /** The one that seals; the others only open. */
    isPrimary: boolean('is_primary').notNull().default(true),
    createdAt: moment('created_at').notNull().defaultNow(),
    /** Which re-sealing made it: see vault/renew.ts. */
    round: integer('round').notNull().default(0),
    /** When another one took its place; it opens what it sealed for a while longer: see vault/retire.ts. */
    supersededAt: moment('superseded_at'),
  },
  (table) => [
    uniqueIndex('data_keys_primary').on(sql`coalesce(${table.workspaceId}, '')`).where(sql`${table.isPrimary}`),
  ],
)

/** What the installation signs with, sealed: made once, the same for every process. */
export const installationSecrets = pgTable('installation_secrets', {
  name: text('name').primaryKey(),
  sealed: sealed('sealed').notNull(),
  keyId: text('key_id').notNull(),
})

export const oauthClients = pgTable(
  'oauth_clients',
  {
    id: text('id').primaryKey(),
    /** Null for a default client, which serves every workspace. */
    workspaceId: text('workspace_id').references(() => workspaces.id, { onDelete: 'cascade' }),
    dataSource: text('data_source').notNull(),
    clientId: text('client_id').notNull(),
    secretSealed: sealed('secret_sealed').notNull(),
    keyId: text('key_id').notNull(),
    secretHint: text('secret_hint').notNull(),
    /** New authorizations use it. A former client stays, unselected, for the connections it minted. */
    isSelected: boolean('is_selected').notNull().default(true),
    createdAt: moment('created_at').notNull().defaultNow(),
    updatedAt: moment('updated_at').notNull().defaultNow(),
  },
  (table) => [
    uniqueIndex('oauth_clients_identity').on(sql`coalesce(${table.workspaceId}, '')`, table.dataSource, table.clientId),
    uniqueIndex('oauth_clients_selected')
      .on(sql`coalesce(${table.workspaceId}, '')`, table.dataSource)
      .where(sql`${table.isSelected}`),
  ],
)

export const connections = pgTable(
  'connections',
  {
    id: text('id').primaryKey(),
    workspaceId: text('workspace_id')
      .notNull()
      .references(() => workspaces.id, { onDelete: 'cascade' }),
    dataSource: text('data_source').notNull(),
    name: text('name').notNull(),
    method: text('method').$type<'api_key' | 'oauth2'>().notNull(),
    status: text('status').$type<ConnectionStatus>().notNull(),
    isDefault: boolean('is_default').notNull().default(false),
    visibility: text('visibility').$type<Visibility>().notNull().default('workspace'),
    createdBy: text('created_by')
      .notNull()
      .references(() => users.id),
    accountId: text('account_id'),
    accountName: text('account_name'),
    accountAvatarUrl: text('account_avatar_url'),
    grantKey: text('grant_key'),
    scopes: text('scopes').array().notNull().default([]),
    settings: jsonb('settings').$type<Record<string, unknown>>().notNull().default({}),
    tokenInfo: jsonb('token_info').$type<Record<string, unknown>>().notNull().default({}),
    clientId: text('oauth_client_id').references(() => oauthClients.id),
    keyHint: text('key_hint'),
    lastError: jsonb('last_error').$type<Omit<Failure, 'at'> & { at: string }>(),
    lastUsedAt: moment('last_used_at'),
    createdAt: moment('created_at').notNull().defaultNow(),
    updatedAt: moment('updated_at').notNull().defaultNow(),
    /** The work that waits for a worker; `sequence` names it, `settledSequence` the last one with an outcome. */
    work: text('work').$type<'validate' | 'erase'>(),
    dueAt: moment('due_at'),
    enqueuedUntil: moment('enqueued_until'),
    attempts: integer('attempts').notNull().default(0),
    sequence: integer('sequence').notNull().default(0),
    settledSequence: integer('settled_sequence').notNull().default(0),
  },
  (table) => [
    index('connections_workspace').on(table.workspaceId, table.dataSource, table.createdAt),
    uniqueIndex('connections_default').on(table.workspaceId, table.dataSource).where(sql`${table.isDefault}`),
    uniqueIndex('connections_name')
      .on(table.workspaceId, table.dataSource, table.name)
      .where(sql`${table.status} <> 'deleting'`),
    index('connections_due').on(table.dueAt).where(sql`${table.work} is not null`),
    index('connections_client').on(table.clientId),
    index('connections_grant').on(table.grantKey),
    index('connections_status').on(table.status),
  ],
)

/** Who may use a connection whose visibility is `members`. */
export const connectionMembers = pgTable(
  'connection_members',
  {
    connectionId: text('connection_id')
      .notNull()
      .references(() => connections.id, { onDelete: 'cascade' }),
    userId: text('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
  },
  (table) => [primaryKey({ columns: [table.connectionId, table.userId] })],
)

/**
 * The secret of a connection and everything the refresh protocol needs beside it (see refresh/refresh.ts).
 */
export const credentials = pgTable(
  'credentials',
  {
    connectionId: text('connection_id')
      .primaryKey()
      .references(() => connections.id, { onDelete: 'cascade' }),
    workspaceId: text('workspace_id').notNull(),
    sealed: sealed('sealed').notNull(),
    keyId: text('key_id').notNull(),
    /** Counts the token pairs a provider has issued, and nothing else. */
    generation: integer('generation').notNull(),
    issuedAt: moment('issued_at').notNull(),
    expiresAt: moment('expires_at'),
    refreshAt: moment('refresh_at'),
    enqueuedUntil: moment('enqueued_until'),
    lastRefreshedAt: moment('last_refreshed_at'),
    leaseHolder: text('lease_holder'),
    leaseUntil: moment('lease_until'),
    /** "Attempt `intentAttempt` on generation `intentGeneration`", set before a token call and cleared by its outcome. */
    intentGeneration: integer('intent_generation'),
    intentAttempt: integer('intent_attempt').notNull().default(0),
    intentAt: moment('intent_at'),
    /** When the first attempt without an outcome was made, where that is not `intentAt`, and how often it was replayed since. */
    unknownSince: moment('unknown_since'),
    /** Its sender said itself that it has no answer. Else it may still have one, and write it. */
    answerLost: boolean('answer_lost').notNull().default(false),
    replays: integer('replays').notNull().default(0),
    /** The generation that a restored database held: a newer one may have been issued since and be lost. */
    restoredGeneration: integer('restored_generation'),
    /** Failed refreshes in a row, for the backoff; and until when background refreshes wait. */
    failures: integer('failures').notNull().default(0),
    /** The access token of this generation was refused by the provider's API. */
    rejectedAt: moment('rejected_at'),
    /** Counts the refreshes that had an outcome, so that a waiter can tell a new one from an old one. */
    outcomes: integer('outcomes').notNull().default(0),
    lastOutcome: text('last_outcome'),
    lastOutcomeMessage: text('last_outcome_message'),
  },
  (table) => [index('credentials_due').on(table.refreshAt), index('credentials_key').on(table.keyId)],
)

/** When a connection may ask its provider next, for all processes: see connections/pace.ts. */
export const paces = pgTable('paces', {
  connectionId: text('connection_id')
    .primaryKey()
    .references(() => connections.id, { onDelete: 'cascade' }),
  /** Finer than a millisecond: rounded, every other request would be early. */
  freeAt: timestamp('free_at', { withTimezone: true }).notNull(),
})

/** One pending OAuth attempt. */
export const authorizations = pgTable(
  'authorizations',
  {
    id: text('id').primaryKey(),
    workspaceId: text('workspace_id')
      .notNull()
      .references(() => workspaces.id, { onDelete: 'cascade' }),
    userId: text('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    dataSource: text('data_source').notNull(),
    clientId: text('oauth_client_id')
      .notNull()
      .references(() => oauthClients.id),
    /** The connection to authorize again; null for a new one until it is made. */
    connectionId: text('connection_id').references(() => connections.id, { onDelete: 'cascade' }),
    isReauthorization: boolean('is_reauthorization').notNull().default(false),
    name: text('name'),
    status: text('status')
      .$type<'pending' | 'exchanging' | 'completed' | 'failed' | 'cancelled' | 'expired'>()
      .notNull(),
    errorCode: text('error_code'),
    errorMessage: text('error_message'),
    redirectUri: text('redirect_uri').notNull(),
    /** SHA-256 of `state` and of the cookie's value: the values themselves are only in the browser. */
    stateHash: text('state_hash').unique(),
    browserHash: text('browser_hash'),
    /** Authorize URL parts that are secret until used: state and PKCE verifier; later the code; later what came back. */
    secretsSealed: sealed('secrets_sealed'),
    keyId: text('key_id').notNull(),
    /** The exchange was sent: a code is used once, so it is never sent again. */
    intentAt: moment('intent_at'),
    /** Neither written nor read any more; workers of the former version still name it. */
    exchangedAt: moment('exchanged_at'),
    leaseHolder: text('lease_holder'),
    leaseUntil: moment('lease_until'),
    createdAt: moment('created_at').notNull().defaultNow(),
    expiresAt: moment('expires_at').notNull(),
    dueAt: moment('due_at'),
    enqueuedUntil: moment('enqueued_until'),
    attempts: integer('attempts').notNull().default(0),
  },
  (table) => [
    index('authorizations_due').on(table.dueAt).where(sql`${table.dueAt} is not null`),
    index('authorizations_key').on(table.keyId),
    index('authorizations_client').on(table.clientId),
  ],
)

/** The breaker of a (data source, client): see refresh/breaker.ts. */
export const breakers = pgTable(
  'breakers',
  {
    dataSource: text('data_source').notNull(),
    clientId: text('oauth_client_id')
      .notNull()
      .references(() => oauthClients.id, { onDelete: 'cascade' }),
    failures: integer('failures').notNull().default(0),
    openUntil: moment('open_until'),
    probeUntil: moment('probe_until'),
    reason: text('reason'),
    updatedAt: moment('updated_at').notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.dataSource, table.clientId] })],
)
