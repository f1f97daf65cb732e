import type { HostedDataSource } from '@wellhead/plugin-host'
import type { Database } from './db/database.ts'
import type {
  AccessToken,
  Actor,
  ApiToken,
  AuditEntry,
  Authorization,
  Connection,
  ConnectionStatus,
  Document,
  Event,
  Failure,
  HistoryEntry,
  OAuthClientView,
  Operation,
  Page,
  Run,
  RunStatus,
  TokenScope,
  Visibility,
} from './model.ts'
import type { Pipeline, PipelinePatch, PipelineSummary, PipelineText } from './pipelines/model.ts'
import type { NodeRunInput } from './pipelines/node-run.ts'

/** A change that a caller waits for: `done` when it settled in time, else the state so far. */
export interface Settled<Value> {
  readonly done: boolean
  readonly value: Value
}

/** What the API asks of the engine. Every call checks workspace, role and visibility; each refusal is an `EngineError`. */
export interface Engine {
  readonly db: Database
  readonly dataSources: {
    list(actor: Actor): Promise<readonly DataSourceView[]>
    get(actor: Actor, id: string): Promise<DataSourceView>
  }
  readonly clients: {
    /** The workspace's custom client of a data source, or undefined. */
    get(actor: Actor, dataSource: string): Promise<OAuthClientView | undefined>
    /** Needs owner or editor. An omitted secret is kept when the client id stays the same. */
    put(actor: Actor, dataSource: string, client: { clientId: string; clientSecret?: string }): Promise<OAuthClientView>
    delete(actor: Actor, dataSource: string): Promise<void>
  }
  readonly connections: {
    create(
      actor: Actor,
      input: { dataSource: string; name?: string; apiKey: string; settings?: Record<string, unknown> },
    ): Promise<Connection>
    list(actor: Actor, filter: { dataSource?: string; cursor?: string; limit?: number }): Promise<Page<Connection>>
    get(actor: Actor, id: string): Promise<Connection>
    /** Newest first: its events, and what members did to it. Without the progress of runs and the reads of its credential. */
    history(actor: Actor, id: string, page: { cursor?: string; limit?: number }): Promise<Page<HistoryEntry>>
    /** Answers at once; a new key or setting makes it `pending` and is validated by the worker. */
    update(actor: Actor, id: string, patch: ConnectionPatch): Promise<Connection>
    delete(actor: Actor, id: string): Promise<void>
    /** Joins a validation that waits already, such as that of a new connection or key. */
    validate(actor: Actor, id: string): Promise<Ticket>
    refresh(actor: Actor, id: string, options: { acceptRisk?: boolean }): Promise<Ticket>
    /** Waits until the work behind a ticket has an outcome. */
    settled(actor: Actor, id: string, ticket: Ticket, timeoutMs: number): Promise<Settled<Connection>>
    /** The credential itself; audited before it is returned. API keys have no expiry. */
    accessToken(
      actor: Actor,
      id: string,
      options: { minTtlSeconds?: number; rejectedGeneration?: number },
    ): Promise<AccessToken>
  }
  readonly authorizations: {
    create(
      actor: Actor,
      input: { dataSource: string; name?: string; connectionId?: string },
    ): Promise<{ authorization: Authorization; connectPath: string }>
    get(actor: Actor, id: string): Promise<Authorization>
    /** Who asks for what: shown to a browser that is not signed in as the member who began the attempt. */
    describe(id: string): Promise<{ userId: string; memberName: string; workspaceName: string; dataSourceName: string }>
    /** `/connect/{id}`: binds the attempt to this browser and says where to send it. The cookie's name is the attempt's own. */
    begin(
      id: string,
    ): Promise<{ location: string; cookie: { name: string; value: string; path: string; maxAgeSeconds: number } }>
    /** `/oauth/callback/{data source}`: all checks that need no network; then the worker goes on. */
    callback(
      dataSource: string,
      query: URLSearchParams,
      cookies: Readonly<Record<string, string | undefined>>,
    ): Promise<Authorization>
    /** For the page that follows the outcome in the browser of the attempt (its cookie is the proof). */
    follow(id: string, cookies: Readonly<Record<string, string | undefined>>): Promise<Authorization>
    settled(id: string, timeoutMs: number): Promise<Settled<Authorization>>
  }
  readonly pipelines: {
    /** Refused when the document is broken, or names a data source that is not installed. As text it is kept to the byte. */
    create(
      actor: Actor,
      input: { name?: string; document: string | Readonly<Record<string, unknown>> },
    ): Promise<Pipeline>
    list(actor: Actor, filter: { cursor?: string; limit?: number }): Promise<Page<PipelineSummary>>
    get(actor: Actor, id: string): Promise<Pipeline>
    document(actor: Actor, id: string): Promise<PipelineText>
    /** Needs the member who imported it, owner or editor; as the calls below. */
    update(actor: Actor, id: string, patch: PipelinePatch): Promise<Pipeline>
    /** What was chosen for nodes stays where the node still means the same data source. */
    replaceDocument(actor: Actor, id: string, document: string | Readonly<Record<string, unknown>>): Promise<Pipeline>
    delete(actor: Actor, id: string): Promise<void>
  }
  readonly runs: {
    create(actor: Actor, input: RunInput): Promise<Run>
    get(actor: Actor, id: string): Promise<Run>
    list(actor: Actor, filter: RunFilter): Promise<Page<Run>>
    cancel(actor: Actor, id: string): Promise<Run>
    /** In order of sequence, from after `after`. */
    documents(actor: Actor, id: string, page: { after?: number; limit?: number }): Promise<readonly Document[]>
    settled(actor: Actor, id: string, timeoutMs: number): Promise<Settled<Run>>
  }
  readonly documents: {
    get(actor: Actor, id: string): Promise<Document>
    /** `range`: first and last byte, inclusive, already checked against `document.size`. */
    content(
      actor: Actor,
      id: string,
      range?: { start: number; end: number },
    ): Promise<{ document: Document; body: ReadableStream<Uint8Array> }>
  }
  readonly events: {
    /** Published events that the actor may see, from after `after` (0: from the oldest kept; undefined: only new ones), until the signal is aborted. */
    subscribe(actor: Actor, options: { after?: number; runId?: string; signal: AbortSignal }): AsyncIterable<Event>
  }
  readonly audit: {
    /** Needs owner or editor. */
    list(actor: Actor, page: { cursor?: string; limit?: number }): Promise<Page<AuditEntry>>
  }
  readonly tenancy: {
    /** Returns the token once; only its hash is kept. Scopes beyond the caller's own are refused. */
    createToken(
      actor: Actor,
      input: { name: string; scopes: readonly TokenScope[]; expiresAt?: Date },
    ): Promise<{ token: string; view: ApiToken }>
    listTokens(actor: Actor): Promise<readonly ApiToken[]>
    revokeToken(actor: Actor, id: string): Promise<void>
    /** The actor behind `wh_…`; undefined when unknown, expired or revoked (at most 5 s ago). */
    authenticate(token: string): Promise<Actor | undefined>
    /** The actor of a member in a workspace; undefined when not a member. For console sessions. */
    memberActor(userId: string, workspaceId: string): Promise<Actor | undefined>
    /** For the operator's command line: a member by address and workspace; without an address, the first owner. */
    findMember(who: { email?: string; workspaceName?: string }): Promise<Actor | undefined>
  }
  readonly health: {
    /** Whether the database and the queue answer. */
    ready(): Promise<{ database: boolean; queue: boolean }>
    /** How the caller's workspace stands. Needs owner or editor. */
    of(actor: Actor): Promise<Health>
    /** How the installation stands, for `/metrics`. */
    figures(): Promise<Figures>
    /** What this process has done since it started, in the text format of Prometheus. */
    tally(): Promise<string>
  }
  /**
   * What the installation signs with under this name: the same for every process, whatever becomes of the encryption keys.
   * `former` is what it signed with when it did not keep it yet.
   */
  signingSecret(name: string, former: string): Promise<string>
  /** Timers and connections end; jobs in hand are finished first. */
  close(): Promise<void>
}

/** Names the work that was asked for, so that its outcome can be told from an earlier one. */
export interface Ticket {
  readonly connectionId: string
  readonly work: 'validate' | 'refresh'
  readonly sequence: number
}

/** The validation that every new connection by API key begins with. */
export function firstValidation(connectionId: string): Ticket {
  return { connectionId, work: 'validate', sequence: 1 }
}

/** One operation on one connection, or what a node of a pipeline says. */
export type RunInput = { readonly cursor?: string } & (
  | NodeRunInput
  | {
      readonly dataSource: string
      readonly connectionId?: string
      readonly operation: Operation
      readonly parameters?: Record<string, unknown>
    }
)

export interface RunFilter {
  readonly connectionId?: string
  readonly pipelineId?: string
  readonly nodeId?: string
  readonly cursor?: string
  readonly limit?: number
}

export interface ConnectionPatch {
  name?: string
  isDefault?: boolean
  visibility?: Visibility
  memberIds?: readonly string[]
  apiKey?: string
  settings?: Record<string, unknown>
}

export interface DataSourceView {
  readonly hosted: HostedDataSource
  readonly redirectUri: string | null
  /** Which OAuth client an authorization would use now. */
  readonly oauthClient: 'custom' | 'default' | 'missing' | 'not_applicable'
  /** Whether the operator offers a default client. */
  readonly defaultClientOffered: boolean
}

export interface Health {
  readonly at: Date
  readonly connectionsByStatus: Readonly<Record<ConnectionStatus, number>>
  /** Refreshes that are due by themselves. */
  readonly schedule: {
    readonly bucketMinutes: number
    /** From now on, in buckets; what is due this minute is in the first. */
    readonly due: readonly number[]
    /** After the last bucket. */
    readonly later: number
    /** Due for more than a minute. */
    readonly overdue: number
    readonly oldestOverdueSeconds: number
  }
  /** OAuth clients whose last token calls failed; those that are well have none. */
  readonly breakers: readonly {
    readonly dataSource: string
    readonly client: { readonly id: string; readonly kind: 'default' | 'custom' }
    /** `counting`: it failed, and is still asked. `open`: not asked. `probing`: one call at a time finds out. */
    readonly state: 'counting' | 'open' | 'probing'
    readonly failures: number
    readonly openUntil: Date | null
    /** The outcome of the last call. */
    readonly reason: string | null
    /** Of the workspace, that it minted. */
    readonly connections: number
  }[]
  readonly failures: {
    /** Connections whose last try failed. */
    readonly total: number
    /** Those of them that the caller may not see. */
    readonly hidden: number
    /** Those that the caller may see, the latest failure first. At most twenty. */
    readonly latest: readonly (Pick<Connection, 'id' | 'name' | 'dataSource' | 'status'> & {
      readonly error: Failure
    })[]
  }
  /** By the hour, oldest first: this hour and the twenty-three before. */
  readonly refreshes: readonly {
    readonly from: Date
    readonly refreshed: number
    /** Connections that began to fail. */
    readonly degraded: number
    readonly needsReauthorization: number
  }[]
  /** Runs of the last 24 hours. */
  readonly runsByStatus: Readonly<Record<RunStatus, number>>
  /** Of the whole installation; null when the queue does not answer. */
  readonly jobs: readonly { readonly queue: string; readonly state: string; readonly count: number }[] | null
}

export interface Figures {
  readonly connectionsByStatus: Readonly<Record<string, number>>
  readonly refreshesOverdue: number
  readonly oldestOverdueSeconds: number
  /** OAuth clients with an open breaker, of every installed data source that has some. */
  readonly breakersOpen: readonly {
    readonly dataSource: string
    readonly client: 'default' | 'custom'
    readonly count: number
  }[]
  /** Runs that have not ended, by status. */
  readonly runsUnderWay: Readonly<Record<string, number>>
  readonly eventsUnpublished: number
  readonly jobs: readonly { readonly queue: string; readonly state: string; readonly count: number }[]
}
