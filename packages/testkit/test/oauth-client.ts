import { createHash, randomBytes } from 'node:crypto'
import { type OAuthServer, walkConsent } from '../src/oauth-server/index.ts'

export type Fields = Record<string, string>
export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly json: Record<string, unknown>
}

const form = (text: string) => new URLSearchParams({ v: text }).toString().slice(2)
export const basic = ({ client }: Pick<OAuthServer, 'client'>) =>
  `Basic ${Buffer.from(`${form(client.clientId)}:${form(client.clientSecret)}`).toString('base64')}`

export async function post(url: string, fields: Fields | string, headers: Fields = {}): Promise<Answer> {
  const body = typeof fields === 'string' ? fields : new URLSearchParams(fields).toString()
  const answer = await fetch(url, {
    method: 'POST',
    redirect: 'manual',
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    body,
  })
  const text = await answer.text()
  let json: Record<string, unknown> = {}
  try {
    json = JSON.parse(text)
  } catch {}
  return { status: answer.status, headers: answer.headers, json }
}

export const tokenCall = (server: OAuthServer, fields: Fields, headers: Fields = { authorization: basic(server) }) =>
  post(server.endpoints.token, fields, headers)

export const refresh = (server: OAuthServer, refreshToken: unknown, more: Fields = {}) =>
  tokenCall(server, { grant_type: 'refresh_token', refresh_token: String(refreshToken), ...more })

export function pkcePair() {
  const verifier = randomBytes(32).toString('base64url')
  return { verifier, challenge: createHash('sha256').update(verifier).digest('base64url') }
}

export const redirectUri = 'http://localhost/callback'

export function authorizeUrl(server: OAuthServer, more: Fields = {}): string {
  const url = new URL(server.endpoints.authorize)
  const fields = {
    client_id: server.client.clientId,
    redirect_uri: redirectUri,
    response_type: 'code',
    state: 'state-1',
    ...more,
  }
  for (const [name, value] of Object.entries(fields)) if (value !== '') url.searchParams.set(name, value)
  return url.href
}

/** A fresh code and its verifier. */
export async function getCode(server: OAuthServer, more: Fields = {}) {
  const { verifier, challenge } = pkcePair()
  const url = authorizeUrl(server, { code_challenge: challenge, code_challenge_method: 'S256', ...more })
  const callback = await walkConsent(url)
  return { verifier, callback, code: callback.searchParams.get('code') ?? '' }
}

export const exchange = (server: OAuthServer, code: string, verifier: string, more: Fields = {}) =>
  tokenCall(server, {
    grant_type: 'authorization_code',
    code,
    redirect_uri: redirectUri,
    code_verifier: verifier,
    ...more,
  })

/** Walks the whole flow. */
export async function connect(server: OAuthServer, more: Fields = {}): Promise<Answer> {
  const { code, verifier } = await getCode(server, more)
  return exchange(server, code, verifier)
}

export async function api(server: OAuthServer, path: string, accessToken?: unknown) {
  const answer = await fetch(server.endpoints.api + path, {
    headers: accessToken === undefined ? {} : { authorization: `Bearer ${accessToken}` },
  })
  return { status: answer.status, headers: answer.headers, json: (await answer.json()) as Record<string, unknown> }
}
