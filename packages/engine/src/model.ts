/**
 * The words of the engine, as the apps see them. A secret is in none of these but `AccessToken`.
 */
import type { AuthMethod, DataSourceErrorCode } from '@wellhead/datasource-node'
import type { PipelineUse } from './pipelines/model.ts'

export const roles = ['owner', 'editor', 'member'] as const
export type Role = (typeof roles)[number]

/** What an API token may do. A console session may do all that its member may. */
export const tokenScopes = [
  'connections:read',
  'connections:write',
  'credentials:read',
  'pipelines:read',
  'pipelines:write',
  'runs:read',
  'runs:write',
  'events:read',
  'audit:read',
  'clients:write',
] as const
export type TokenScope = (typeof tokenScopes)[number]

/** Who asks: a member of a workspace, by session or by API token. */
export interface Actor {
  readonly workspaceId: string
  readonly userId: string
  readonly role: Role
  /** `null` for a console session. */
  readonly token: { readonly id: string; readonly scopes: readonly TokenScope[] } | null
}

/**
 * A connection's states.
 *
 * - `pending`: its credential is not proven yet; it cannot be used. Leaves by validation: `active` or `invalid`.
 * - `active`: proven. Leaves to `degraded`, `needs_reauthorization`, `invalid` (API key) or `deleting`.
 * - `degraded`: the last refresh failed for a reason that is not the grant's; the token is still good. Leaves by the next
 *   refresh that works (`active`) or by a revoked grant.
 * - `needs_reauthorization`: the provider says that the grant is gone. Leaves by authorizing again, or by a late good answer.
 * - `invalid`: an API key that was refused. Leaves by a new key.
 * - `deleting`: unusable at once; the worker revokes and erases.
 */
export const connectionStatuses = [
  'pending',
  'active',
  'degraded',
  'needs_reauthorization',
  'invalid',
  'deleting',
] as const
export type ConnectionStatus = (typeof connectionStatuses)[number]

export const visibilities = ['only_me', 'members', 'workspace'] as const
export type Visibility = (typeof visibilities)[number]

export interface Failure {
  readonly code: string
  readonly message: string
  readonly at: Date
}

export interface Connection {
  readonly id: string
  readonly workspaceId: string
  readonly dataSource: string
  readonly name: string
  readonly method: AuthMethod
  readonly status: ConnectionStatus
  readonly isDefault: boolean
  readonly visibility: Visibility
  /** The members who may use it, when `visibility` is `members`. */
  readonly memberIds: readonly string[]
  readonly createdBy: string
  readonly account: { readonly id: string; readonly name: string; readonly avatarUrl: string | null } | null
  readonly scopes: readonly string[]
  readonly settings: Readonly<Record<string, unknown>>
  /** The last four characters of an API key; `null` for OAuth. */
  readonly keyHint: string | null
  /** The OAuth client that minted it; `null` for an API key. */
  readonly client: { readonly id: string; readonly kind: 'default' | 'custom' } | null
  /** While no token is refreshed with its OAuth client, as the last refreshes failed: until when, and their outcome. */
  readonly refreshPause: { readonly until: Date; readonly reason: string } | null
  /** Nodes that it was chosen for. */
  readonly pipelines: readonly PipelineUse[]
  readonly generation: number
  readonly expiresAt: Date | null
  readonly lastError: Failure | null
  readonly lastUsedAt: Date | null
  readonly lastRefreshedAt: Date | null
  readonly createdAt: Date
  readonly updatedAt: Date
}

export interface AccessToken {
  readonly accessToken: string
  /** `null` when the provider does not say how long it lives. */
  readonly expiresAt: Date | null
  readonly generation: number
}

export const authorizationStatuses = ['pending', 'exchanging', 'completed', 'failed', 'cancelled', 'expired'] as const
export type AuthorizationStatus = (typeof authorizationStatuses)[number]

export interface Authorization {
  readonly id: string
  readonly workspaceId: string
  readonly dataSource: string
  readonly status: AuthorizationStatus
  /** Set once completed; on re-authorization from the start. */
  readonly connectionId: string | null
  readonly error: { readonly code: string; readonly message: string } | null
  readonly expiresAt: Date
  readonly createdAt: Date
}

export interface OAuthClientView {
  readonly id: string
  readonly dataSource: string
  readonly kind: 'default' | 'custom'
  readonly clientId: string
  readonly secretHint: string
  readonly createdAt: Date
  readonly updatedAt: Date
}

export const operations = ['list_pages', 'read_pages', 'list_folder', 'download', 'changes', 'crawl'] as const
export type Operation = (typeof operations)[number]

export const runStatuses = ['queued', 'running', 'completed', 'failed', 'cancelled'] as const
export type RunStatus = (typeof runStatuses)[number]

export interface Run {
  readonly id: string
  readonly workspaceId: string
  readonly dataSource: string
  readonly connectionId: string
  /** The node that it ran, when it was one of a pipeline. */
  readonly pipelineId: string | null
  readonly nodeId: string | null
  readonly operation: Operation
  readonly parameters: Readonly<Record<string, unknown>>
  readonly status: RunStatus
  readonly progress: { readonly completed: number; readonly total: number | null }
  readonly documentCount: number
  readonly warnings: readonly string[]
  readonly error: { readonly code: DataSourceErrorCode | string; readonly message: string } | null
  /** Where the next run of the same operation goes on: opaque, bound to the connection and operation. */
  readonly nextCursor: string | null
  readonly createdAt: Date
  readonly startedAt: Date | null
  readonly finishedAt: Date | null
}

/**
 * - `page` / `file`: content that was read. `page_entry` / `drive_entry`: an item of a listing, without content.
 * - `deleted`: an item that is gone, from `changes`. `failed`: an item that could not be read, with the reason in `metadata`.
 */
export const documentKinds = ['page', 'file', 'page_entry', 'drive_entry', 'deleted', 'failed'] as const
export type DocumentKind = (typeof documentKinds)[number]

export interface Document {
  readonly id: string
  readonly runId: string
  readonly sequence: number
  readonly kind: DocumentKind
  /** The provider's id, or the URL of a crawled page. */
  readonly externalId: string
  readonly title: string
  readonly url: string | null
  readonly mimeType: string | null
  /** Bytes of the content; `null` when there is none. */
  readonly size: number | null
  /** The content when it is text of at most 1 MB; otherwise fetch it. */
  readonly text: string | null
  readonly hasContent: boolean
  readonly metadata: Readonly<Record<string, unknown>>
  readonly createdAt: Date
}

export const eventTypes = [
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
] as const
export type EventType = (typeof eventTypes)[number]

export interface Event {
  readonly id: string
  /** Rises with publication; what `Last-Event-ID` carries. */
  readonly position: number
  readonly workspaceId: string
  readonly type: EventType
  readonly connectionId: string | null
  readonly authorizationId: string | null
  readonly runId: string | null
  readonly data: Readonly<Record<string, unknown>>
  readonly createdAt: Date
}

export interface AuditEntry {
  readonly id: string
  readonly actor: { readonly userId: string; readonly tokenId: string | null }
  /** noun.verb, such as `credential.read`. */
  readonly action: string
  readonly subject: string
  readonly data: Readonly<Record<string, unknown>>
  readonly at: Date
}

/** Something that happened to a connection: an event, or what somebody did to it. */
export interface HistoryEntry {
  readonly id: string
  readonly at: Date
  /** noun.verb: the type of the event, or the action of the audit entry. */
  readonly type: string
  /** Who did it; `null` for an event. Names are null once the user or the token is gone. */
  readonly actor: {
    readonly userId: string
    readonly name: string | null
    readonly token: { readonly id: string; readonly name: string | null } | null
  } | null
  readonly runId: string | null
  readonly authorizationId: string | null
  readonly data: Readonly<Record<string, unknown>>
}

export interface ApiToken {
  readonly id: string
  readonly name: string
  readonly hint: string
  readonly scopes: readonly TokenScope[]
  readonly userId: string
  readonly createdAt: Date
  readonly lastUsedAt: Date | null
  readonly expiresAt: Date | null
}

/** A page of a list, newest first unless said otherwise. */
export interface Page<Item> {
  readonly items: readonly Item[]
  readonly nextCursor: string | null
}
