export { type AuditEntry, auditEntry, auditPage } from './audit.ts'
export {
  type Authorization,
  authorization,
  type CreateAuthorization,
  type CreatedAuthorization,
  createAuthorization,
  createdAuthorization,
} from './authorizations.ts'
export {
  type Connection,
  type ConnectionOutcome,
  type CreateConnection,
  type Credentials,
  connection,
  connectionOutcome,
  connectionPage,
  createConnection,
  credentials,
  type ReadCredentials,
  type RefreshConnection,
  readCredentials,
  refreshConnection,
  type UpdateConnection,
  updateConnection,
} from './connections.ts'
export {
  type DataSource,
  dataSource,
  dataSourceList,
  type OAuthClient,
  oauthClient,
  type PutOAuthClient,
  putOAuthClient,
} from './data-sources.ts'
export { type Event, event } from './events.ts'
export { alive, type Readiness, readiness } from './health.ts'
export {
  type CreatedInvitation,
  type CreateInvitation,
  createdInvitation,
  createInvitation,
  type Invitation,
  invitation,
  invitationList,
  type Member,
  member,
  memberList,
  type Session,
  type SwitchWorkspace,
  session,
  switchWorkspace,
  type UpdateMember,
  updateMember,
} from './people.ts'
export { type Problem, type ProblemCode, problem, problemCodes, problems } from './problems.ts'
export {
  type AnyRoute,
  commonProblems,
  defineRoute,
  type Method,
  type RouteAccess,
  type RouteResponse,
} from './route.ts'
export { type Routes, routes } from './routes.ts'
export {
  type CreateRun,
  createRun,
  type Document,
  type DocumentLine,
  document,
  documentLine,
  documentPage,
  type Run,
  run,
  runPage,
} from './runs.ts'
export {
  type ApiToken,
  apiToken,
  apiTokenList,
  type CreateApiToken,
  type CreatedApiToken,
  createApiToken,
  createdApiToken,
} from './tokens.ts'
export {
  type AuthorizationStatus,
  authorizationStatuses,
  type ConnectionStatus,
  connectionStatuses,
  type DataSourceKind,
  type DocumentKind,
  dataSourceKinds,
  documentKinds,
  type EventType,
  eventTypes,
  finalRunEvents,
  type Operation,
  operations,
  type Role,
  type RunStatus,
  roles,
  runStatuses,
  type TokenScope,
  tokenScopes,
  type Visibility,
  visibilities,
} from './words.ts'
