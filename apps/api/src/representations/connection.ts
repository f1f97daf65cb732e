import type { Connection as Body, ConnectionOutcome, Credentials } from '@wellhead/client/schema'
import type { AccessToken, Connection } from '@wellhead/engine'
import { instant, instantOrNull } from './instant.ts'

export function connectionBody(connection: Connection): Body {
  const { account, client, lastError, refreshPause } = connection
  return {
    id: connection.id,
    data_source: connection.dataSource,
    name: connection.name,
    method: connection.method,
    status: connection.status,
    default: connection.isDefault,
    visibility: connection.visibility,
    member_ids: [...connection.memberIds],
    created_by: connection.createdBy,
    account: account && { id: account.id, name: account.name, avatar_url: account.avatarUrl },
    scopes: [...connection.scopes],
    settings: { ...connection.settings },
    key_hint: connection.keyHint,
    client: client && { id: client.id, kind: client.kind },
    refresh_pause: refreshPause && { until: instant(refreshPause.until), reason: refreshPause.reason },
    pipelines: connection.pipelines.map((use) => ({
      id: use.pipelineId,
      name: use.pipelineName,
      node_id: use.nodeId,
      node_title: use.nodeTitle,
    })),
    generation: connection.generation,
    expires_at: instantOrNull(connection.expiresAt),
    last_error: lastError && { code: lastError.code, message: lastError.message, at: instant(lastError.at) },
    last_used_at: instantOrNull(connection.lastUsedAt),
    last_refreshed_at: instantOrNull(connection.lastRefreshedAt),
    created_at: instant(connection.createdAt),
    updated_at: instant(connection.updatedAt),
  }
}

export function connectionOutcomeBody(connection: Connection, settled: boolean): ConnectionOutcome {
  return { ...connectionBody(connection), settled }
}

/** The one body with a secret in it. */
export function credentialsBody(token: AccessToken): Credentials {
  return { access_token: token.accessToken, expires_at: instantOrNull(token.expiresAt), generation: token.generation }
}
