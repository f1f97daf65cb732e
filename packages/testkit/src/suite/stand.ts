/**
 * A **stand** is a running stand-in of the provider, with what a data source needs to use it. **Trouble** is what it can be told to do wrong. What a
 * stand cannot do is left out, and the facts of the suite say by name what is then not covered.
 */
export interface Stand {
  /** Replaces endpoints of the data source. */
  readonly endpoints: Readonly<Record<string, string>>
  readonly settings?: Readonly<Record<string, unknown>>
  /** A good key, where the data source takes keys. */
  readonly apiKey?: string
  readonly oauth?: StandOAuth
  /** Of a crawl. */
  readonly parameters?: Readonly<Record<string, unknown>>
  readonly trouble?: Trouble
  /** Of a drive whose changes can be followed: changes its files as their owner would. */
  readonly files?: StandFiles
  close(): Promise<void>
}

export interface StandOAuth {
  readonly clientId: string
  readonly clientSecret: string
  readonly redirectUri: string
  /** Says yes at the authorize URL, as an account would, and gives the callback URL without calling it. */
  consent(authorizeUrl: string): Promise<string | URL>
  /** Access tokens issued so far are refused from now on. Refresh tokens and cursors live. `seconds`: the lifetime that was told, if any was. */
  expireAccess(seconds?: number): void | Promise<void>
  /** As if the account removed the connection at the provider: access and refresh tokens issued so far are refused for good. */
  revokeGrant?(): void | Promise<void>
  /** Lets so many seconds pass on the provider's clock. */
  advance?(seconds: number): void | Promise<void>
}

export interface Trouble {
  /** The next request of this method and URL goes wrong. Later faults wait for later requests. Takes effect at once. */
  fault(fault: StandFault): void
  clearFaults(): void
  /** Whether a request to this URL is one that faults can hit. Default: every one. */
  reaches?(url: URL): boolean
}

/**
 * - `status`: an unsuccessful answer: `status`, in the provider's own words (`code` is its error code), or with `body`.
 * - `html`: a page, as of a proxy, with `status`.
 * - `malformed_json`, `empty`: a successful answer with a body that is cut JSON, or none.
 * - `truncated`: the right answer, announced whole, of which half comes before the connection is cut.
 * - `reset`: the connection is cut without an answer.
 * - `slow`: the right answer, after `delayMs`.
 */
export const standFaultKinds = ['status', 'html', 'malformed_json', 'empty', 'truncated', 'reset', 'slow'] as const

export interface FaultAnswer {
  readonly status: number
  /** The provider's own error code. */
  readonly code?: string
  readonly body?: unknown
  /** Value of a Retry-After header. */
  readonly retryAfter?: string
}

export interface StandFault extends Partial<FaultAnswer> {
  readonly kind: (typeof standFaultKinds)[number]
  readonly method: string
  readonly url: URL
  readonly delayMs?: number
}

export interface StandFiles {
  /** A text file at the top: a new one, or with new content. */
  write(name: string, text: string): void | Promise<void>
  remove(name: string): void | Promise<void>
}
