import { timingSafeEqual } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import type { OAuthClient } from '../provider.ts'
import { OAuthError } from './errors.ts'

/** The sandbox's own public integration. Known to everybody: it opens nothing but sample data on the loopback address. */
export const defaultClient = (redirectUris: readonly string[]): OAuthClient => ({
  clientId: '5a4d0b0c-0000-4000-8000-6e6f74696f6e',
  clientSecret: 'secret_SandboxNotionClientSecretOfSampleData00',
  redirectUris,
})

export interface Clients {
  get(clientId: string): OAuthClient | undefined
  register(client: OAuthClient): void
  /** The clients besides the default one. */
  registered(): readonly OAuthClient[]
  clear(): void
  /** HTTP Basic alone, as Notion wants it: https://developers.notion.com/reference/create-a-token */
  authenticate(request: FastifyRequest): OAuthClient
}

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
    authenticate(request) {
      const refused = new OAuthError(401, 'invalid_client', 'Client authentication failed.')
      const [, encoded] = /^Basic ([A-Za-z0-9+/=]+)$/i.exec(request.headers.authorization ?? '') ?? []
      if (!encoded) throw refused
      const pair = Buffer.from(encoded, 'base64').toString('utf8')
      const colon = pair.indexOf(':')
      if (colon < 0) throw refused
      const client = get(decoded(pair.slice(0, colon)))
      if (!client || !equal(client.clientSecret, decoded(pair.slice(colon + 1)))) throw refused
      return client
    },
  }
}

/** Id and secret come form-urlencoded (RFC 6749 section 2.3.1). */
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
