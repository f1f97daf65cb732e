/**
 * The one place that talks to token, revocation and introspection endpoints. Sending and judging are two functions: what
 * comes back here is only what was seen on the wire; `judge.ts` says what it means.
 */
import type { OAuth2Spec } from '@wellhead/datasource-node'
import { type Asked, type Egress, EgressError } from '@wellhead/plugin-host'

export interface ClientSecret {
  readonly clientId: string
  readonly clientSecret: string
}

export type TokenGrant =
  | {
      readonly type: 'authorization_code'
      readonly code: string
      readonly redirectUri: string
      readonly codeVerifier: string | undefined
    }
  | { readonly type: 'refresh_token'; readonly refreshToken: string }

export type TokenAnswer =
  | {
      readonly kind: 'answered'
      readonly status: number
      readonly headers: Headers
      /** `undefined` when the body is not JSON. */
      readonly json: unknown
    }
  /** Provably no byte of the request reached the provider. */
  | { readonly kind: 'not_sent'; readonly reason: string }
  /** It was sent, or may have been, and no answer could be read. */
  | { readonly kind: 'lost'; readonly reason: string }

/** Token answers are small; a larger one is not read to its end. */
const MOST_BYTES = 256 * 1024

export interface TokenClient {
  /** Sends one token request (RFC 6749, sections 4.1.3 and 6). Never throws and never retries. */
  request(options: {
    spec: OAuth2Spec
    url: string
    client: ClientSecret
    grant: TokenGrant
    timeoutMs: number
    /** Called right before the first byte goes out; when it throws, nothing is sent. */
    beforeSend?: () => void
  }): Promise<TokenAnswer>
  /** RFC 7009, as the spec varies it. */
  revoke(options: {
    spec: OAuth2Spec
    url: string
    client: ClientSecret
    tokens: { accessToken: string; refreshToken: string | null }
    timeoutMs: number
  }): Promise<TokenAnswer>
  /** RFC 7662: whether a token is active; undefined when the endpoint did not say. */
  introspect(options: {
    spec: OAuth2Spec
    url: string
    client: ClientSecret
    token: string
    timeoutMs: number
  }): Promise<boolean | undefined>
}

type Body = Readonly<Record<string, string>>

export function createTokenClient(egress: Egress): TokenClient {
  async function post(
    url: string,
    headers: Record<string, string>,
    body: string | undefined,
    timeoutMs: number,
    beforeSend?: () => void,
  ): Promise<TokenAnswer> {
    let response: Asked
    try {
      response = await egress.ask(url, {
        method: 'POST',
        headers: { accept: 'application/json', ...headers },
        ...(body === undefined ? {} : { body }),
        redirect: 'manual',
        // A kept-alive socket that the provider just closed would make a lost answer of a request it never saw.
        connection: 'fresh',
        // One bound for the whole exchange: the lease is made around it.
        timeoutMs,
        timeoutOf: 'exchange',
        maxBytes: MOST_BYTES,
        ...(beforeSend ? { onSent: beforeSend } : {}),
      })
    } catch (error) {
      const reason = error instanceof EgressError ? error.code : 'egress_failed'
      return error instanceof EgressError && !error.sent ? { kind: 'not_sent', reason } : { kind: 'lost', reason }
    }
    try {
      const text = await response.text()
      return { kind: 'answered', status: response.status, headers: response.headers, json: parse(text) }
    } catch (error) {
      // Headers of an error status are an answer; a success whose body is lost is not.
      if (response.status >= 400)
        return { kind: 'answered', status: response.status, headers: response.headers, json: undefined }
      return { kind: 'lost', reason: error instanceof EgressError ? error.code : 'egress_reset' }
    }
  }

  return {
    request({ spec, url, client, grant, timeoutMs, beforeSend }) {
      const fields: Record<string, string> =
        grant.type === 'authorization_code'
          ? { grant_type: grant.type, code: grant.code, redirect_uri: grant.redirectUri }
          : { grant_type: grant.type, refresh_token: grant.refreshToken }
      if (grant.type === 'authorization_code' && grant.codeVerifier) fields.code_verifier = grant.codeVerifier
      const { headers, body } = encode(spec, client, spec.tokenRequestFormat, fields)
      return post(url, { ...spec.tokenRequestHeaders, ...headers }, body, timeoutMs, beforeSend)
    },

    revoke({ spec, url, client, tokens, timeoutMs }) {
      const how = spec.revoke ?? { token: 'refresh_token', format: 'form', auth: 'client' }
      const token = how.token === 'refresh_token' && tokens.refreshToken ? tokens.refreshToken : tokens.accessToken
      // The access token says it all: some providers refuse an empty form.
      if (how.auth === 'bearer')
        return post(
          url,
          { ...spec.tokenRequestHeaders, authorization: `Bearer ${tokens.accessToken}` },
          undefined,
          timeoutMs,
        )
      const { headers, body } =
        how.auth === 'client'
          ? encode(spec, client, how.format, { token })
          : { headers: contentType(how.format), body: bodyOf(how.format, { token }) }
      return post(url, { ...spec.tokenRequestHeaders, ...headers }, body, timeoutMs)
    },

    async introspect({ spec, url, client, token, timeoutMs }) {
      const { headers, body } = encode(spec, client, spec.introspect?.format ?? 'form', { token })
      const answer = await post(url, { ...spec.tokenRequestHeaders, ...headers }, body, timeoutMs)
      if (answer.kind !== 'answered' || answer.status !== 200) return undefined
      const active = (answer.json as { active?: unknown } | undefined)?.active
      return typeof active === 'boolean' ? active : undefined
    },
  }
}

function encode(
  spec: OAuth2Spec,
  client: ClientSecret,
  format: 'form' | 'json',
  fields: Body,
): { headers: Record<string, string>; body: string } {
  if (spec.clientAuth === 'post') {
    const withClient = { ...fields, client_id: client.clientId, client_secret: client.clientSecret }
    return { headers: contentType(format), body: bodyOf(format, withClient) }
  }
  // RFC 6749, section 2.3.1: id and secret are form-encoded before they are joined and base64-encoded.
  const pair = `${formEncode(client.clientId)}:${formEncode(client.clientSecret)}`
  return {
    headers: { ...contentType(format), authorization: `Basic ${Buffer.from(pair).toString('base64')}` },
    body: bodyOf(format, fields),
  }
}

const contentType = (format: 'form' | 'json'): Record<string, string> => ({
  'content-type': format === 'json' ? 'application/json' : 'application/x-www-form-urlencoded',
})

const bodyOf = (format: 'form' | 'json', fields: Body): string =>
  format === 'json' ? JSON.stringify(fields) : new URLSearchParams(fields).toString()

const formEncode = (value: string): string => new URLSearchParams({ v: value }).toString().slice(2)

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
