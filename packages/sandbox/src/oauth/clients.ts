import { timingSafeEqual } from 'node:crypto'
import type { OAuthClient } from '../provider.ts'

/** The OAuth clients that are registered with a provider: its default one and those that a test or a workspace added. */
export interface Clients {
  get(clientId: string): OAuthClient | undefined
  /** A known clientId is replaced. */
  register(client: OAuthClient): void
  /** The clients besides the default one. */
  registered(): readonly OAuthClient[]
  clear(): void
  /** By HTTP Basic or by the form's `client_id` and `client_secret`; both at once are refused (RFC 6749, section 2.3). */
  authenticate(authorization: string | undefined, form: URLSearchParams): ClientProof
}

export type ClientProof =
  | { readonly client: OAuthClient }
  | { readonly refused: 'missing' | 'twice' | 'unknown' | 'wrong_secret' }

export function createClients(own: OAuthClient): Clients {
  const clients = new Map<string, OAuthClient>()
  const get = (clientId: string) => clients.get(clientId) ?? (clientId === own.clientId ? own : undefined)
  return {
    get,
    register(client) {
      clients.set(client.clientId, { ...client, redirectUris: [...client.redirectUris] })
    },
    registered: () => [...clients.values()],
    clear: () => clients.clear(),
    authenticate(authorization, form) {
      const basic = basicPair(authorization)
      const inForm = form.has('client_secret')
      if (basic && inForm) return { refused: 'twice' }
      const id = basic?.id ?? form.get('client_id')
      const secret = basic?.secret ?? form.get('client_secret')
      if (!id || !secret) return { refused: 'missing' }
      const client = get(id)
      if (!client) return { refused: 'unknown' }
      return equal(client.clientSecret, secret) ? { client } : { refused: 'wrong_secret' }
    },
  }
}

/** Id and secret come form-urlencoded (RFC 6749, section 2.3.1). */
function basicPair(authorization: string | undefined): { id: string; secret: string } | undefined {
  const [, encoded] = /^Basic ([A-Za-z0-9+/=]+)$/i.exec(authorization ?? '') ?? []
  if (!encoded) return undefined
  const pair = Buffer.from(encoded, 'base64').toString('utf8')
  const colon = pair.indexOf(':')
  return colon < 0 ? undefined : { id: decoded(pair.slice(0, colon)), secret: decoded(pair.slice(colon + 1)) }
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part.replaceAll('+', ' '))
  } catch {
    return part
  }
}

function equal(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)]
  return left.length === right.length && timingSafeEqual(left, right)
}
