import type { DataSourceErrorCode } from '@wellhead/datasource-node'
import { type OAuthServer, walkConsent } from '../oauth-server/index.ts'

/** A running stand-in of the provider, with what a data source needs to use it. */
export interface Stand {
  /** Replaces endpoints of the data source. */
  readonly endpoints: Readonly<Record<string, string>>
  readonly settings?: Readonly<Record<string, unknown>>
  /** A good key, where the data source takes keys. */
  readonly apiKey?: string
  readonly oauth?: StandOAuth
  /** Of a crawl. */
  readonly parameters?: Readonly<Record<string, unknown>>
  close(): Promise<void>
}

export interface StandOAuth {
  readonly clientId: string
  readonly clientSecret: string
  readonly redirectUri: string
  /** Says yes at the authorize URL, as an account would, and gives the callback URL without calling it. */
  consent(authorizeUrl: string): Promise<string | URL>
  /** Access tokens issued so far are refused from now on. */
  expireAccess(): void | Promise<void>
}

/** What is particular to a data source. */
export interface SuiteFacts {
  /** Started once for each way to authenticate. */
  start(): Promise<Stand>
  /** How many pages, files or crawled pages there are to find, at least. Default 1. */
  readonly atLeast?: number
  /** Whether the stand-in's listing takes more than one page. Default true: make its pages small. */
  readonly paged?: boolean
  /** An id that no page or file has: reading it is `not_found`. */
  readonly missingId?: string
  /** Unsuccessful answers as the provider documents them, and what they mean. */
  readonly errors?: readonly ErrorFact[]
}

export interface ErrorFact {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
  readonly code: DataSourceErrorCode
}

/** A stand of the testkit's own OAuth server. */
export function oauthStand(server: OAuthServer): Stand {
  const { clientId, clientSecret, redirectUris } = server.client
  return {
    endpoints: server.endpoints,
    oauth: {
      clientId,
      clientSecret,
      redirectUri: redirectUris[0] ?? '',
      consent: (url) => walkConsent(url),
      expireAccess: () => server.expireAccess(),
    },
    close: () => server.close(),
  }
}
