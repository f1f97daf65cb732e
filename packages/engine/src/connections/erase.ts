/**
 * Ends a connection: takes the lease, so that no refresh is under way; revokes the newest pair at the provider, unless a
 * sibling lives on the same grant; erases the row and what hangs on it. The outcome of the revocation is recorded.
 */
import type { Logger } from '@wellhead/datasource-node'
import type { Registry } from '@wellhead/plugin-host'
import type { Clients } from '../clients/clients.ts'
import type { Database } from '../db/database.ts'
import { and, desc, eq, exists, isNotNull, ne, sql } from '../db/query.ts'
import { auditEntries, blobErasures, connections, documents, runs } from '../db/schema/index.ts'
import { notify } from '../db/signals.ts'
import { newId } from '../ids.ts'
import type { TokenClient } from '../oauth/token-client.ts'
import { openSecret } from '../refresh/credential.ts'
import { type Lease, releaseLease, takeLease } from '../refresh/lease.ts'
import type { Timings } from '../timings.ts'
import type { Vault } from '../vault/vault.ts'
import { type ConnectionRow, connectionSignal, emitForConnection } from './transitions.ts'

export type RevokeOutcome = 'revoked' | 'unsupported' | 'failed' | 'kept_for_sibling' | 'not_applicable'

export async function eraseConnection(
  deps: {
    db: Database
    vault: Vault
    clients: Clients
    registry: Registry
    tokens: TokenClient
    timings: Timings
    log: Logger
  },
  connectionId: string,
): Promise<void> {
  const { db } = deps
  const [row] = await db.select().from(connections).where(eq(connections.id, connectionId))
  if (row?.status !== 'deleting') return
  if (await waitsForRuns(deps, row)) return
  const lease = await takeLease(db, connectionId, deps.timings)
  // A refresh is under way: its holder may still store a newer pair, and that one must be revoked. The work stays due.
  if (!lease) return
  try {
    const outcome = await revoke(deps, row, lease)
    await db.transaction(async (tx) => {
      const blobs = await tx
        .select({ blobKey: documents.blobKey })
        .from(documents)
        .innerJoin(runs, eq(runs.id, documents.runId))
        .where(and(eq(runs.connectionId, connectionId), isNotNull(documents.blobKey)))
      if (blobs.length > 0)
        await tx
          .insert(blobErasures)
          .values(blobs.map((blob) => ({ blobKey: blob.blobKey as string })))
          .onConflictDoNothing()
      await emitForConnection(tx, row, 'connection.deleted', { revocation: outcome })
      // By whoever asked for it, who need not be its maker.
      const [asked] = await tx
        .select({ userId: auditEntries.userId, tokenId: auditEntries.tokenId })
        .from(auditEntries)
        .where(
          and(
            eq(auditEntries.workspaceId, row.workspaceId),
            eq(auditEntries.action, 'connection.delete'),
            eq(auditEntries.subject, connectionId),
          ),
        )
        .orderBy(desc(auditEntries.ordinal))
        .limit(1)
      await tx.insert(auditEntries).values({
        id: newId('aud'),
        workspaceId: row.workspaceId,
        userId: asked?.userId ?? row.createdBy,
        tokenId: asked?.tokenId ?? null,
        action: 'connection.erase',
        subject: connectionId,
        data: { data_source: row.dataSource, revocation: outcome },
      })
      await tx.delete(connections).where(eq(connections.id, connectionId))
      await notify(tx, connectionSignal(connectionId))
    })
  } finally {
    await releaseLease(db, lease)
  }
}

/** Its runs were told to end. A crawl is ended at the provider first, which needs the credential; but not for ever. */
async function waitsForRuns({ db, timings }: Parameters<typeof eraseConnection>[0], row: ConnectionRow) {
  const [waiting] = await db
    .update(connections)
    .set({ dueAt: sql`clock_timestamp() + ${`${timings.pollMs} milliseconds`}::interval`, enqueuedUntil: null })
    .where(
      and(
        eq(connections.id, row.id),
        sql`${connections.updatedAt} > clock_timestamp() - ${`${timings.runLeaseMs * 4} milliseconds`}::interval`,
        exists(
          db
            .select({ one: sql`1` })
            .from(runs)
            .where(and(eq(runs.connectionId, row.id), isNotNull(runs.dueAt))),
        ),
      ),
    )
    .returning({ id: connections.id })
  return waiting !== undefined
}

async function revoke(
  deps: Parameters<typeof eraseConnection>[0],
  row: ConnectionRow,
  lease: Lease,
): Promise<RevokeOutcome> {
  if (row.method === 'api_key') return 'not_applicable'
  const hosted = deps.registry.get(row.dataSource)
  const spec = hosted?.source.auth.find((auth) => auth.method === 'oauth2')
  const url = hosted?.endpoints.revoke
  if (!hosted || !spec?.revoke || !url) return 'unsupported'
  if (row.grantKey) {
    // A sibling in any workspace: the provider knows nothing of ours.
    const [sibling] = await deps.db
      .select({ id: connections.id })
      .from(connections)
      .where(
        and(
          eq(connections.dataSource, row.dataSource),
          eq(connections.grantKey, row.grantKey),
          ne(connections.id, row.id),
          ne(connections.status, 'deleting'),
        ),
      )
      .limit(1)
    if (sibling) return 'kept_for_sibling'
  }
  try {
    const client = await deps.clients.open(row.clientId as string)
    const tokens = await openSecret(deps.vault, lease.row)
    const answer = await deps.tokens.revoke({
      spec,
      url,
      client,
      tokens,
      timeoutMs: Math.min(30_000, deps.timings.tokenCallMs),
    })
    // RFC 7009, section 2.2: 200 also for a token that is dead already; some providers say 400 invalid_token instead.
    const isGone =
      answer.kind === 'answered' &&
      (answer.status < 300 || (answer.json as { error?: unknown } | undefined)?.error === 'invalid_token')
    return isGone ? 'revoked' : 'failed'
  } catch (error) {
    deps.log.warn('a grant could not be revoked', { connectionId: row.id, error: (error as Error).message })
    return 'failed'
  }
}
