/** Puts documents into a run, in their order. A run that is taken up again meets its own and does not write them twice. */
import type { Transaction } from '../db/database.ts'
import { and, eq, sql } from '../db/query.ts'
import { documents, runs } from '../db/schema/index.ts'

export type NewRow = Omit<typeof documents.$inferInsert, 'sequence'>

/** Another worker has taken up the run: nothing more of it may be written here. */
export class LeaseLost extends Error {
  constructor() {
    super('The lease of this run was lost.')
    this.name = 'LeaseLost'
  }
}

/**
 * The sequences of what is written follow each other without a gap. `told`: what the run has already stays as it was first
 * told, and takes no sequence; or gives way to what was told last, which is a new document with a sequence of its own.
 *
 * @throws LeaseLost
 */
export async function insertDocuments(
  tx: Transaction,
  run: { readonly id: string; readonly leaseHolder: string | null },
  rows: readonly NewRow[],
  told: 'first' | 'last',
): Promise<{ written: number; count: number }> {
  // First: it locks the run, so that the sequence is ours, and only the holder of the lease comes past it.
  const [held] = await tx
    .select({ count: runs.documentCount, last: sql<number>`greatest(${runs.lastSequence}, ${runs.documentCount})` })
    .from(runs)
    .where(and(eq(runs.id, run.id), eq(runs.leaseHolder, run.leaseHolder ?? '')))
    .for('update')
  if (!held) throw new LeaseLost()

  const known = await knownOf(tx, run.id, rows)
  // Within one page too an item may be told of twice.
  const once = new Map<string, NewRow>()
  for (const row of rows) {
    const key = keyOf(row)
    if (told === 'first' && (known.has(key) || once.has(key))) continue
    // Out and in again: it stands where it was told last.
    once.delete(key)
    once.set(key, row)
  }
  const fresh = [...once.values()].map((row, index) => ({ ...row, sequence: held.last + index + 1 }))
  const replaced = fresh.filter((row) => known.has(keyOf(row))).length
  if (fresh.length > 0)
    await tx.execute(sql`
      insert into ${documents} (${sql.join(
        columns.map(({ name }) => sql.identifier(name)),
        sql`, `,
      )})
      select * from ${recordset(fresh)}
      on conflict (run_id, kind, external_id) do update set
        id = excluded.id, sequence = excluded.sequence, title = excluded.title, url = excluded.url,
        mime_type = excluded.mime_type, metadata = excluded.metadata, created_at = excluded.created_at`)
  const count = held.count + fresh.length - replaced
  if (fresh.length > 0)
    await tx
      .update(runs)
      .set({ documentCount: count, lastSequence: held.last + fresh.length })
      .where(eq(runs.id, run.id))
  return { written: fresh.length, count }
}

/** What is written of a document; the rest has a default. */
const columns = (
  [
    'id',
    'runId',
    'workspaceId',
    'sequence',
    'kind',
    'externalId',
    'title',
    'url',
    'mimeType',
    'size',
    'text',
    'blobKey',
    'metadata',
  ] as const
).map((key) => ({ key, name: documents[key].name, type: documents[key].getSQLType() }))

/** Rows as one parameter, however many: a statement of its own for each number of them would be planned each time. */
function recordset(rows: readonly Partial<NewRow & { sequence: number }>[]) {
  const records = rows.map((row) => Object.fromEntries(columns.map(({ key, name }) => [name, row[key] ?? null])))
  const types = columns.map(({ name, type }) => sql`${sql.identifier(name)} ${sql.raw(type)}`)
  // As text first: what is taken for JSON already would be written as a JSON string.
  return sql`jsonb_to_recordset(${JSON.stringify(records)}::text::jsonb) as told(${sql.join(types, sql`, `)})`
}

const keyOf = ({ kind, externalId }: Pick<NewRow, 'kind' | 'externalId'>): string => `${kind} ${externalId}`

/** Which of them the run has already. Each is looked up by itself: joined, all documents of a long run would be read for each page. */
async function knownOf(tx: Transaction, runId: string, rows: readonly NewRow[]): Promise<Set<string>> {
  const found = await tx.execute<{ kind: string; external_id: string }>(sql`
    select told.kind, told.external_id from ${recordset(rows.map(({ kind, externalId }) => ({ kind, externalId })))}
    cross join lateral (
      select 1 from ${documents} known
      where known.run_id = ${runId} and known.kind = told.kind and known.external_id = told.external_id limit 1) known`)
  return new Set(found.map(({ kind, external_id }) => `${kind} ${external_id}`))
}
