import type { Engine } from '@wellhead/engine'
import type { FastifyBaseLogger } from 'fastify'

export interface RateLimits {
  /** Requests a minute of one API token or session. */
  readonly perCaller: number
  /** Requests a minute of a whole workspace. Default: five times as many as of one caller. */
  readonly perWorkspace: number
  /** Tries a minute of one address to sign in, join, use a link or change a password. */
  readonly signIn: number
}

export interface ApiOptions {
  readonly engine: Engine
  /** Absolute, without a trailing slash: what browsers and providers use. */
  readonly publicUrl: string
  /** Signs session cookies and invite links; at least 32 characters. Another one ends all of them. */
  readonly secret: string
  /** A pino logger, or one like it. */
  readonly log: FastifyBaseLogger
  /** A folder with the console's static files. */
  readonly page?: string
  /** Whether the sandbox stands in for providers: told with the session, so that the console says so. */
  readonly sandbox?: boolean
  /** Whether `X-Forwarded-*` is believed, from everybody or from these addresses. Set it behind a proxy of one's own only. */
  readonly trustProxy?: boolean | string | string[]
  readonly rateLimits?: Partial<RateLimits>
  /** Milliseconds between comments that keep an event stream open. Default 15,000. */
  readonly heartbeatMs?: number
  /** Milliseconds that a call waits for the worker before it answers 202. Default 5,000. */
  readonly settleMs?: number
}

/** What is not given is as by default. */
export function rateLimitsOf(given: Partial<RateLimits> = {}): RateLimits {
  const perCaller = given.perCaller ?? 1_200
  return { perCaller, perWorkspace: 5 * perCaller, signIn: 20, ...given }
}
