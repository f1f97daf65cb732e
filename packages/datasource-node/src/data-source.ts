import type { z } from 'zod'
import type { AuthSpec } from './auth.ts'
import type { DataSourceContext } from './context.ts'
import type { DataSourceError, FailedResponse } from './errors.ts'
import type { CrawlEvent, Download, DriveChanges, DriveListing, PageContent, PageListing } from './kinds.ts'

/** The version of this contract. The host refuses a data source that was written against another one. */
export const SPEC_VERSION = 1

export type DataSourceKind = 'online_document' | 'online_drive' | 'website_crawl'

/**
 * Every URL of the provider by name. `api` is the base of its API; `authorize`, `token`, `revoke` and `introspect` are
 * read by the OAuth flow. An operator can override each by configuration.
 */
export interface Endpoints {
  readonly api: string
  readonly authorize?: string
  readonly token?: string
  readonly revoke?: string
  readonly introspect?: string
  readonly [name: string]: string | undefined
}

/**
 * The non-secret fields of the token answer that made a connection, and `client_id`, the OAuth client that it was issued to.
 * Empty for an API key.
 */
export type TokenInfo = Readonly<Record<string, unknown>>

export interface Account {
  /** The external account, the same whatever client was used. */
  readonly accountId: string
  /** What a revoke at the provider would end: connections with the same key share one grant. */
  readonly grantKey: string
  /** What a member recognizes: a workspace's name, an e-mail address. */
  readonly name: string
  readonly avatarUrl: string | null
}

/** How fast one connection may ask, over all processes. The host holds requests back; a 429 makes it pause all of them. */
export interface Pace {
  /** Requests a second, evenly spread. */
  readonly perSecond?: number
  /**
   * Requests that may go at once after a rest, where the provider counts by a longer window: in so many seconds no more go out than
   * `burst` and `perSecond` times these. Default 1. With `perSecond` alone.
   */
  readonly burst?: number
  /** Requests under way at once in one process, each until its headers have come. */
  readonly parallel?: number
}

/** What every data source says of itself, whatever its kind. */
export interface DataSourceFacts {
  readonly specVersion: typeof SPEC_VERSION
  /** Lower-case words joined by hyphens; unique in an installation and never changed. */
  readonly id: string
  readonly name: string
  /** One sentence for members. */
  readonly description: string
  /** SVG markup, or a `data:` URL, of a square icon. */
  readonly icon: string
  readonly documentationUrl: string
  readonly endpoints: Endpoints
  /**
   * URLs whose origins may receive the credential. Default: `endpoints.api`. A setting that moves the API elsewhere must
   * appear here; changing it then asks for the credential again.
   */
  hosts?(configured: { endpoints: Endpoints; settings: Readonly<Record<string, unknown>> }): readonly string[]
  readonly auth: readonly AuthSpec[]
  /** How fast the provider lets one connection ask. Default: as fast as it goes, with a pause after a 429. */
  pace?(configured: { settings: Readonly<Record<string, unknown>> }): Pace
  /** What a member may set besides the credential. A `z.object`; `.meta({ title, description })` labels its fields. */
  readonly settings?: z.ZodObject
  /** What a pipeline node's form shows. A `z.object`; `.meta({ title, description })` labels its fields. */
  readonly parameters: z.ZodObject
  /**
   * Names of this data source in other systems' pipeline documents, for import.
   */
  readonly aliases?: readonly string[]
  /** Other names of its parameters in such documents, each with its name here: `{ crawl_subpages: 'crawl_sub_pages' }`. */
  readonly parameterAliases?: Readonly<Record<string, string>>
  /** The cheapest free call that proves the credential works and says whose it is. Never a billed one. */
  identify(ctx: DataSourceContext, tokenInfo: TokenInfo): Promise<Account>
  /** Maps an unsuccessful answer of the provider's API. Pure. */
  toError(response: FailedResponse): DataSourceError
}

export interface OnlineDocumentSource extends DataSourceFacts {
  readonly kind: 'online_document'
  /** One page of the listing. */
  listPages(ctx: DataSourceContext, input: { cursor?: string; query?: string }): Promise<PageListing>
  readPage(ctx: DataSourceContext, input: { id: string; type?: string }): Promise<PageContent>
}

export interface OnlineDriveSource extends DataSourceFacts {
  readonly kind: 'online_drive'
  /** One page of a folder's listing; the top when `folder` is absent. */
  listFolder(ctx: DataSourceContext, input: { folder?: string; cursor?: string }): Promise<DriveListing>
  download(ctx: DataSourceContext, input: { id: string }): Promise<Download>
  /** What changed since `cursor`; without one, where to start from. */
  changes?(ctx: DataSourceContext, input: { cursor?: string }): Promise<DriveChanges>
}

export interface WebsiteCrawlSource extends DataSourceFacts {
  readonly kind: 'website_crawl'
  /** `parameters` are checked by the data source's own schema before the call. */
  crawl(
    ctx: DataSourceContext,
    input: { parameters: Readonly<Record<string, unknown>>; checkpoint?: Readonly<Record<string, unknown>> },
  ): AsyncIterable<CrawlEvent>
  /** Ends a crawl at the provider: after a cancel or a deadline. Its own context, as the crawl's signal is aborted by then. */
  cancelCrawl?(ctx: DataSourceContext, input: { checkpoint: Readonly<Record<string, unknown>> }): Promise<void>
}

export type DataSource = OnlineDocumentSource | OnlineDriveSource | WebsiteCrawlSource

/** Typed identity: says that an object is a data source and checks it. Importing a data source does nothing else. */
export function defineDataSource<const Source extends DataSource>(source: Source): Source {
  return source
}
