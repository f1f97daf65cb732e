/** Walks the authorization-code flow with nothing but the facts of an OAuth spec, so that a wrong fact fails against a strict server. */
import { createHash, randomBytes } from 'node:crypto'
import { DataSourceError, type Endpoints, type OAuth2Spec } from '@wellhead/datasource-node'
import { expect } from 'vitest'
import type { StandOAuth } from './stand.ts'

export interface TokenAnswer {
  readonly accessToken: string
  readonly refreshToken: string | undefined
  /** The answer without its tokens: what `identify` is given. */
  readonly info: Readonly<Record<string, unknown>>
}

type Fields = Readonly<Record<string, string>>

export async function authorize(spec: OAuth2Spec, endpoints: Endpoints, oauth: StandOAuth): Promise<TokenAnswer> {
  const state = randomBytes(16).toString('base64url')
  const verifier = randomBytes(32).toString('base64url')
  const url = new URL(endpoints.authorize ?? '')
  const query: Record<string, string> = {
    ...spec.authorizeParams,
    response_type: 'code',
    client_id: oauth.clientId,
    redirect_uri: oauth.redirectUri,
    state,
    ...(spec.scopes.length > 0 ? { scope: spec.scopes.join(spec.scopeDelimiter) } : {}),
    ...(spec.pkce
      ? { code_challenge: createHash('sha256').update(verifier).digest('base64url'), code_challenge_method: 'S256' }
      : {}),
  }
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value)

  const callback = new URL(await oauth.consent(url.href))
  const answered = callback.searchParams
  expect(answered.get('error'), 'the error that the authorize endpoint answers').toBeNull()
  expect(answered.get('state')).toBe(state)
  // RFC 9207.
  if (spec.issuer !== undefined && (spec.issuerRequired || answered.has('iss')))
    expect(answered.get('iss'), 'the issuer of the spec and of the callback').toBe(spec.issuer)
  return requestTokens(spec, endpoints, oauth, {
    grant_type: 'authorization_code',
    code: answered.get('code') ?? '',
    redirect_uri: oauth.redirectUri,
    ...(spec.pkce ? { code_verifier: verifier } : {}),
  })
}

/** @throws DataSourceError `unauthorized` when the spec takes the token endpoint's word for a revoked grant */
export async function refreshTokens(
  spec: OAuth2Spec,
  endpoints: Endpoints,
  oauth: StandOAuth,
  refreshToken: string,
): Promise<TokenAnswer> {
  const fields = { grant_type: 'refresh_token', refresh_token: refreshToken }
  const { status, json } = await postToken(spec, endpoints, oauth, fields)
  const error = String(json.error)
  // RFC 6749, section 5.2.
  const meaning = spec.tokenErrors[error] ?? (error === 'invalid_grant' ? 'revoked' : undefined)
  if (status !== 200 && meaning === 'revoked')
    throw new DataSourceError('unauthorized', 'The grant was revoked at the provider.', { status })
  return readTokens(status, json)
}

async function requestTokens(
  spec: OAuth2Spec,
  endpoints: Endpoints,
  oauth: StandOAuth,
  fields: Fields,
): Promise<TokenAnswer> {
  const { status, json } = await postToken(spec, endpoints, oauth, fields)
  return readTokens(status, json)
}

async function postToken(
  spec: OAuth2Spec,
  endpoints: Endpoints,
  { clientId, clientSecret }: StandOAuth,
  fields: Fields,
): Promise<{ status: number; json: Record<string, unknown> }> {
  const post = spec.clientAuth === 'post'
  const body = post ? { ...fields, client_id: clientId, client_secret: clientSecret } : fields
  const isJson = spec.tokenRequestFormat === 'json'
  const answer = await fetch(endpoints.token ?? '', {
    method: 'POST',
    redirect: 'error',
    headers: {
      accept: 'application/json',
      ...spec.tokenRequestHeaders,
      'content-type': isJson ? 'application/json' : 'application/x-www-form-urlencoded',
      ...(post ? {} : { authorization: `Basic ${btoa(`${formEncode(clientId)}:${formEncode(clientSecret)}`)}` }),
    },
    body: isJson ? JSON.stringify(body) : new URLSearchParams(body).toString(),
  })
  return { status: answer.status, json: (await answer.json()) as Record<string, unknown> }
}

function readTokens(status: number, json: Record<string, unknown>): TokenAnswer {
  expect(status, `the token endpoint's answer: ${String(json.error ?? 'none')}`).toBe(200)
  expect(json.access_token).toEqual(expect.any(String))
  const { access_token, refresh_token, ...info } = json
  return {
    accessToken: String(access_token),
    refreshToken: typeof refresh_token === 'string' && refresh_token ? refresh_token : undefined,
    info,
  }
}

const formEncode = (text: string) => new URLSearchParams({ v: text }).toString().slice(2)
