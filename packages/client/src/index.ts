export type { CallOptions, ClientOptions, Input, Output } from './call.ts'
export { type Client, createClient } from './client.ts'
export { ProblemError } from './problem-error.ts'
export type {
  ApiToken,
  AuditEntry,
  Authorization,
  Connection,
  ConnectionOutcome,
  Credentials,
  DataSource,
  Document,
  DocumentLine,
  Event,
  Fault,
  Health,
  HistoryEntry,
  Invitation,
  Member,
  OAuthClient,
  Pipeline,
  PipelineDocument,
  PipelineNode,
  PipelineSummary,
  PipelineVariable,
  Problem,
  ProblemCode,
  Run,
  Session,
} from './schema/index.ts'
export type { FollowOptions } from './streams.ts'
