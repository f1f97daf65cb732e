/** Every change of a connection's status goes through here: it writes the row and exactly one event in one transaction. */

import type { Transaction } from '../db/database.ts'
import { and, eq, inArray, sql } from '../db/query.ts'
import { connectionMembers, connections } from '../db/schema/index.ts'
import { notify } from '../db/signals.ts'
import { storable } from '../db/storable.ts'
import { emit } from '../events/outbox.ts'
import type { ConnectionStatus, EventType } from '../model.ts'

export type ConnectionRow = typeof connections.$inferSelect

export interface Transition {
  /** Only from these; from any when absent. */
  readonly from?: readonly ConnectionStatus[]
  readonly to: ConnectionStatus
  readonly event: EventType
  /** `null` clears it. */
  readonly error?: { code: string; message: string } | null
  readonly set?: Partial<typeof connections.$inferInsert>
  readonly data?: Record<string, unknown>
}

/** Returns the changed row, or undefined when the connection is gone or in another status. */
export async function transition(
  tx: Transaction,
  connectionId: string,
  change: Transition,
): Promise<ConnectionRow | undefined> {
  const [row] = await tx
    .update(connections)
    .set({
      ...change.set,
      status: change.to,
      ...(change.error === undefined
        ? {}
        : { lastError: change.error && { ...storable(change.error), at: new Date().toISOString() } }),
      updatedAt: sql`now()`,
    })
    .where(
      and(eq(connections.id, connectionId), change.from ? inArray(connections.status, [...change.from]) : undefined),
    )
    .returning()
  if (!row) return undefined
  await emitForConnection(tx, row, change.event, {
    status: row.status,
    ...(change.error ? { error: change.error } : {}),
    ...change.data,
  })
  await notify(tx, connectionSignal(connectionId))
  return row
}

/** What a waiter for a connection listens to. */
export const connectionSignal = (id: string): string => `connection:${id}`

/** An event about a connection, for those who may see it. */
export async function emitForConnection(
  tx: Transaction,
  row: ConnectionRow,
  type: EventType,
  data: Record<string, unknown>,
  ids: { authorizationId?: string; runId?: string } = {},
): Promise<void> {
  await emit(tx, {
    workspaceId: row.workspaceId,
    type,
    connectionId: row.id,
    ...ids,
    audience: await audienceOf(tx, row),
    data: { data_source: row.dataSource, name: row.name, ...data },
  })
}

/** The members who may see a connection; null for the whole workspace. */
export async function audienceOf(tx: Transaction, row: ConnectionRow): Promise<readonly string[] | null> {
  if (row.visibility === 'workspace') return null
  if (row.visibility === 'only_me') return [row.createdBy]
  const chosen = await tx
    .select({ userId: connectionMembers.userId })
    .from(connectionMembers)
    .where(eq(connectionMembers.connectionId, row.id))
  return [...new Set([row.createdBy, ...chosen.map((member) => member.userId)])]
}
