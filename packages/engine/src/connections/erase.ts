/**
 * Ends a connection: takes the lease, so that no refresh is under way; revokes the newest pair at the provider, unless a
 * sibling lives on the same grant; erases the row and what hangs on it. The outcome of the revocation is recorded.
 */
import type { Logger } from '@wellhead/datasource-node'
import type { Registry } from '@wellhead/plugin-host'
import type { Clients } from '../clients/clients.ts'
import type { Database } from '../db/database.ts'
import { and, desc, eq, exists, isNotNull, sql } from '../db/query.ts'
import { auditEntries, blobErasures, connections, documents, runs } from '../db/schema/index.ts'
import { notify } from '../db/signals.ts'
import { newId } from '../ids.ts'
import type { TokenClient } from '../oauth/token-client.ts'
import { createTakeLease, leaseTermFor, releaseLease } from '../refresh/lease.ts'
import type { Timings } from '../timings.ts'
import type { Vault } from '../vault/vault.ts'
import { revokeGrant } from './revoke.ts'
import { type ConnectionRow, connectionSignal, emitForConnection } from './transitions.ts'

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
  const lease = await createTakeLease(db)(connectionId, leaseTermFor({ kind: 'kills' }, deps.timings))
  // A refresh is under way: its holder may still store a newer pair, and that one must be revoked. The work stays due.
  if (!lease) return
  try {
    const outcome = await revokeGrant(deps, row, lease)
    await db.transaction(async (tx) => {
      // In the database alone: there may be more of them than a statement takes parameters.
      const blobs = tx
        .select({
          blobKey: sql<string>`${documents.blobKey}`.as('blob_key'),
          createdAt: sql<Date>`now()`.as('created_at'),
        })
        .from(documents)
        .innerJoin(runs, eq(runs.id, documents.runId))
        .where(and(eq(runs.connectionId, connectionId), isNotNull(documents.blobKey)))
      await tx.insert(blobErasures).select(blobs).onConflictDoNothing()
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
