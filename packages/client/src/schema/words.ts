/**
 * The closed lists of the HTTP API. They repeat the engine's, which this package does not import: a test of the API
 * compares the two.
 */
export const roles = ['owner', 'editor', 'member'] as const
export type Role = (typeof roles)[number]

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

export const authorizationStatuses = ['pending', 'exchanging', 'completed', 'failed', 'cancelled', 'expired'] as const
export type AuthorizationStatus = (typeof authorizationStatuses)[number]

export const dataSourceKinds = ['online_document', 'online_drive', 'website_crawl'] as const
export type DataSourceKind = (typeof dataSourceKinds)[number]

export const operations = ['list_pages', 'read_pages', 'list_folder', 'download', 'changes', 'crawl'] as const
export type Operation = (typeof operations)[number]

export const runStatuses = ['queued', 'running', 'completed', 'failed', 'cancelled'] as const
export type RunStatus = (typeof runStatuses)[number]

export const documentKinds = ['page', 'file', 'page_entry', 'drive_entry', 'deleted', 'failed'] as const
export type DocumentKind = (typeof documentKinds)[number]

export const pipelineFormats = ['wellhead', 'dify'] as const
export type PipelineFormat = (typeof pipelineFormats)[number]

export const nodeRoles = ['data_source', 'local_file', 'orchestrator'] as const
export type NodeRole = (typeof nodeRoles)[number]

export const nodeAuthorizations = ['ready', 'pending', 'missing', 'ambiguous', 'reauthorize', 'hidden'] as const
export type NodeAuthorization = (typeof nodeAuthorizations)[number]

export const nodeWarnings = [
  'source_not_installed',
  'kind_differs',
  'unknown_parameter',
  'unknown_variable',
  'invalid_value',
] as const
export type NodeWarning = (typeof nodeWarnings)[number]

export const variableTypes = ['text', 'paragraph', 'number', 'checkbox', 'select', 'file', 'file_list'] as const
export type VariableType = (typeof variableTypes)[number]

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

/** The events that end a run: nothing of it follows. */
export const finalRunEvents: readonly EventType[] = ['run.completed', 'run.failed', 'run.cancelled']

/** What can be wrong with a field that was sent. */
export const faultCodes = [
  'needed',
  'not_text',
  'not_number',
  'not_whole',
  'not_boolean',
  'not_list',
  'not_object',
  'too_small',
  'not_above',
  'too_large',
  'not_below',
  'too_short',
  'too_long',
  'too_few',
  'too_many',
  'not_multiple',
  'not_address',
  'not_email',
  'not_instant',
  'not_offered',
  'not_this',
  'unknown_field',
  'not_valid',
] as const
export type FaultCode = (typeof faultCodes)[number]
