/** The authorize leg, by grant. Its state check and its token call are not used: see authorizations.ts and token-client.ts. */
import type { OAuth2Spec } from '@wellhead/datasource-node'
import type { HostedDataSource } from '@wellhead/plugin-host'
import Grant from 'grant/lib/grant.js'
import { EngineError } from '../errors.ts'

export interface AuthorizeUrl {
  readonly location: string
  readonly state: string
  readonly codeVerifier: string | undefined
}

interface GrantAnswer {
  readonly location?: string
  readonly session: { readonly state?: string; readonly code_verifier?: string }
}

/** Builds the authorize URL with a fresh state and, where the provider takes it, a fresh PKCE pair (RFC 7636). */
export async function buildAuthorizeUrl(
  hosted: HostedDataSource,
  spec: OAuth2Spec,
  options: { clientId: string; redirectUri: string },
): Promise<AuthorizeUrl> {
  const { authorize, token } = hosted.endpoints
  if (!authorize || !token)
    throw new EngineError('method_not_supported', `${hosted.source.name} has no authorize or token endpoint.`)
  // The name is ours and the same for all: grant keys its quirks on the configured name, and none of them is wanted.
  const name = 'authorize'
  const grant = Grant({
    config: {
      [name]: {
        oauth: 2,
        authorize_url: authorize,
        access_url: token,
        redirect_uri: options.redirectUri,
        scope: [...spec.scopes],
        scope_delimiter: spec.scopeDelimiter,
        custom_params: { ...spec.authorizeParams },
        state: true,
        pkce: spec.pkce,
      },
    },
  })
  const answer = (await grant({
    method: 'GET',
    params: { provider: name },
    query: {},
    body: {},
    // Server-side only: grant's HTTP overrides would let a browser set any key.
    state: { dynamic: { key: options.clientId } },
    session: {},
  })) as GrantAnswer
  const { state, code_verifier: codeVerifier } = answer.session
  if (!answer.location || !state || (spec.pkce && !codeVerifier))
    throw new EngineError('method_not_supported', `The authorize URL of ${hosted.source.name} cannot be built.`)
  return { location: answer.location, state, codeVerifier }
}
