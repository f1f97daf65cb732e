/** Console sessions: a signed cookie whose token names a row. Every request asks the database, so that a sign-out holds at once. */
import type { Actor, Engine } from '@wellhead/engine'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Auth } from './auth.ts'
import type { Records, User } from './records.ts'

export interface Session {
  readonly user: User
  /** In the workspace chosen last, else the one joined first; undefined for someone who belongs to none. */
  readonly actor: Actor | undefined
}

export interface Sessions {
  /** With a reply, a cookie that is renewed goes with it. */
  read(request: FastifyRequest, reply?: FastifyReply): Promise<Session | undefined>
  /** Signs in; false when address and password do not belong together. */
  signIn(reply: FastifyReply, email: string, password: string): Promise<boolean>
  /** Uses a one-time link up; false when it is unknown, used or older than ten minutes. */
  signInByLink(reply: FastifyReply, token: string): Promise<boolean>
  signOut(request: FastifyRequest, reply: FastifyReply): Promise<void>
  /** False when the user is not a member of it. */
  switchWorkspace(request: FastifyRequest, reply: FastifyReply, workspaceId: string): Promise<boolean>
}

export function createSessions(auth: Auth, engine: Engine, records: Records): Sessions {
  async function actorOf(userId: string, chosen: string | null | undefined): Promise<Actor | undefined> {
    if (chosen) {
      const actor = await engine.tenancy.memberActor(userId, chosen)
      if (actor) return actor
    }
    const [first] = await records.membershipsOf(userId)
    return first && engine.tenancy.memberActor(userId, first.organizationId)
  }

  return {
    async read(request, reply) {
      // Spares the library, and the database, every request that has no session.
      if (!request.headers.cookie?.includes('session_token')) return undefined
      const { headers, response } = await auth.api.getSession({ headers: cookiesOf(request), returnHeaders: true })
      if (!response) return undefined
      if (reply) passCookies(headers, reply)
      const { user, session } = response
      return {
        user: { id: user.id, name: user.name, email: user.email },
        actor: await actorOf(user.id, session.activeOrganizationId),
      }
    },

    async signIn(reply, email, password) {
      try {
        const { headers } = await auth.api.signInEmail({ body: { email, password }, returnHeaders: true })
        passCookies(headers, reply)
        return true
      } catch (error) {
        if (isRefusal(error)) return false
        throw error
      }
    },

    async signInByLink(reply, token) {
      try {
        const { headers } = await auth.api.magicLinkVerify({
          query: { token },
          headers: new Headers(),
          returnHeaders: true,
        })
        passCookies(headers, reply)
        return true
      } catch (error) {
        if (isRefusal(error)) return false
        throw error
      }
    },

    async signOut(request, reply) {
      const { headers } = await auth.api.signOut({ headers: cookiesOf(request), returnHeaders: true })
      passCookies(headers, reply)
    },

    async switchWorkspace(request, reply, workspaceId) {
      try {
        const { headers } = await auth.api.setActiveOrganization({
          body: { organizationId: workspaceId },
          headers: cookiesOf(request),
          returnHeaders: true,
        })
        passCookies(headers, reply)
        return true
      } catch (error) {
        if (isRefusal(error)) return false
        throw error
      }
    },
  }
}

/** The library refuses by errors that carry a status; anything else is a fault. */
export function isRefusal(error: unknown): boolean {
  const status = (error as { statusCode?: unknown } | null)?.statusCode
  return typeof status === 'number' && status < 500
}

export function cookiesOf(request: FastifyRequest): Headers {
  return new Headers({ cookie: request.headers.cookie ?? '' })
}

export function passCookies(headers: Headers, reply: FastifyReply): void {
  for (const cookie of headers.getSetCookie()) reply.header('set-cookie', cookie)
}
