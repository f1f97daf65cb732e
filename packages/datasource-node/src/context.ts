export interface Logger {
  debug(message: string, fields?: Record<string, unknown>): void
  info(message: string, fields?: Record<string, unknown>): void
  warn(message: string, fields?: Record<string, unknown>): void
  error(message: string, fields?: Record<string, unknown>): void
}

export interface FetchInit {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  /** Sent as JSON with its content type. Not together with `body`. */
  readonly json?: unknown
  readonly body?: string | Uint8Array
  /**
   * Whether the request may be sent again: after a refresh, a rate limit or a passing fault. Default: true for GET and HEAD,
   * false for the rest. Set it on a POST that only reads.
   */
  readonly replayable?: boolean
  /** Milliseconds until the headers of one try must have arrived. Default 30,000. */
  readonly timeoutMs?: number
  /** Most bytes that the body may have; more is `invalid_response`. Default 32 MiB; `Infinity` for a streamed download. */
  readonly maxBytes?: number
  /**
   * A body that breaks off is asked for again from where it ended (RFC 9110, section 14), so that a long download survives a passing
   * fault and the end of its token. What changed meanwhile is `provider_unavailable`, never a mixture. For replayable requests.
   */
  readonly resume?: boolean
}

/** What a data source is given with each call. It holds no credential: `fetch` attaches that by itself. */
export interface DataSourceContext {
  /**
   * Sends a request and resolves with a successful answer (status 200 to 299, or 304).
   *
   * The credential is attached when the URL is on one of the data source's own hosts, and on no other. A 401 leads to one
   * refresh and one replay. An unsuccessful answer is mapped by the data source's `toError`; a retryable one is asked again
   * a few times, obeying Retry-After, when the request is replayable. Redirects are followed without the credential
   * unless they stay on the data source's hosts.
   *
   * @throws DataSourceError always, never anything else
   */
  fetch(url: string | URL, init?: FetchInit): Promise<Response>
  /** The URL of an endpoint of this data source, as configured, without a trailing slash. */
  endpoint(name: string): string
  /** The connection's settings, as the data source's settings schema gave them. */
  readonly settings: Readonly<Record<string, unknown>>
  /** Aborted when the run is cancelled, its deadline has passed or the process drains. */
  readonly signal: AbortSignal
  readonly log: Logger
  /** Milliseconds since the epoch. */
  now(): number
}
