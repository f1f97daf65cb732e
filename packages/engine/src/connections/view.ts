import type { ClientRow } from '../clients/clients.ts'
import type { Connection } from '../model.ts'
import type { CredentialRow } from '../refresh/credential.ts'
import type { ConnectionRow } from './transitions.ts'

/** What may be shown of a connection: a list of what is allowed, never of what is not forbidden. */
export function connectionView(
  row: ConnectionRow,
  more: {
    credential: Pick<CredentialRow, 'generation' | 'expiresAt' | 'lastRefreshedAt'>
    client: (Pick<ClientRow, 'id' | 'workspaceId'> & { pausedUntil: Date | null; pauseReason: string | null }) | null
    memberIds: readonly string[]
    pipelines: Connection['pipelines']
  },
): Connection {
  return {
    id: row.id,
    workspaceId: row.workspaceId,
    dataSource: row.dataSource,
    name: row.name,
    method: row.method,
    status: row.status,
    isDefault: row.isDefault,
    visibility: row.visibility,
    memberIds: more.memberIds,
    createdBy: row.createdBy,
    account:
      row.accountId === null
        ? null
        : { id: row.accountId, name: row.accountName ?? row.accountId, avatarUrl: row.accountAvatarUrl },
    scopes: row.scopes,
    settings: row.settings,
    keyHint: row.keyHint,
    client: more.client && { id: more.client.id, kind: more.client.workspaceId === null ? 'default' : 'custom' },
    refreshPause: more.client?.pausedUntil
      ? { until: more.client.pausedUntil, reason: more.client.pauseReason ?? 'unknown_outcome' }
      : null,
    pipelines: more.pipelines,
    generation: more.credential.generation,
    expiresAt: more.credential.expiresAt,
    lastError: row.lastError && { ...row.lastError, at: new Date(row.lastError.at) },
    lastUsedAt: row.lastUsedAt,
    lastRefreshedAt: more.credential.lastRefreshedAt,
    createdAt: row.createdAt,
    updatedAt: row.updatedAt,
  }
}
