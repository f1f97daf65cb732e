/** Finds a connection for somebody: to see it, or to change it. What he may not see does not exist for him. */
import type { Database, Transaction } from '../db/database.ts'
import { and, eq } from '../db/query.ts'
import { connections } from '../db/schema/index.ts'
import { EngineError } from '../errors.ts'
import type { Actor } from '../model.ts'
import { requireManage, requireScope, visibleTo } from '../tenancy/access.ts'
import type { ConnectionRow } from './transitions.ts'

export function createFinder(db: Database) {
  async function visible(tx: Database | Transaction, actor: Actor, id: string): Promise<ConnectionRow> {
    const [row] = await tx
      .select()
      .from(connections)
      .where(and(eq(connections.id, id), visibleTo(db, actor)))
    if (!row) throw new EngineError('connection_not_found', 'There is no such connection.')
    return row
  }

  async function manageable(tx: Database | Transaction, actor: Actor, id: string): Promise<ConnectionRow> {
    requireScope(actor, 'connections:write')
    return requireChangeable(actor, await visible(tx, actor, id))
  }

  /** As `manageable`, and nobody else changes it meanwhile. */
  async function locked(tx: Transaction, actor: Actor, id: string): Promise<ConnectionRow> {
    await manageable(tx, actor, id)
    const [row] = await tx.select().from(connections).where(eq(connections.id, id)).for('no key update')
    if (!row) throw new EngineError('connection_not_found', 'There is no such connection.')
    return requireChangeable(actor, row)
  }

  function requireChangeable(actor: Actor, row: ConnectionRow): ConnectionRow {
    requireManage(actor, row)
    if (row.status === 'deleting')
      throw new EngineError('connection_deleting', 'This connection is being deleted and cannot be changed.')
    return row
  }

  return { visible, manageable, locked }
}

export type Finder = ReturnType<typeof createFinder>
