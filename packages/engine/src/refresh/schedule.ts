/** When a credential is refreshed next. Pure. Dates in, date out; lengths in milliseconds. */
import type { OAuth2Spec } from '@wellhead/datasource-node'

/** A fifth of a token's life, and a quarter of an hour at most, is left when it is refreshed. */
const MARGIN_SHARE = 0.2
const LARGEST_MARGIN_MS = 15 * 60_000

/** From 0 up to 1; `Math.random` outside tests. */
export type Jitter = () => number

/**
 * The margin follows the token's lifetime. Up to half of it again is jitter, so that connections made together do not
 * come due together.
 */
export function refreshAtFor(
  pair: { issuedAt: Date; expiresAt: Date | null },
  options: { spec: OAuth2Spec; idle: boolean; keepAliveMs: number },
  jitter: Jitter = Math.random,
): Date {
  const keepAliveMs = options.spec.keepAliveSeconds ? options.spec.keepAliveSeconds * 1000 : options.keepAliveMs
  // Early, never late: the refresh token dies of disuse at the end of it.
  const keepAliveAt = pair.issuedAt.getTime() + keepAliveMs * (1 - 0.1 * jitter())
  if (pair.expiresAt === null || options.idle) return new Date(keepAliveAt)
  const lifetime = pair.expiresAt.getTime() - pair.issuedAt.getTime()
  const margin = Math.min(lifetime * MARGIN_SHARE, LARGEST_MARGIN_MS)
  return new Date(Math.min(keepAliveAt, pair.expiresAt.getTime() - margin * (1 + 0.5 * jitter())))
}

/** Callers may ask ahead of a long background wait, but no more than once a minute. */
const LONGEST_CALLER_WAIT_MS = 60_000

/**
 * Before when no token call is made after failed ones; `null`: at any time. A provider that asks to wait is obeyed by all, a
 * backoff of ours not by a person who forces a refresh.
 */
export function notBefore(
  row: {
    readonly failures: number
    readonly lastOutcome: string | null
    readonly refreshAt: Date | null
    readonly intentAt: Date | null
  },
  options: { isForced: boolean; longestMs: number },
): Date | null {
  if (row.failures === 0 || row.refreshAt === null) return null
  if (row.lastOutcome === 'rate_limited') return row.refreshAt
  if (options.isForced || row.intentAt === null) return null
  const latest = row.intentAt.getTime() + Math.min(LONGEST_CALLER_WAIT_MS, options.longestMs)
  return new Date(Math.min(row.refreshAt.getTime(), latest))
}

/** Doubles with each failure in a row, between half and the whole of it. */
export function backoffMs(
  failures: number,
  options: { backoffMs: number; longestBackoffMs: number },
  jitter: Jitter = Math.random,
): number {
  const full = Math.min(options.backoffMs * 2 ** Math.min(failures - 1, 30), options.longestBackoffMs)
  return full * (0.5 + 0.5 * jitter())
}

export const after = (moment: Date, ms: number): Date => new Date(moment.getTime() + ms)
