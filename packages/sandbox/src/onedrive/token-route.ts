import type { FastifyInstance } from 'fastify'
import type { Clients } from '../oauth/clients.ts'
import { GrantError, type Grants, type Issued } from '../oauth/grants.ts'
import type { House, OAuthClient } from '../provider.ts'
import type { Account } from './accounts.ts'
import { accountsOf, unknownTenant } from './authorize.ts'
import { LoginError, loginErrorBody, missingParameter, refusedGrant, unknownScope } from './login-errors.ts'
import { granted, readScopes } from './scopes.ts'

export interface TokenParts {
  readonly house: House
  readonly clients: Clients
  readonly grants: Grants
  accounts(): readonly Account[]
}

/** https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow#redeem-a-code-for-an-access-token */
export function addTokenRoute(app: FastifyInstance, { house, clients, grants, accounts }: TokenParts): void {
  app.post<{ Params: { tenant: string } }>('/:tenant/oauth2/v2.0/token', async (request, reply) => {
    reply.headers({ 'cache-control': 'no-store, no-cache', pragma: 'no-cache' })
    try {
      if (!accountsOf(request.params.tenant, accounts())) throw unknownTenant(request.params.tenant)
      if (!/^application\/x-www-form-urlencoded\b/i.test(request.headers['content-type'] ?? '')) throw malformed()
      const form = new URLSearchParams(String(request.body ?? ''))
      // RFC 6749, section 3.2: nothing twice, and nothing in the URL.
      if (new Set(form.keys()).size < [...form.keys()].length || request.url.includes('?')) throw malformed()
      const client = proven(clients, request.headers.authorization, form)
      const issued = await redeem(client, form)
      const account = accounts().find(({ id }) => id === issued.grant.accountId)
      if (!account) throw refusedGrant('unknown_refresh_token')
      return reply.send({
        token_type: 'Bearer',
        scope: granted(issued.grant.scopes, account.kind),
        expires_in: issued.expiresIn,
        ext_expires_in: issued.expiresIn,
        access_token: issued.accessToken,
        ...(issued.refreshToken === null ? {} : { refresh_token: issued.refreshToken }),
      })
    } catch (error) {
      const own = error instanceof GrantError ? refusedGrant(error.reason) : error
      if (!(own instanceof LoginError)) throw error
      return reply.code(own.status).send(loginErrorBody(own, house.clock.now()))
    }
  })

  async function redeem({ clientId }: OAuthClient, form: URLSearchParams): Promise<Issued> {
    const type = must(form, 'grant_type')
    const asked = form.get('scope')
    const scopes = asked ? readScopes(asked) : undefined
    if (scopes && 'unknown' in scopes) throw unknownScope(scopes.unknown)
    try {
      if (type === 'authorization_code')
        return grants.exchange({
          clientId,
          code: must(form, 'code'),
          redirectUri: must(form, 'redirect_uri'),
          verifier: form.get('code_verifier'),
        })
      if (type === 'refresh_token')
        return grants.refresh({ clientId, refreshToken: must(form, 'refresh_token'), scopes: scopes?.scopes })
    } finally {
      // A refused second use has killed tokens.
      house.changed()
      await house.durable()
    }
    throw new LoginError(400, 'unsupported_grant_type', 70003, `The app requested an unsupported grant type '${type}'.`)
  }
}

function proven(clients: Clients, authorization: string | undefined, form: URLSearchParams): OAuthClient {
  const proof = clients.authenticate(authorization, form)
  if ('client' in proof) return proof.client
  const { refused } = proof
  const id = form.get('client_id') ?? ''
  if (refused === 'unknown')
    throw new LoginError(
      400,
      'unauthorized_client',
      700016,
      `Application with identifier '${id}' was not found in the directory.`,
    )
  if (refused === 'wrong_secret')
    throw new LoginError(
      401,
      'invalid_client',
      7000215,
      `Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '${id}'.`,
    )
  if (refused === 'twice') throw malformed()
  if (id === '' && authorization === undefined) throw missingParameter('client_id')
  throw new LoginError(
    401,
    'invalid_client',
    7000218,
    "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
  )
}

const malformed = (): LoginError =>
  new LoginError(400, 'invalid_request', 9002313, 'Invalid request. Request is malformed or invalid.')

function must(form: URLSearchParams, name: string): string {
  const value = form.get(name)
  if (!value) throw missingParameter(name)
  return value
}
