import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Clients } from '../oauth/clients.ts'
import { GrantError, type Grants, type Issued } from '../oauth/grants.ts'
import type { House, OAuthClient } from '../provider.ts'
import { projectOf } from './clients.ts'
import { OAuthError } from './errors.ts'
import type { GoogleDriveSettings } from './settings.ts'

export interface TokenParts {
  readonly house: House
  readonly clients: Clients
  readonly grants: Grants
  readonly settings: () => GoogleDriveSettings
}

/** https://developers.google.com/identity/protocols/oauth2/web-server: exchange, refresh and revoke. */
export function addTokenRoutes(app: FastifyInstance, { house, clients, grants, settings }: TokenParts): void {
  app.post('/token', async (request, reply) => {
    const form = formOf(request)
    const grantType = need(form, 'grant_type')
    const client = authenticate(request, form)
    let issued: Issued
    try {
      issued = grantType === 'authorization_code' ? exchange(client, form) : refresh(client, grantType, form)
    } catch (error) {
      throw error instanceof GrantError ? inGooglesWords(error) : error
    } finally {
      // A refused second use has killed tokens.
      house.changed()
    }
    // A token that is handed out must be known after a restart.
    await house.durable()
    const { accessToken, expiresIn, refreshToken, grant } = issued
    return reply
      .headers({ 'cache-control': 'no-cache, no-store, max-age=0, must-revalidate', pragma: 'no-cache' })
      .send({
        access_token: accessToken,
        expires_in: expiresIn,
        ...(refreshToken === null ? {} : { refresh_token: refreshToken }),
        // The order is not that of the request.
        scope: [...grant.scopes].sort().join(' '),
        token_type: 'Bearer',
        ...(refreshToken !== null && settings().testing ? { refresh_token_expires_in: 7 * 86_400 - 1 } : {}),
      })
  })

  /** Without client authentication. It ends the grants of this account for every client of the project. */
  app.post('/revoke', async (request, reply) => {
    const found = grants.find(need(formOf(request), 'token'))
    if (!found?.live) throw new OAuthError(400, 'invalid_token', 'Token expired or revoked')
    const { clientId, accountId } = found.grant
    const project = projectOf(clientId)
    grants.revokeWhere((grant) => grant.accountId === accountId && projectOf(grant.clientId) === project)
    house.changed()
    await house.durable()
    return reply.header('cache-control', 'no-store').send({})
  })

  function authenticate(request: FastifyRequest, form: URLSearchParams): OAuthClient {
    const proof = clients.authenticate(request.headers.authorization, form)
    if ('client' in proof) {
      if (settings().deletedClients.includes(proof.client.clientId))
        throw new OAuthError(401, 'deleted_client', 'The OAuth client was deleted.')
      return proof.client
    }
    if (proof.refused === 'unknown') throw new OAuthError(401, 'invalid_client', 'The OAuth client was not found.')
    if (proof.refused === 'wrong_secret') throw new OAuthError(401, 'invalid_client', 'Unauthorized')
    if (proof.refused === 'twice')
      throw new OAuthError(400, 'invalid_request', 'Client credentials are in the header and in the body.')
    throw new OAuthError(400, 'invalid_request', `${form.has('client_id') ? 'client_secret' : 'client_id'} is missing.`)
  }

  function exchange({ clientId }: OAuthClient, form: URLSearchParams): Issued {
    const code = need(form, 'code')
    if (!code.startsWith('4/')) throw new OAuthError(400, 'invalid_grant', 'Malformed auth code.')
    const redirectUri = need(form, 'redirect_uri')
    return grants.exchange({ clientId, code, redirectUri, verifier: form.get('code_verifier') })
  }

  function refresh({ clientId }: OAuthClient, grantType: string, form: URLSearchParams): Issued {
    if (grantType !== 'refresh_token')
      throw new OAuthError(400, 'unsupported_grant_type', `Invalid grant_type: ${grantType}`)
    const refreshToken = need(form, 'refresh_token')
    const found = grants.find(refreshToken)
    if (found && found.grant.clientId !== clientId) throw new OAuthError(401, 'unauthorized_client', 'Unauthorized')
    return grants.refresh({ clientId, refreshToken, scopes: form.get('scope')?.split(' ').filter(Boolean) })
  }
}

/** A form, each parameter once (RFC 6749, section 3.2). */
function formOf(request: FastifyRequest): URLSearchParams {
  const refused = (why: string) => new OAuthError(400, 'invalid_request', why)
  if (!/^application\/x-www-form-urlencoded\b/i.test(request.headers['content-type'] ?? ''))
    throw refused('The request body must be a form.')
  const form = new URLSearchParams(String(request.body ?? ''))
  const names = [...form.keys()]
  if (new Set(names).size < names.length) throw refused('A parameter is given more than once.')
  return form
}

function need(form: URLSearchParams, name: string): string {
  const value = form.get(name)
  if (!value) throw new OAuthError(400, 'invalid_request', `Required parameter is missing: ${name}`)
  return value
}

function inGooglesWords({ reason }: GrantError): OAuthError {
  const invalid = (description: string) => new OAuthError(400, 'invalid_grant', description)
  switch (reason) {
    case 'redirect_uri_mismatch':
      return new OAuthError(400, 'redirect_uri_mismatch', 'Bad Request')
    case 'verifier_missing':
      return invalid('Missing code verifier.')
    case 'verifier_mismatch':
      return invalid('Invalid code verifier.')
    case 'expired_refresh_token':
    case 'unknown_refresh_token':
      return invalid('Token has been expired or revoked.')
    case 'scope_exceeds':
      return new OAuthError(400, 'invalid_scope', 'Some requested scopes were invalid.')
    default:
      return invalid('Bad Request')
  }
}
