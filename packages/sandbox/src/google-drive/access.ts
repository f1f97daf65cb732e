import type { FastifyRequest } from 'fastify'
import type { Clock } from '../clock.ts'
import type { Grants } from '../oauth/grants.ts'
import type { Account } from './accounts.ts'
import { projectOf } from './clients.ts'
import { DriveError, rateLimited, unauthorized } from './errors.ts'
import { readsContent, readsMetadata } from './scopes.ts'
import type { GoogleDriveSettings } from './settings.ts'

export interface AccessParts {
  readonly clock: Clock
  readonly grants: Grants
  readonly settings: () => GoogleDriveSettings
  readonly accountOf: (id: string) => Account | undefined
}

export type Access = ReturnType<typeof createAccess>

/** Bearer token, scope and rate limit of every call of the API. */
export function createAccess({ clock, grants, settings, accountOf }: AccessParts) {
  /** Project and account -> times of its calls in the last 60 seconds. */
  const calls = new Map<string, number[]>()

  function limit(of: string): void {
    const { rateLimitPerMinute } = settings()
    if (rateLimitPerMinute === null) return
    const now = clock.now()
    const recent = (calls.get(of) ?? []).filter((at) => now - at < 60_000)
    calls.set(of, recent)
    if (recent.length >= rateLimitPerMinute) throw rateLimited()
    recent.push(now)
  }

  return {
    /** @throws DriveError */
    of(request: FastifyRequest, need: 'metadata' | 'content'): Account {
      const { authorization } = request.headers
      if (authorization === undefined)
        throw new DriveError(403, 'forbidden', 'The request is missing a valid API key.', {
          rpcStatus: 'PERMISSION_DENIED',
        })
      const [, token = ''] = /^Bearer (\S+)$/i.exec(authorization) ?? []
      const found = grants.find(token)
      const account = found?.kind === 'access' && found.live ? accountOf(found.grant.accountId) : undefined
      if (!found || !account) throw unauthorized()
      const enough = need === 'content' ? readsContent : readsMetadata
      if (!found.grant.scopes.some((scope) => enough.includes(scope)))
        throw new DriveError(
          403,
          'insufficientPermissions',
          'Insufficient Permission: Request had insufficient authentication scopes.',
          { rpcStatus: 'PERMISSION_DENIED' },
        )
      limit(`${projectOf(found.grant.clientId)} ${account.id}`)
      return account
    },
    clear: () => calls.clear(),
  }
}
