/**
 * Authorization requests and codes (RFC 6749, section 4.1; RFC 7636; RFC 9207). A request is *refused on a page* when its client or redirect URI
 * cannot be trusted, *refused by redirect* for anything else, or *asks for consent*. A code is good once, for ten minutes, for its client, redirect URI
 * and challenge.
 */
import { createHash } from 'node:crypto'
import type { Account, Client, Settings } from './settings.ts'

export type AuthorizeAnswer =
  | { readonly kind: 'page'; readonly message: string }
  | { readonly kind: 'redirect'; readonly location: string }
  | { readonly kind: 'consent'; readonly id: string; readonly clientId: string; readonly scopes: readonly string[] }

export type Decision =
  | { readonly allow: true; readonly account: Account; readonly scopes?: readonly string[] | undefined }
  | { readonly allow: false }

export interface Code {
  readonly code: string
  readonly clientId: string
  readonly redirectUri: string
  readonly challenge: string | undefined
  readonly account: Account
  readonly scopes: readonly string[]
  readonly issuedAt: number
  used: boolean
  grantId: string | null
}

interface Pending {
  readonly id: string
  readonly client: Client
  readonly redirectUri: string
  readonly state: string | null
  readonly challenge: string | undefined
  readonly scopes: readonly string[]
}

export function createAuthorizations(options: {
  now(): number
  newToken(prefix: string): string
  settings(): Settings
  client(id: string): Client | undefined
  issuer(): string
}) {
  const { now, newToken, settings, issuer } = options
  const pending = new Map<string, Pending>()
  const codes = new Map<string, Code>()

  function back(redirectUri: string, state: string | null, fields: Record<string, string>): string {
    const url = new URL(redirectUri)
    for (const [name, value] of Object.entries(fields)) url.searchParams.set(name, value)
    if (state !== null) url.searchParams.set('state', state)
    if (settings().iss) url.searchParams.set('iss', issuer())
    return url.href
  }

  return {
    code: (code: string) => codes.get(code),
    codes: (): readonly Code[] => [...codes.values()],

    request(query: URLSearchParams): AuthorizeAnswer {
      // RFC 6749, section 3.1: no parameter twice. The first two are judged before anything is redirected.
      const twice = [...query.keys()].find((name) => query.getAll(name).length > 1)
      const client = options.client(query.get('client_id') ?? '')
      if (!client) return { kind: 'page', message: 'There is no such client.' }
      const redirectUri = query.get('redirect_uri')
      if (redirectUri === null || !client.redirectUris.includes(redirectUri))
        return { kind: 'page', message: 'The redirect URI is not registered.' }
      if (twice === 'client_id' || twice === 'redirect_uri')
        return { kind: 'page', message: `There is more than one ${twice}.` }

      const state = twice === 'state' ? null : query.get('state')
      const refuse = (error: string, description: string): AuthorizeAnswer => ({
        kind: 'redirect',
        location: back(redirectUri, state, { error, error_description: description }),
      })
      if (twice) return refuse('invalid_request', `There is more than one ${twice}.`)
      if (query.get('response_type') !== 'code') return refuse('unsupported_response_type', 'Only code is offered.')

      const challenge = query.get('code_challenge') ?? undefined
      const method = query.get('code_challenge_method')
      const { pkce, scopes: known } = settings()
      if (challenge === undefined && (pkce === 'required' || method !== null))
        return refuse('invalid_request', 'code_challenge is missing.')
      if (challenge !== undefined && pkce === 'off') return refuse('invalid_request', 'PKCE is not offered.')
      if (challenge !== undefined && (method !== 'S256' || !/^[\w-]{43}$/.test(challenge)))
        return refuse('invalid_request', 'Only S256 challenges are taken.')

      const scopes = (query.get('scope') ?? '').split(' ').filter(Boolean)
      const unknown = known.length > 0 ? scopes.find((scope) => !known.includes(scope)) : undefined
      if (unknown !== undefined) return refuse('invalid_scope', 'There is no such scope.')

      const id = newToken('consent')
      pending.set(id, { id, client, redirectUri, state, challenge, scopes })
      return { kind: 'consent', id, clientId: client.clientId, scopes }
    },

    /** Where the browser goes after the account decided; `undefined` when there is no such request, or not any more. */
    decide(id: string, decision: Decision): string | undefined {
      const request = pending.get(id)
      if (!request) return undefined
      pending.delete(id)
      const { redirectUri, state } = request
      if (!decision.allow)
        return back(redirectUri, state, { error: 'access_denied', error_description: 'The account said no.' })
      const code: Code = {
        code: newToken('oac'),
        clientId: request.client.clientId,
        redirectUri,
        challenge: request.challenge,
        account: decision.account,
        scopes: request.scopes.filter((scope) => decision.scopes?.includes(scope) ?? true),
        issuedAt: now(),
        used: false,
        grantId: null,
      }
      codes.set(code.code, code)
      return back(redirectUri, state, { code: code.code })
    },

    /** Why a code cannot be exchanged; `undefined` when it can. Its reuse is judged before. */
    refusal(code: Code, fields: { redirectUri: string | undefined; verifier: string | undefined }): string | undefined {
      if (now() >= code.issuedAt + settings().codeSeconds * 1000) return 'The code has expired.'
      if (fields.redirectUri !== code.redirectUri) return 'The redirect URI is another one.'
      const { verifier } = fields
      // RFC 9700, section 2.1.1: a verifier without a challenge is a downgrade.
      if (code.challenge === undefined) return verifier === undefined ? undefined : 'There was no challenge.'
      if (verifier === undefined) return 'code_verifier is missing.'
      if (!/^[\w.~-]{43,128}$/.test(verifier)) return 'code_verifier is malformed.'
      const hashed = createHash('sha256').update(verifier).digest('base64url')
      return hashed === code.challenge ? undefined : 'code_verifier is wrong.'
    },
  }
}
export type Authorizations = ReturnType<typeof createAuthorizations>
