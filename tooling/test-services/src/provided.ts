/** What the global set-up hands to every test file. */
export interface Services {
  /** The superuser's URL of the run's one PostgreSQL server, without a database name. */
  readonly postgresUrl: string
  /** Absent when this machine has no Redis. */
  readonly redisUrl?: string
  /** Why there is none, for the report. */
  readonly redisMissing?: string
}

declare module 'vitest' {
  interface ProvidedContext {
    wellheadServices: Services
  }
}
