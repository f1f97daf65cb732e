import type { FastifyRequest } from 'fastify'
import type { Clock } from '../clock.ts'
import type { Grant, Grants } from '../oauth/grants.ts'
import { type Account, rootInfo } from './accounts.ts'
import { pathRootHeader } from './arguments.ts'
import { authError, badRequest, pathRootError, rateLimited } from './errors.ts'
import type { DropboxSettings } from './settings.ts'
import { type View, viewOf } from './views.ts'

/** Whose call it is and what its paths are relative to. */
export interface Access {
  readonly account: Account
  readonly grant: Grant
  readonly view: View
}

export interface AccessParts {
  readonly clock: Clock
  readonly grants: Grants
  readonly accounts: () => readonly Account[]
  readonly settings: () => DropboxSettings
}

/** The bearer token, its scope, the rate limit and the path root of every call. */
export function createAccess({ clock, grants, accounts, settings }: AccessParts) {
  /** `app account` -> times of its calls in the last 60 seconds. */
  const calls = new Map<string, number[]>()

  function grantOf(request: FastifyRequest, name: string): Grant {
    const { authorization } = request.headers
    if (authorization === undefined)
      throw badRequest(name, 'Must provide HTTP header "Authorization" or URL parameter "authorization".')
    const [, token] = /^Bearer (\S+)$/i.exec(authorization) ?? []
    if (token === undefined) throw badRequest(name, 'Invalid authorization value in HTTP header "Authorization".')
    if (!/^sl\.[\w.-]{20,}$/.test(token)) throw badRequest(name, 'The given OAuth 2 access token is malformed.')
    const found = grants.find(token)
    if (found?.kind !== 'access') throw authError('invalid_access_token')
    if (!found.live) throw authError('expired_access_token')
    return found.grant
  }

  function requireScope(grant: Grant, name: string, scope: string | null): void {
    if (scope === null) return
    if (!settings().appScopes.includes(scope))
      throw badRequest(
        name,
        `Your app (ID: 4711) is not permitted to access this endpoint because it does not have the required scope '${scope}'. ` +
          'The owner of the app can enable the scope for the app using the Permissions tab on the App Console.',
      )
    if (!grant.scopes.includes(scope)) throw authError('missing_scope', { required_scope: scope })
  }

  function limit(grant: Grant): void {
    const { rateLimitPerMinute, rateLimitAnswer } = settings()
    if (rateLimitPerMinute === null) return
    const key = `${grant.clientId} ${grant.accountId}`
    const now = clock.now()
    const recent = (calls.get(key) ?? []).filter((at) => now - at < 60_000)
    calls.set(key, recent)
    if (recent.length >= rateLimitPerMinute)
      throw rateLimited(Math.max(1, Math.ceil((recent[0]! + 60_000 - now) / 1000)), rateLimitAnswer)
    recent.push(now)
  }

  /** https://www.dropbox.com/developers/reference/path-root-header-modes */
  function viewFor(request: FastifyRequest, name: string, account: Account): View {
    const info = rootInfo(account, settings())
    const header = request.headers['dropbox-api-path-root']
    const root = header === undefined ? ({ '.tag': 'home' } as const) : parsed(String(header), name)
    if (root['.tag'] === 'home') return viewOf(account, info.home_namespace_id, settings())!
    if (root['.tag'] === 'root' && root.root !== info.root_namespace_id)
      throw pathRootError('invalid_root', { invalid_root: info })
    const view = viewOf(account, root['.tag'] === 'root' ? root.root : root.namespace_id, settings())
    if (!view) throw pathRootError('no_permission')
    return view
  }

  return {
    /** @param scope null where none is needed */
    of(request: FastifyRequest, name: string, scope: string | null): Access {
      const grant = grantOf(request, name)
      requireScope(grant, name, scope)
      limit(grant)
      const account = accounts().find(({ id }) => id === grant.accountId)!
      return { account, grant, view: viewFor(request, name, account) }
    },
    clear: () => calls.clear(),
  }
}

function parsed(header: string, name: string) {
  try {
    return pathRootHeader.parse(JSON.parse(header))
  } catch {
    throw badRequest(name, 'Invalid value in HTTP header "Dropbox-API-Path-Root".')
  }
}
