/** One request that reached a provider. No query, header or body: those carry codes, tokens and keys. */
export interface LoggedRequest {
  /** Milliseconds since the epoch on the sandbox's clock. */
  readonly at: number
  readonly provider: string
  readonly method: string
  /** As the provider sees it: without the prefix `/notion` and without the query. */
  readonly path: string
  /** The status that was sent; 0 while unanswered and when the connection was cut instead. */
  readonly status: number
}

export interface RequestLog {
  /** Adds an unanswered request; the function that comes back sets its status. */
  begin(entry: Omit<LoggedRequest, 'status'>): (status: number) => void
  list(provider?: string): readonly LoggedRequest[]
  clear(): void
}

/** Keeps the last `capacity` requests: a sandbox may run for weeks. */
export function createRequestLog(capacity = 10_000): RequestLog {
  let entries: { -readonly [K in keyof LoggedRequest]: LoggedRequest[K] }[] = []
  return {
    begin(entry) {
      const kept = { ...entry, status: 0 }
      entries.push(kept)
      if (entries.length > capacity * 1.1) entries = entries.slice(-capacity)
      return (status) => {
        kept.status = status
      }
    },
    list: (provider) =>
      entries.filter((entry) => provider === undefined || entry.provider === provider).map((e) => ({ ...e })),
    clear() {
      entries = []
    },
  }
}
