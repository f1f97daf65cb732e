import type { FastifyInstance, FastifyRequest } from 'fastify'
import { GrantError, type GrantRefusal, type Issued } from '../oauth/grants.ts'
import type { OAuthClient } from '../provider.ts'
import { OAuthError } from './errors.ts'
import type { DropboxParts } from './parts.ts'
import { addRpc, noArgument } from './rpc.ts'

const sentences: Readonly<Record<GrantRefusal, string>> = {
  unknown_code: "code doesn't exist or has expired",
  expired_code: "code doesn't exist or has expired",
  used_code: 'code has already been used',
  redirect_uri_mismatch: 'redirect_uri mismatch',
  verifier_missing: 'code_verifier is required',
  verifier_mismatch: 'invalid code verifier',
  unknown_refresh_token: 'refresh token is invalid or revoked',
  expired_refresh_token: 'refresh token is invalid or revoked',
  scope_exceeds: 'scope is not a subset of the scope of the refresh token',
}

/** https://www.dropbox.com/developers/documentation/http/documentation#oauth2-token and #auth-token-revoke */
export function addOAuthRoutes(app: FastifyInstance, { house, clients, grants, accounts, access }: DropboxParts): void {
  app.post('/oauth2/token', async (request, reply) => {
    const form = formOf(request)
    const client = clientOf(request, form)
    const grantType = form.get('grant_type')
    let issued: Issued
    try {
      if (grantType === 'authorization_code') issued = exchange(client, form)
      else if (grantType === 'refresh_token') issued = refresh(client, form)
      else throw new OAuthError('unsupported_grant_type', 'grant_type must be authorization_code or refresh_token')
    } catch (error) {
      if (!(error instanceof GrantError)) throw error
      throw new OAuthError(
        error.reason === 'scope_exceeds' ? 'invalid_scope' : 'invalid_grant',
        sentences[error.reason],
      )
    } finally {
      // A refused second use of a code has killed tokens.
      house.changed()
    }
    // A token that is handed out must be known after a restart.
    await house.durable()
    const answer = { access_token: issued.accessToken, token_type: 'bearer', expires_in: issued.expiresIn }
    reply.headers({ 'cache-control': 'no-store', pragma: 'no-cache' })
    if (grantType === 'refresh_token') return reply.send(answer)
    const { uid, id } = accounts().find((account) => account.id === issued.grant.accountId)!
    return reply.send({
      ...answer,
      // Only with token_access_type=offline.
      ...(issued.refreshToken === null ? {} : { refresh_token: issued.refreshToken }),
      scope: [...issued.grant.scopes].sort().join(' '),
      uid,
      account_id: id,
    })
  })

  /** The refresh token behind the access token dies with it, and all that it made. */
  addRpc(app, 'auth/token/revoke', async (request, name) => {
    const { grant } = access.of(request, name, null)
    noArgument(request, name)
    grants.revokeWhere(({ id }) => id === grant.id)
    house.changed()
    await house.durable()
    return null
  })

  function clientOf(request: FastifyRequest, form: URLSearchParams): OAuthClient {
    const proof = clients.authenticate(request.headers.authorization, form)
    if ('client' in proof) return proof.client
    if (proof.refused === 'twice') throw new OAuthError('invalid_request', 'The client authenticates in two ways.')
    throw new OAuthError('invalid_client', 'Invalid client_id or client_secret')
  }

  function exchange({ clientId }: OAuthClient, form: URLSearchParams): Issued {
    const code = form.get('code')
    if (!code) throw new OAuthError('invalid_request', 'Missing required parameter: code')
    const verifier = form.get('code_verifier')
    return grants.exchange({ clientId, code, redirectUri: form.get('redirect_uri'), verifier })
  }

  function refresh({ clientId }: OAuthClient, form: URLSearchParams): Issued {
    const refreshToken = form.get('refresh_token')
    if (!refreshToken) throw new OAuthError('invalid_request', 'Missing required parameter: refresh_token')
    if (!/^[\w-]{20,}$/.test(refreshToken)) throw new OAuthError('invalid_grant', 'refresh token is malformed')
    return grants.refresh({ clientId, refreshToken, scopes: form.get('scope')?.split(' ') })
  }
}

/**
 * A form in the body. The real endpoint takes what stands in its URL as well; the sandbox is stricter on purpose, as secrets do not
 * belong there (RFC 6749, section 2.3.1).
 */
function formOf(request: FastifyRequest): URLSearchParams {
  if (request.url.includes('?')) throw new OAuthError('invalid_request', 'Parameters belong into the body.')
  if (!/^application\/x-www-form-urlencoded\b/i.test(request.headers['content-type'] ?? ''))
    throw new OAuthError('invalid_request', 'The body must be a form (application/x-www-form-urlencoded).')
  const form = new URLSearchParams(String(request.body ?? ''))
  const twice = [...new Set(form.keys())].find((name) => form.getAll(name).length > 1)
  if (twice !== undefined) throw new OAuthError('invalid_request', `The parameter "${twice}" is there twice.`)
  return form
}
