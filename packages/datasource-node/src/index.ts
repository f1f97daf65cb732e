export {
  type ApiKeySpec,
  type AuthMethod,
  type AuthSpec,
  apiKey,
  type CredentialPlacement,
  type OAuth2Spec,
  oauth2,
  type ReplayFact,
  type TokenErrorMeaning,
} from './auth.ts'
export type { DataSourceContext, FetchInit, Logger } from './context.ts'
export {
  type Account,
  type DataSource,
  type DataSourceFacts,
  type DataSourceKind,
  defineDataSource,
  type Endpoints,
  type OnlineDocumentSource,
  type OnlineDriveSource,
  type Pace,
  SPEC_VERSION,
  type TokenInfo,
  type WebsiteCrawlSource,
} from './data-source.ts'
export {
  DataSourceError,
  type DataSourceErrorCode,
  dataSourceErrorCodes,
  type FailedResponse,
  isDataSourceError,
  isRetryable,
  retryAfterMs,
} from './errors.ts'
export type {
  CrawlEvent,
  Download,
  DriveChanges,
  DriveDeletion,
  DriveEntry,
  DriveListing,
  PageContent,
  PageEntry,
  PageListing,
} from './kinds.ts'
export { readJson } from './read-json.ts'
