import type { FastifyRequest } from 'fastify'
import * as oauth from '../oauth/clients.ts'
import type { OAuthClient } from '../provider.ts'
import { OAuthError } from './errors.ts'

/** The sandbox's own public integration. Known to everybody: it opens nothing but sample data on the loopback address. */
export const defaultClient = (redirectUris: readonly string[]): OAuthClient => ({
  clientId: '5a4d0b0c-0000-4000-8000-6e6f74696f6e',
  clientSecret: 'secret_SandboxNotionClientSecretOfSampleData00',
  redirectUris,
})

export interface Clients extends Omit<oauth.Clients, 'authenticate'> {
  /** HTTP Basic alone, as Notion wants it: https://developers.notion.com/reference/create-a-token */
  authenticate(request: FastifyRequest): OAuthClient
}

export function createClients(own: OAuthClient): Clients {
  const clients = oauth.createClients(own)
  return {
    ...clients,
    authenticate(request) {
      const proof = clients.authenticate(request.headers.authorization, new URLSearchParams())
      if ('refused' in proof) throw new OAuthError(401, 'invalid_client', 'Client authentication failed.')
      return proof.client
    },
  }
}
