/** What a connection's rows are when it has been authorized and nothing has happened since. */
import type { CredentialRow, LoadedCredential } from '../../src/refresh/credential.ts'
import { clientId, connectionId, dataSource, workspaceId } from './rows.ts'

export const freshRow: Omit<CredentialRow, 'sealed' | 'keyId' | 'issuedAt' | 'expiresAt' | 'refreshAt'> = {
  connectionId,
  workspaceId,
  generation: 1,
  enqueuedUntil: null,
  lastRefreshedAt: null,
  leaseHolder: null,
  leaseUntil: null,
  intentGeneration: null,
  intentAttempt: 0,
  intentAt: null,
  unknownSince: null,
  answerLost: false,
  replays: 0,
  restoredGeneration: null,
  failures: 0,
  rejectedAt: null,
  outcomes: 0,
  lastOutcome: null,
  lastOutcomeMessage: null,
}

export function freshConnection(createdAt: Date): LoadedCredential['connection'] {
  return {
    id: connectionId,
    workspaceId,
    dataSource,
    clientId,
    name: connectionId,
    method: 'oauth2',
    status: 'active',
    isDefault: false,
    visibility: 'workspace',
    createdBy: 'user1',
    createdAt,
    lastUsedAt: null,
  } as LoadedCredential['connection']
}
