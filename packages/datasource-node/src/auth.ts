/**
 * How a data source authenticates, as data. The host attaches credentials and the engine runs the OAuth flow from these
 * facts alone; what data cannot say is a small pure function beside it.
 */

/** Where a credential goes in a request: `Authorization: Bearer …` unless said otherwise. */
export interface CredentialPlacement {
  readonly header: string
  /** Put before the credential with one space; empty for none. */
  readonly scheme: string
}

export interface ApiKeySpec {
  readonly method: 'api_key'
  /** What the provider calls it, such as "Internal integration secret". */
  readonly label: string
  /** One sentence on where a member gets a key. */
  readonly help: string
  /** The provider's page where keys are made. */
  readonly keyUrl: string
  /** An example that shows the key's form, such as `ntn_…`. Never a real key. */
  readonly placeholder: string
  readonly placement: CredentialPlacement
}

/**
 * What happens when a refresh token that was already used is sent again.
 *
 * - `safe`: it works, or fails without harm; earlier tokens stay valid.
 * - `grace`: it works for `graceSeconds` after its first use, and kills the grant later.
 * - `kills`: reuse detection: the whole grant is revoked (RFC 9700, section 4.14.2).
 * - `unknown`: not documented; treated as `kills`.
 */
export type ReplayFact =
  | { readonly kind: 'safe' }
  | { readonly kind: 'grace'; readonly graceSeconds: number }
  | { readonly kind: 'kills' }
  | { readonly kind: 'unknown' }

/** What an `error` of the token endpoint means where it differs from RFC 6749, section 5.2. */
export type TokenErrorMeaning = 'revoked' | 'client_misconfigured' | 'rate_limited' | 'provider_down'

export interface OAuth2Spec {
  readonly method: 'oauth2'
  /** Scopes asked for: the least that the source needs. Empty where the provider knows none. */
  readonly scopes: readonly string[]
  readonly scopeDelimiter: string
  /** One sentence for members on what is asked for and why. */
  readonly consent: string
  /** The provider's page where an operator registers an OAuth client. */
  readonly registrationUrl: string
  /** How the client proves itself at the token endpoint (RFC 6749, section 2.3.1). */
  readonly clientAuth: 'basic' | 'post'
  readonly tokenRequestFormat: 'form' | 'json'
  /** Headers that the token, revoke and introspection endpoints want besides the usual ones. */
  readonly tokenRequestHeaders: Readonly<Record<string, string>>
  /** Added to the authorize URL: what makes a provider issue a refresh token. */
  readonly authorizeParams: Readonly<Record<string, string>>
  /** PKCE with S256 (RFC 7636). Off only where the provider does not document it. */
  readonly pkce: boolean
  /** The issuer identifier, compared with `iss` on the callback when that is sent (RFC 9207). */
  readonly issuer?: string
  /** Whether the provider always sends `iss` (`authorization_response_iss_parameter_supported`); then its absence is refused. */
  readonly issuerRequired?: boolean
  /** `rotates`: each refresh issues a new refresh token. `keeps`: the first one is used for good. */
  readonly rotation: 'rotates' | 'keeps'
  readonly replay: ReplayFact
  /**
   * Seconds that an access token is taken to live when the answer has no `expires_in`. `undefined`: not documented, so it
   * is refreshed on a reported 401 and by keep-alive.
   */
  readonly assumedLifetimeSeconds?: number
  /** Refresh an idle connection at least this often, in seconds, so that its refresh token does not die of disuse. */
  readonly keepAliveSeconds?: number
  readonly placement: CredentialPlacement
  /** How to revoke at `endpoints.revoke` (RFC 7009 unless said otherwise). `undefined`: the provider offers none. */
  readonly revoke?: {
    readonly token: 'access_token' | 'refresh_token'
    readonly format: 'form' | 'json'
    /** `client`: as at the token endpoint. `bearer`: the access token itself. `none`: the token alone. */
    readonly auth: 'client' | 'bearer' | 'none'
  }
  /** How to introspect at `endpoints.introspect` (RFC 7662). `undefined`: the provider offers none. */
  readonly introspect?: { readonly format: 'form' | 'json' }
  /** Meanings of `error` values at the token endpoint that RFC 6749 does not give, or gives otherwise. */
  readonly tokenErrors: Readonly<Record<string, TokenErrorMeaning>>
  /** HTTP statuses of the token endpoint that prove the request was not processed. */
  readonly notProcessedStatuses: readonly number[]
  /**
   * Whether a scope that was asked for is among those that the token endpoint's answer names. Default: it is repeated letter by
   * letter. For providers that answer in other words than they are asked in, or leave some out. Pure.
   */
  readonly isGranted: (scope: string, granted: readonly string[]) => boolean
  /** Whether an API answer says that the access token is no longer good. Default: status 401. */
  readonly isUnauthorized: (response: { status: number; headers: Headers; json: unknown }) => boolean
}

export type AuthSpec = ApiKeySpec | OAuth2Spec
export type AuthMethod = AuthSpec['method']

const bearer: CredentialPlacement = { header: 'authorization', scheme: 'Bearer' }

export function apiKey(
  spec: Omit<ApiKeySpec, 'method' | 'placement'> & { readonly placement?: CredentialPlacement },
): ApiKeySpec {
  return { placement: bearer, ...spec, method: 'api_key' }
}

type OAuth2Defaults =
  | 'scopeDelimiter'
  | 'tokenRequestFormat'
  | 'tokenRequestHeaders'
  | 'authorizeParams'
  | 'pkce'
  | 'placement'
  | 'tokenErrors'
  | 'notProcessedStatuses'
  | 'isGranted'
  | 'isUnauthorized'

/**
 * Defaults: scopes joined by a space and granted as they are written, form bodies, PKCE on, bearer tokens, 503 as "not processed", 401 as
 * "unauthorized".
 */
export function oauth2(
  spec: Omit<OAuth2Spec, 'method' | OAuth2Defaults> & Partial<Pick<OAuth2Spec, OAuth2Defaults>>,
): OAuth2Spec {
  return {
    scopeDelimiter: ' ',
    tokenRequestFormat: 'form',
    tokenRequestHeaders: {},
    authorizeParams: {},
    pkce: true,
    placement: bearer,
    tokenErrors: {},
    notProcessedStatuses: [503],
    isGranted: (scope, granted) => granted.includes(scope),
    isUnauthorized: (response) => response.status === 401,
    ...spec,
    method: 'oauth2',
  }
}
