/** The audit trail: who did what. An entry is committed before the answer it belongs to is given. */

import type { Database, Transaction } from '../db/database.ts'
import { and, desc, eq, lt } from '../db/query.ts'
import { auditEntries } from '../db/schema/index.ts'
import { EngineError } from '../errors.ts'
import { newId } from '../ids.ts'
import type { Actor, AuditEntry, Page } from '../model.ts'
import { requireRole } from '../tenancy/access.ts'

export interface NewAuditEntry {
  /** noun.verb */
  readonly action: string
  readonly subject: string
  readonly data?: Record<string, unknown>
}

type Row = typeof auditEntries.$inferInsert

export interface Audit {
  /** Resolves when the entry is committed. Entries of one moment share a statement. */
  record(actor: Actor, entry: NewAuditEntry): Promise<void>
  /** In the transaction of the change that it tells of. */
  recordIn(tx: Transaction, actor: Actor, entry: NewAuditEntry): Promise<void>
  list(actor: Actor, page: { cursor?: string | undefined; limit?: number | undefined }): Promise<Page<AuditEntry>>
}

export function createAudit(db: Database): Audit {
  let waiting: { row: Row; resolve(): void; reject(error: unknown): void }[] = []
  let writing = false

  const insert = async (rows: Row[]): Promise<void> => {
    await db.insert(auditEntries).values(rows)
  }

  async function write(): Promise<void> {
    writing = true
    while (waiting.length > 0) {
      const batch = waiting.slice(0, 500)
      waiting = waiting.slice(500)
      try {
        await insert(batch.map((item) => item.row))
        for (const item of batch) item.resolve()
      } catch {
        // One that cannot be written, such as of a workspace that is gone, is no reason to refuse the others.
        for (const item of batch) await insert([item.row]).then(item.resolve, item.reject)
      }
    }
    writing = false
  }

  return {
    record: (actor, entry) =>
      new Promise((resolve, reject) => {
        waiting.push({ row: rowOf(actor, entry), resolve, reject })
        if (!writing) void write()
      }),
    async recordIn(tx, actor, entry) {
      await tx.insert(auditEntries).values(rowOf(actor, entry))
    },
    async list(actor, { cursor, limit = 50 }) {
      requireRole(actor, 'editor', 'read the audit trail')
      const before = cursor === undefined ? undefined : /^\d{1,15}$/.test(cursor) ? Number(cursor) : Number.NaN
      if (Number.isNaN(before)) throw new EngineError('invalid_cursor', 'This cursor is not one of this list.')
      const rows = await db
        .select()
        .from(auditEntries)
        .where(
          and(
            eq(auditEntries.workspaceId, actor.workspaceId),
            before === undefined ? undefined : lt(auditEntries.ordinal, before),
          ),
        )
        .orderBy(desc(auditEntries.ordinal))
        .limit(limit + 1)
      const items = rows.slice(0, limit)
      return {
        items: items.map((row) => ({
          id: row.id,
          actor: { userId: row.userId, tokenId: row.tokenId },
          action: row.action,
          subject: row.subject,
          data: row.data,
          at: row.at,
        })),
        nextCursor: rows.length > limit ? String(items.at(-1)?.ordinal) : null,
      }
    },
  }
}

function rowOf(actor: Actor, entry: NewAuditEntry): Row {
  return {
    id: newId('aud'),
    workspaceId: actor.workspaceId,
    userId: actor.userId,
    tokenId: actor.token?.id ?? null,
    action: entry.action,
    subject: entry.subject,
    data: entry.data ?? {},
  }
}
