import type { z } from 'zod'
import type { ProblemCode } from './problems.ts'
import type { TokenScope } from './words.ts'

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/**
 * Who may ask.
 *
 * - `public`: anybody. `session`: a signed-in member, no API token.
 * - `any`: a session, or a token whatever its scopes.
 * - `scope`: a session, or a token with that scope; with `tokenOnly`, no session either.
 */
export type RouteAccess =
  | { readonly kind: 'public' | 'session' | 'any' }
  | { readonly kind: 'scope'; readonly scope: TokenScope; readonly tokenOnly?: boolean }

export interface RouteResponse {
  readonly description: string
  /** Absent: no body. */
  readonly schema?: z.ZodType
  /** Default: `application/json`. */
  readonly contentType?: string
  /** A second form: chosen by `Accept`, or whichever there is. */
  readonly alternative?: { readonly contentType: string; readonly schema?: z.ZodType }
}

/** A route of the HTTP API as data: the API registers it, the client is typed by it and OpenAPI is generated from it. */
export interface AnyRoute {
  readonly method: Method
  /** With OpenAPI's placeholders, such as `/v1/runs/{id}`. */
  readonly path: string
  readonly summary: string
  readonly description?: string
  readonly access: RouteAccess
  readonly params?: z.ZodObject
  readonly query?: z.ZodObject
  readonly body?: z.ZodType
  /** The body may be left out; then it is `{}`. */
  readonly bodyOptional?: boolean
  readonly responses: Readonly<Record<number, RouteResponse>>
  /** What it can answer besides what every route can: see `commonProblems`. */
  readonly problems: readonly ProblemCode[]
}

/** Typed identity. */
export function defineRoute<const Route extends AnyRoute>(route: Route): Route {
  return route
}

/** What any route can answer, by its access and input. */
export function commonProblems(route: AnyRoute): ProblemCode[] {
  return [
    ...(route.params || route.query || route.body ? (['invalid_request'] as const) : []),
    ...(route.body ? (['payload_too_large', 'unsupported_media_type'] as const) : []),
    ...(route.access.kind === 'public' ? [] : (['unauthenticated', 'forbidden'] as const)),
    ...(route.access.kind === 'scope' ? (['missing_token_scope'] as const) : []),
    ...(route.access.kind === 'session' ? (['session_required'] as const) : []),
    ...(route.access.kind !== 'public' && route.method !== 'GET' && !('tokenOnly' in route.access)
      ? (['cross_origin_refused'] as const)
      : []),
    ...(route.access.kind === 'public' ? [] : (['rate_limited'] as const)),
    'internal_error',
    'database_unavailable',
  ]
}
