import type {
  ApiToken as ApiTokenBody,
  AuditEntry as AuditEntryBody,
  Authorization as AuthorizationBody,
  Event as EventBody,
  HistoryEntry as HistoryEntryBody,
} from '@wellhead/client/schema'
import type { ApiToken, AuditEntry, Authorization, Event, HistoryEntry } from '@wellhead/engine'
import { instant, instantOrNull } from './instant.ts'

export function authorizationBody(authorization: Authorization): AuthorizationBody {
  return {
    id: authorization.id,
    data_source: authorization.dataSource,
    status: authorization.status,
    connection_id: authorization.connectionId,
    error: authorization.error && { code: authorization.error.code, message: authorization.error.message },
    expires_at: instant(authorization.expiresAt),
    created_at: instant(authorization.createdAt),
  }
}

export function eventBody(event: Event): EventBody {
  return {
    id: event.id,
    position: event.position,
    type: event.type,
    connection_id: event.connectionId,
    authorization_id: event.authorizationId,
    run_id: event.runId,
    data: { ...event.data },
    created_at: instant(event.createdAt),
  }
}

export function auditEntryBody(entry: AuditEntry): AuditEntryBody {
  return {
    id: entry.id,
    actor: { user_id: entry.actor.userId, token_id: entry.actor.tokenId },
    action: entry.action,
    subject: entry.subject,
    data: { ...entry.data },
    at: instant(entry.at),
  }
}

export function historyEntryBody({ actor, ...entry }: HistoryEntry): HistoryEntryBody {
  return {
    id: entry.id,
    at: instant(entry.at),
    type: entry.type,
    actor: actor && {
      user_id: actor.userId,
      name: actor.name,
      token: actor.token && { id: actor.token.id, name: actor.token.name },
    },
    run_id: entry.runId,
    authorization_id: entry.authorizationId,
    data: { ...entry.data },
  }
}

export function apiTokenBody(token: ApiToken): ApiTokenBody {
  return {
    id: token.id,
    name: token.name,
    hint: token.hint,
    scopes: [...token.scopes],
    user_id: token.userId,
    created_at: instant(token.createdAt),
    last_used_at: instantOrNull(token.lastUsedAt),
    expires_at: instantOrNull(token.expiresAt),
  }
}
