/** An OAuth attempt as a row: what is sealed in it, how it is shown, and how it ends. */
import type { OAuth2Spec } from '@wellhead/datasource-node'
import type { HostedDataSource, Registry } from '@wellhead/plugin-host'
import type { Database, Transaction } from '../db/database.ts'
import { and, eq, sql } from '../db/query.ts'
import { authorizations } from '../db/schema/index.ts'
import { notify } from '../db/signals.ts'
import { EngineError } from '../errors.ts'
import { emit } from '../events/outbox.ts'
import type { Authorization } from '../model.ts'
import type { Vault } from '../vault/vault.ts'

export type AuthorizationRow = typeof authorizations.$inferSelect

/** What is sealed in an attempt, step by step. */
export interface AuthorizationSecrets {
  readonly location?: string
  readonly codeVerifier?: string
  readonly code?: string
  readonly exchanged?: Exchanged
}

/** What a token answer gave, sealed in the attempt until it is over. */
export interface Exchanged {
  readonly tokens: { accessToken: string; refreshToken: string | null }
  readonly issuedAt: string
  readonly lifetimeSeconds: number | null
  readonly scopes: readonly string[]
  readonly info: Readonly<Record<string, unknown>>
}

export const authorizationSignal = (id: string): string => `authorization:${id}`

export const secretsPlace = (row: Pick<AuthorizationRow, 'id' | 'workspaceId'>) =>
  ({ workspaceId: row.workspaceId, table: 'authorizations', row: row.id }) as const

/** One callback path per data source: with `state` it is the defence against mix-up (RFC 9700, section 4.4). */
export function redirectUriOf(publicUrl: string, dataSource: string): string {
  return `${publicUrl}/oauth/callback/${dataSource}`
}

export function oauthOf(registry: Registry, dataSource: string): { hosted: HostedDataSource; spec: OAuth2Spec } {
  const hosted = registry.get(dataSource)
  if (!hosted) throw new EngineError('data_source_not_found', `There is no data source ${dataSource}.`)
  const spec = hosted.source.auth.find((auth) => auth.method === 'oauth2')
  if (!spec) throw new EngineError('method_not_supported', `${hosted.source.name} is not connected by OAuth.`)
  return { hosted, spec }
}

/** Ends an attempt without a connection: its secrets go at once. */
export async function finish(
  deps: { db: Database },
  row: AuthorizationRow,
  status: 'failed' | 'cancelled' | 'expired',
  error: { code: string; message: string },
): Promise<Authorization> {
  return deps.db.transaction(async (tx) => {
    const [ended] = await tx
      .update(authorizations)
      .set({ ...endedColumns, status, errorCode: error.code, errorMessage: error.message })
      .where(and(eq(authorizations.id, row.id), sql`${authorizations.status} in ('pending', 'exchanging')`))
      .returning()
    if (!ended) return viewOf(row)
    await tellEnd(tx, ended, 'authorization.failed', { status, error })
    return viewOf(ended)
  })
}

export const endedColumns = {
  stateHash: null,
  secretsSealed: null,
  dueAt: null,
  enqueuedUntil: null,
  leaseHolder: null,
  leaseUntil: null,
} as const

export async function tellEnd(
  tx: Transaction,
  row: AuthorizationRow,
  type: 'authorization.completed' | 'authorization.failed',
  data: Record<string, unknown>,
): Promise<void> {
  await emit(tx, {
    workspaceId: row.workspaceId,
    type,
    authorizationId: row.id,
    connectionId: row.connectionId,
    // An attempt is the member's own business; the connection's own events tell the others.
    audience: [row.userId],
    data: { data_source: row.dataSource, ...data },
  })
  await notify(tx, authorizationSignal(row.id))
}

export async function openSecrets(vault: Vault, row: AuthorizationRow): Promise<AuthorizationSecrets> {
  if (!row.secretsSealed) return {}
  return vault.open(secretsPlace(row), { sealed: row.secretsSealed, keyId: row.keyId })
}

export function viewOf(row: AuthorizationRow): Authorization {
  const isOver = row.status === 'pending' && row.expiresAt.getTime() <= Date.now()
  return {
    id: row.id,
    workspaceId: row.workspaceId,
    dataSource: row.dataSource,
    status: isOver ? 'expired' : row.status,
    connectionId: row.connectionId,
    error:
      row.errorCode === null
        ? isOver
          ? { code: 'authorization_expired', message: 'This attempt took longer than ten minutes. Start again.' }
          : null
        : { code: row.errorCode, message: row.errorMessage ?? '' },
    expiresAt: row.expiresAt,
    createdAt: row.createdAt,
  }
}
