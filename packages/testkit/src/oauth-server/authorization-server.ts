/**
 * The authorization server as a state machine: no network, no clock and no chance of its own. What comes in are the fields of a request, what
 * goes out is a status and a body. The HTTP adapter in ./http adds transport and faults, and changes nothing of this.
 */
import { type Authorizations, createAuthorizations } from './authorizations.ts'
import { isProven, readClientProof } from './client-authentication.ts'
import { type Counters, createGrants, type Grant, type Grants, type IssuedPair } from './grants.ts'
import type { Client, Settings } from './settings.ts'

export interface MachineOptions {
  /** Milliseconds since the epoch. */
  now(): number
  /** A new secret that begins with `prefix`. */
  newToken(prefix: string): string
  settings(): Settings
  issuer(): string
  readonly clients: readonly Client[]
}

export type Fields = Readonly<Record<string, string>>

export interface MachineRequest {
  /** The Authorization header. */
  readonly authorization: string | undefined
  /** The body's fields, each once. */
  readonly fields: Fields
}

export interface MachineAnswer {
  readonly status: number
  readonly body: Readonly<Record<string, unknown>>
  readonly headers?: Readonly<Record<string, string>>
}

export interface AuthorizationServer {
  readonly grants: Grants
  readonly authorizations: Authorizations
  readonly counters: Counters
  client(id: string): Client | undefined
  /** A known id is replaced: a new secret, other redirect URIs. */
  registerClient(client: Client): void
  /** Counts a token request before anything is done with it, also for one that a fault swallows. */
  arrived(fields: Fields): Grant | undefined
  token(request: MachineRequest): MachineAnswer
  /** RFC 7009. */
  revoke(request: MachineRequest): MachineAnswer
  /** RFC 7662. */
  introspect(request: MachineRequest): MachineAnswer
}

export function createAuthorizationServer(options: MachineOptions): AuthorizationServer {
  const clients = new Map(options.clients.map((client) => [client.clientId, client]))
  const client = (id: string) => clients.get(id)
  const grants = createGrants(options)
  const authorizations = createAuthorizations({ ...options, client })
  let tokenRequests = 0

  function authenticated(request: MachineRequest): Client | MachineAnswer {
    const proof = readClientProof(request.authorization, request.fields)
    if ('refused' in proof) return refusal(proof.refused, proof.description, request)
    const known = clients.get(proof.clientId)
    return isProven(known, proof) ? known : refusal('invalid_client', 'The client is unknown or not proven.', request)
  }

  function exchange(by: Client, request: MachineRequest): MachineAnswer {
    const { code: text, redirect_uri: redirectUri, code_verifier: verifier } = request.fields
    if (!text) return refusal('invalid_request', 'code is missing.', request)
    const code = authorizations.code(text)
    if (!code || code.clientId !== by.clientId) return refusal('invalid_grant', 'There is no such code.', request)
    if (code.used) {
      // RFC 6749, section 4.1.2: what the code was exchanged for is ended.
      const grant = code.grantId === null ? undefined : grants.get(code.grantId)
      if (grant) grants.end(grant, 'code_replay')
      return refusal('invalid_grant', 'The code was used already.', request)
    }
    // One presentation by its own client, good or bad, is all that a code gets.
    code.used = true
    const problem = authorizations.refusal(code, { redirectUri, verifier })
    if (problem) return refusal('invalid_grant', problem, request)
    const { grant, pair } = grants.open(by.clientId, code.account, code.scopes)
    grant.counters.tokenRequests++
    code.grantId = grant.id
    return tokens(pair)
  }

  function refresh(by: Client, request: MachineRequest): MachineAnswer {
    const { refresh_token: text, scope } = request.fields
    if (!text) return refusal('invalid_request', 'refresh_token is missing.', request)
    const known = grants.refreshToken(text)
    if (!known || known.grant.clientId !== by.clientId)
      return refusal('invalid_grant', 'There is no such refresh token.', request)
    const scopes = scope === undefined ? known.grant.scopes : scope.split(' ').filter(Boolean)
    if (scopes.some((one) => !known.grant.scopes.includes(one)))
      return refusal('invalid_scope', 'More was asked for than was granted.', request)
    const result = grants.refresh(known, scopes)
    return 'refused' in result ? refusal('invalid_grant', result.refused, request) : tokens(result.pair)
  }

  function tokens({ access, refresh }: IssuedPair): MachineAnswer {
    return {
      status: 200,
      body: {
        access_token: access.token,
        token_type: 'Bearer',
        expires_in: options.settings().expiresIn,
        ...(refresh ? { refresh_token: refresh.token } : {}),
        ...(access.scopes.length > 0 ? { scope: access.scopes.join(' ') } : {}),
      },
    }
  }

  return {
    grants,
    authorizations,
    client,
    registerClient: (one) => void clients.set(one.clientId, one),
    get counters() {
      const sum = (name: keyof Counters) => grants.all().reduce((total, { counters }) => total + counters[name], 0)
      return { tokenRequests, refreshes: sum('refreshes'), replays: sum('replays'), destroyed: sum('destroyed') }
    },
    arrived(fields) {
      tokenRequests++
      const code = authorizations.code(fields.code ?? '')
      const grant = grants.refreshToken(fields.refresh_token ?? '')?.grant ?? grants.get(code?.grantId ?? '')
      if (grant) grant.counters.tokenRequests++
      return grant
    },
    token(request) {
      const by = authenticated(request)
      if ('status' in by) return by
      if (request.fields.grant_type === 'authorization_code') return exchange(by, request)
      if (request.fields.grant_type === 'refresh_token') return refresh(by, request)
      if (!request.fields.grant_type) return refusal('invalid_request', 'grant_type is missing.', request)
      return refusal('unsupported_grant_type', 'Only authorization_code and refresh_token are offered.', request)
    },
    revoke(request) {
      const by = authenticated(request)
      if ('status' in by) return by
      const { token } = request.fields
      if (!token) return refusal('invalid_request', 'token is missing.', request)
      const grant = (grants.refreshToken(token) ?? grants.accessToken(token))?.grant
      // Section 2.2: an unknown token is as good as a revoked one.
      if (!grant) return { status: 200, body: {} }
      if (grant.clientId !== by.clientId) return refusal('invalid_request', 'The token is of another client.', request)
      grants.end(grant, 'revoked')
      return { status: 200, body: {} }
    },
    introspect(request) {
      const by = authenticated(request)
      if ('status' in by) return by
      const { token } = request.fields
      if (!token) return refusal('invalid_request', 'token is missing.', request)
      const access = grants.active(token)
      const refresh = grants.refreshToken(token)
      const alive = refresh && !refresh.grant.ended && (refresh.usedAt === null || !rotates(options.settings()))
      const grant = access?.grant ?? (alive ? refresh.grant : undefined)
      if (grant?.clientId !== by.clientId) return { status: 200, body: { active: false } }
      return {
        status: 200,
        body: {
          active: true,
          client_id: grant.clientId,
          sub: grant.account.id,
          scope: (access?.scopes ?? grant.scopes).join(' '),
          iat: Math.floor((access?.issuedAt ?? refresh!.issuedAt) / 1000),
          ...(access ? { exp: Math.floor(access.expiresAt / 1000), token_type: 'Bearer' } : {}),
        },
      }
    },
  }
}

const rotates = ({ rotation }: Settings) => rotation !== 'none' && rotation !== 'safe'

/** RFC 6749, section 5.2. */
function refusal(error: string, description: string, request: MachineRequest): MachineAnswer {
  const unproven = error === 'invalid_client'
  return {
    status: unproven ? 401 : 400,
    body: { error, error_description: description },
    ...(unproven && request.authorization !== undefined
      ? { headers: { 'www-authenticate': 'Basic realm="oauth"' } }
      : {}),
  }
}
