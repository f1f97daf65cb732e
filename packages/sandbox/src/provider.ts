import type { FastifyInstance } from 'fastify'
import type { Clock } from './clock.ts'
import type { Fault, Faults } from './faults.ts'
import type { RequestLog } from './request-log.ts'

/** What the providers of one sandbox share. */
export interface House {
  readonly clock: Clock
  readonly faults: Faults
  readonly log: RequestLog
  /** The main listener, `http://127.0.0.1:PORT`, without a slash at the end. Known once the sandbox listens: call it per request. */
  origin(): string
  /** The second listener, another port, for what providers serve from other hosts. */
  downloadOrigin(): string
  /** The small web site to crawl, with a slash at the end. Known once the sandbox listens. */
  siteUrl(): string
  /** Upper limit of every server page, to force paging. */
  readonly pageSize: number
  /** Redirect URIs registered with the default OAuth clients. */
  readonly redirectUris: readonly string[]
  /** The state changed and should be kept; written soon, without waiting. */
  changed(): void
  /** Resolves once everything that changed until now is on disk (at once without a state file). Await it before handing out a token. */
  durable(): Promise<void>
}

export interface OAuthClient {
  readonly clientId: string
  readonly clientSecret: string
  readonly redirectUris: readonly string[]
}

/** An answer in the provider's own error shape. */
export interface FaultAnswer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body: unknown
}

/** The stand-in of one outside service. Its routes live below the path prefix `/<id>`. */
export interface Provider {
  /** The data source id; also the path prefix. */
  readonly id: string
  /** As people know it. */
  readonly name: string
  /** Reads web sites, of which the sandbox has one. */
  readonly crawls?: boolean
  /** Adds the routes. `app` is encapsulated: hooks, parsers, error and not-found handlers set here concern this provider alone. */
  routes(app: FastifyInstance, house: House): void | Promise<void>
  /** Routes of the second listener, below the same prefix: logged and faulted as the others. */
  downloadRoutes?(app: FastifyInstance, house: House): void | Promise<void>
  /** Routes at the root of the main listener, for what has its only place there (robots.txt). Neither logged nor faulted. */
  rootRoutes?(app: FastifyInstance): void
  /** True when `routes` sets a not-found handler of its own; otherwise a plain 404 is added (faults and the log need one). */
  readonly ownNotFound?: boolean
  /** Endpoint name -> URL. Empty for what no data source points at. */
  endpoints(origin: string, downloadOrigin: string): Readonly<Record<string, string>>
  /** The default OAuth client. */
  readonly client?: OAuthClient
  /** A good sample API key. */
  readonly apiKey?: string
  /** Adds an OAuth client; a known clientId is replaced. */
  registerClient?(client: OAuthClient): void
  /** As if the user removed the connection at the provider. Absent hint: every grant. The hint is part of an account's name, e-mail or id. */
  revokeGrant?(accountHint?: string): void
  /** `POST /_control/<id>`: changes this provider's own settings and answers with all of them. Throws RangeError or TypeError on bad input. */
  control?(settings: Readonly<Record<string, unknown>>): unknown
  /** The provider's own error envelope for an injected `status` fault without a body. `path` is without prefix and query. */
  faultAnswer?(fault: Fault, path: string): FaultAnswer
  /** Back to how it was when first started; the default client and key stay. */
  reset(): void
  /** What must survive a restart, as JSON. Absent for providers without state. */
  snapshot?(): unknown
  restore?(snapshot: unknown): void
}
