/** The audit trail: who did what. An entry is committed before the answer it belongs to is given. */

import type { Database, Transaction } from '../db/database.ts'
import { gather } from '../db/gather.ts'
import { and, desc, eq, lt, type SQL, sql } from '../db/query.ts'
import { auditEntries } from '../db/schema/index.ts'
import { EngineError } from '../errors.ts'
import { newId } from '../ids.ts'
import type { Actor, AuditEntry, Page } from '../model.ts'
import { requireRole } from '../tenancy/access.ts'

const CREDENTIAL_READ = 'credential.read'

export interface NewAuditEntry {
  /** noun.verb */
  readonly action: string
  readonly subject: string
  readonly data?: Record<string, unknown>
}

export interface Audit {
  /** Resolves when the entry is committed. Entries of one moment share a statement. */
  record(actor: Actor, entry: NewAuditEntry): Promise<void>
  /** In the transaction of the change that it tells of. */
  recordIn(tx: Transaction, actor: Actor, entry: NewAuditEntry): Promise<void>
  /** Of a credential that is about to be handed out. */
  recordRead(actor: Actor, connectionId: string, generation: number): Promise<void>
  list(actor: Actor, page: { cursor?: string | undefined; limit?: number | undefined }): Promise<Page<AuditEntry>>
}

/** The entry of a credential that is handed out, for the statement that reads it: what it inserts from has the columns named here. */
export const newCredentialRead = {
  entry: () => newId('aud'),
  insert: (from: SQL): SQL => sql`
    insert into audit_entries (id, workspace_id, user_id, token_id, action, subject, data)
    select entry, workspace_id, user_id, token_id, ${sql.raw(`'${CREDENTIAL_READ}'`)}, connection_id,
      jsonb_build_object('generation', generation)
    from ${from}`,
}

export function createAudit(db: Database): Audit {
  // In the order in which they were given: one statement at a time. One entry that cannot be written is no
  // reason to refuse the others.
  const record = gather(
    async (rows: readonly Row[]) => {
      await db.execute(sql`
        insert into audit_entries (id, workspace_id, user_id, token_id, action, subject, data)
        select id, workspace_id, user_id, token_id, action, subject, data
        from jsonb_to_recordset(${JSON.stringify(rows.map(asColumns))}::jsonb)
          as entry (id text, workspace_id text, user_id text, token_id text, action text, subject text, data jsonb)`)
      return rows.map(() => undefined)
    },
    { most: 500, atOnce: 1 },
  )

  return {
    record: (actor, entry) => record(rowOf(actor, entry)),
    recordRead: (actor, subject, generation) =>
      record(rowOf(actor, { action: CREDENTIAL_READ, subject, data: { generation } })),
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

interface Row extends Required<NewAuditEntry> {
  readonly id: string
  readonly workspaceId: string
  readonly userId: string
  readonly tokenId: string | null
}

function rowOf(actor: Actor, { action, subject, data = {} }: NewAuditEntry): Row {
  const { workspaceId, userId, token } = actor
  return { id: newId('aud'), workspaceId, userId, tokenId: token?.id ?? null, action, subject, data }
}

const asColumns = ({ workspaceId, userId, tokenId, ...row }: Row) => ({
  ...row,
  workspace_id: workspaceId,
  user_id: userId,
  token_id: tokenId,
})
