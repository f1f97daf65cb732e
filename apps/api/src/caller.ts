/** Who asks: an API token or a console session, and whether it may. */
import { type AnyRoute, commonProblems } from '@wellhead/client/schema'
import type { Actor, Engine } from '@wellhead/engine'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Sessions } from './login/sessions.ts'
import { ApiProblem } from './problems.ts'

export interface Caller {
  readonly actor: Actor
  /** Whether the request still has its right: asked again while a stream is open. */
  stillValid(): Promise<boolean>
  /** Milliseconds between two such questions. A token's revocation must show within five seconds. */
  readonly recheckMs: number
}

export interface Callers {
  /** @throws ApiProblem `unauthenticated`, `session_required`, `missing_token_scope`, `cross_origin_refused`, `unsupported_media_type` */
  of(request: FastifyRequest, reply: FastifyReply, route: AnyRoute): Promise<Caller>
}

export function createCallers(deps: { engine: Engine; sessions: Sessions; publicUrl: string }): Callers {
  return {
    async of(request, reply, route) {
      const token = bearerOf(request)
      if (token !== undefined) {
        const actor = await deps.engine.tenancy.authenticate(token)
        if (!actor) throw new ApiProblem('unauthenticated', 'This API token is unknown, has expired or was revoked.')
        requireTokenMay(actor, route)
        return {
          actor,
          recheckMs: 1_000,
          stillValid: async () => (await deps.engine.tenancy.authenticate(token)) !== undefined,
        }
      }
      const session = await deps.sessions.read(request, reply)
      if (!session)
        throw new ApiProblem('unauthenticated', 'Sign in, or send an API token as `Authorization: Bearer wh_…`.')
      if (route.access.kind === 'scope' && route.access.tokenOnly)
        throw new ApiProblem(
          'missing_token_scope',
          `Only an API token with the scope ${route.access.scope} may do this; a session never may.`,
        )
      if (route.method !== 'GET') requireSameOrigin(request, deps.publicUrl)
      const actor = session.actor
      if (!actor) throw new ApiProblem('forbidden', 'You are not a member of any workspace.')
      return {
        actor,
        recheckMs: 4_000,
        stillValid: async () => (await deps.sessions.read(request))?.actor?.workspaceId === actor.workspaceId,
      }
    },
  }
}

function bearerOf(request: FastifyRequest): string | undefined {
  const header = request.headers.authorization
  if (header === undefined) return undefined
  const [, token] = /^Bearer +([\x21-\x7e]+)$/i.exec(header) ?? []
  if (!token) throw new ApiProblem('unauthenticated', 'Send an API token as `Authorization: Bearer wh_…`.')
  return token
}

function requireTokenMay(actor: Actor, route: AnyRoute): void {
  if (route.access.kind === 'session')
    throw new ApiProblem('session_required', 'This is for a signed-in member; API tokens may not do it.')
  if (route.access.kind === 'scope' && !actor.token?.scopes.includes(route.access.scope))
    throw new ApiProblem('missing_token_scope', `This API token lacks the scope ${route.access.scope}.`, {
      details: { scope: route.access.scope },
    })
}

/**
 * A cookie goes along with requests that other sites cause, so one that changes something must prove that our own page
 * made it. Browsers send `Origin` with every request that is not GET or HEAD (Fetch Standard, section 3.2), and newer ones
 * `Sec-Fetch-Site`; a caller that sends neither has no proof.
 */
export function requireSameOrigin(request: FastifyRequest, publicUrl: string): void {
  const origin = request.headers.origin
  const site = request.headers['sec-fetch-site']
  const proven = origin === undefined ? site === 'same-origin' : origin === new URL(publicUrl).origin
  if (!proven || (site !== undefined && site !== 'same-origin'))
    throw new ApiProblem('cross_origin_refused', `With a session, changes are made from ${publicUrl} only.`)
}

/** For the OpenAPI document: the problems of a route, each once. */
export function problemsOf(route: AnyRoute) {
  return [...new Set([...route.problems, ...commonProblems(route)])]
}
