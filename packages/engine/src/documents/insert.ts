/** Puts documents into a run, in their order. A run that is taken up again meets its own and does not write them twice. */
import type { Transaction } from '../db/database.ts'
import { and, eq, inArray, sql } from '../db/query.ts'
import { documents, runs } from '../db/schema/index.ts'

export type NewRow = Omit<typeof documents.$inferInsert, 'sequence'>

/** Another worker has taken up the run: nothing more of it may be written here. */
export class LeaseLost extends Error {
  constructor() {
    super('The lease of this run was lost.')
    this.name = 'LeaseLost'
  }
}

/** A statement takes 65,535 parameters, and a row has a dozen. */
const MOST_AT_ONCE = 2_000

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
  for (const some of inPieces(fresh)) {
    await tx
      .insert(documents)
      .values(some)
      .onConflictDoUpdate({
        target: [documents.runId, documents.kind, documents.externalId],
        set: {
          id: sql`excluded.id`,
          sequence: sql`excluded.sequence`,
          title: sql`excluded.title`,
          url: sql`excluded.url`,
          mimeType: sql`excluded.mime_type`,
          metadata: sql`excluded.metadata`,
          createdAt: sql`excluded.created_at`,
        },
      })
  }
  const count = held.count + fresh.length - replaced
  if (fresh.length > 0)
    await tx
      .update(runs)
      .set({ documentCount: count, lastSequence: held.last + fresh.length })
      .where(eq(runs.id, run.id))
  return { written: fresh.length, count }
}

const keyOf = ({ kind, externalId }: Pick<NewRow, 'kind' | 'externalId'>): string => `${kind} ${externalId}`

/** Which of them the run has already. */
async function knownOf(tx: Transaction, runId: string, rows: readonly NewRow[]): Promise<Set<string>> {
  const known = new Set<string>()
  for (const some of inPieces(rows)) {
    const found = await tx
      .select({ kind: documents.kind, externalId: documents.externalId })
      .from(documents)
      .where(
        and(
          eq(documents.runId, runId),
          inArray(documents.kind, [...new Set(some.map((row) => row.kind))]),
          inArray(
            documents.externalId,
            some.map((row) => row.externalId),
          ),
        ),
      )
    for (const row of found) known.add(keyOf(row))
  }
  return known
}

function* inPieces<Row>(rows: readonly Row[]): Generator<Row[]> {
  for (let from = 0; from < rows.length; from += MOST_AT_ONCE) yield rows.slice(from, from + MOST_AT_ONCE)
}
