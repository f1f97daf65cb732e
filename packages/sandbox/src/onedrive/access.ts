import type { FastifyRequest } from 'fastify'
import type { Clock } from '../clock.ts'
import type { Grants } from '../oauth/grants.ts'
import type { Account, AccountKind } from './accounts.ts'
import { accessDenied, GraphError } from './graph-errors.ts'
import type { OneDriveSettings } from './settings.ts'
import { createThrottle } from './throttle.ts'

export type Access = ReturnType<typeof createAccess>

/** Bearer token, scope and rate limit of every call to Graph. */
export function createAccess(parts: {
  readonly clock: Clock
  readonly grants: Grants
  settings(): OneDriveSettings
  accounts(): readonly Account[]
}) {
  const throttle = createThrottle(parts.clock)
  const kinds = new WeakMap<FastifyRequest, AccountKind>()

  return {
    /** @throws GraphError */
    of(request: FastifyRequest, scope: string): Account {
      const { authorization } = request.headers
      const refuse = (message: string) => new GraphError(401, 'InvalidAuthenticationToken', message)
      if (!authorization) throw refuse('Access token is empty.')
      const [, token = ''] = /^Bearer (\S+)$/i.exec(authorization) ?? []
      const found = parts.grants.find(token)
      const account = found && parts.accounts().find(({ id }) => id === found.grant.accountId)
      if (!account || found.kind !== 'access') throw refuse('Access token validation failure. Invalid audience.')
      kinds.set(request, account.kind)
      if (!found.live) throw refuse('Lifetime validation failed, the token is expired.')
      throttle.count(`${found.grant.clientId} ${account.id}`, parts.settings().rateLimitPerMinute)
      if (!found.grant.scopes.includes(scope)) throw accessDenied()
      return account
    },
    /** Which system answers; work until the token says otherwise. */
    kindOf: (request: FastifyRequest): AccountKind => kinds.get(request) ?? 'work',
    pause: throttle.pause,
    clear: throttle.clear,
  }
}
