/** Writes the documents of a run. A run that is taken up again meets its own documents and does not write them twice. */
import { createHash } from 'node:crypto'
import type { Database } from '../db/database.ts'
import { and, eq, sql } from '../db/query.ts'
import { blobErasures, documents, runs } from '../db/schema/index.ts'
import { storable } from '../db/storable.ts'
import { newId } from '../ids.ts'
import type { DocumentKind } from '../model.ts'
import type { Blobs } from './blobs.ts'
import { type Content, storeContent } from './content.ts'

/** The index over it takes some 2,700 bytes: https://www.postgresql.org/docs/current/btree.html */
const LONGEST_EXTERNAL_ID = 2_000

export interface NewDocument {
  readonly kind: DocumentKind
  readonly externalId: string
  readonly title: string
  readonly url: string | null
  readonly mimeType: string | null
  readonly metadata: Record<string, unknown>
  readonly content?: Content
  /** Text sits in the row when it is small; bytes never do. */
  readonly isText?: boolean
  /** How many bytes the provider says there are: content that ends before or after that is not it. */
  readonly bytes?: number | null
}

export interface DocumentWriter {
  /** Whether this run has this document already. */
  has(kind: DocumentKind, externalId: string): Promise<boolean>
  hasAny(kind: DocumentKind): Promise<boolean>
  /** @throws LeaseLost, DataSourceError `content_unavailable` when too large, `invalid_response` when not whole */
  write(document: NewDocument): Promise<void>
  count(): number
}

/** Another worker has taken up the run: nothing more of it may be written here. */
export class LeaseLost extends Error {
  constructor() {
    super('The lease of this run was lost.')
    this.name = 'LeaseLost'
  }
}

export async function openDocumentWriter(
  deps: { db: Database; blobs: Blobs; maxBytes: number },
  run: { id: string; workspaceId: string; leaseHolder: string | null; documentCount: number; deadlineAt: Date },
): Promise<DocumentWriter> {
  const { db, blobs } = deps
  let count = run.documentCount

  async function exists(kind: DocumentKind, externalId?: string): Promise<boolean> {
    const [row] = await db
      .select({ id: documents.id })
      .from(documents)
      .where(
        and(
          eq(documents.runId, run.id),
          eq(documents.kind, kind),
          externalId === undefined ? undefined : eq(documents.externalId, shortened(externalId)),
        ),
      )
      .limit(1)
    return row !== undefined
  }

  /**
   * Meant to be erased until its document is there: a worker that is killed leaves nothing for good. Not before the run's
   * deadline and an hour, when nobody writes it any more.
   */
  async function begun(...[key, body, maxBytes]: Parameters<Blobs['write']>): Promise<number> {
    const notBefore = new Date(run.deadlineAt.getTime() + 3_600_000)
    await db.insert(blobErasures).values({ blobKey: key, createdAt: notBefore })
    try {
      return await blobs.write(key, body, maxBytes)
    } catch (error) {
      await undone(key)
      throw error
    }
  }

  async function undone(key: string): Promise<void> {
    await blobs.erase(key)
    await db.delete(blobErasures).where(eq(blobErasures.blobKey, key))
  }

  return {
    has: exists,
    hasAny: (kind) => exists(kind),
    count: () => count,
    async write(document) {
      const id = newId('doc')
      const { content, isText, bytes, ...row } = document
      const stored =
        content === undefined
          ? {}
          : await storeContent({ write: begun }, id, content, {
              isText: isText ?? false,
              maxBytes: deps.maxBytes,
              bytes: bytes ?? null,
            })
      let inserted = false
      try {
        await db.transaction(async (tx) => {
          // First: it locks the run, so that the sequence is ours, and only the holder of the lease comes past it.
          const [held] = await tx
            .update(runs)
            .set({ documentCount: sql`${runs.documentCount} + 1` })
            .where(and(eq(runs.id, run.id), eq(runs.leaseHolder, run.leaseHolder ?? '')))
            .returning({ sequence: runs.documentCount })
          if (!held) throw new LeaseLost()
          const written = await tx
            .insert(documents)
            .values({
              ...storable({ ...row, externalId: shortened(row.externalId) }),
              ...stored,
              id,
              runId: run.id,
              workspaceId: run.workspaceId,
              sequence: held.sequence,
            })
            .onConflictDoNothing({ target: [documents.runId, documents.kind, documents.externalId] })
            .returning({ id: documents.id })
          if (written.length === 0) throw new WrittenBefore()
          if (stored.blobKey) await tx.delete(blobErasures).where(eq(blobErasures.blobKey, stored.blobKey))
          count = held.sequence
        })
        inserted = true
      } catch (error) {
        if (!(error instanceof WrittenBefore)) throw error
      } finally {
        if (!inserted && stored.blobKey) await undone(stored.blobKey)
      }
    },
  }
}

/** Takes the sequence back. */
class WrittenBefore extends Error {}

/** As it is, or the start of a very long one and a hash that tells it from others with the same start. */
function shortened(externalId: string): string {
  const clean = storable(externalId)
  const bytes = Buffer.from(clean)
  if (bytes.byteLength <= LONGEST_EXTERNAL_ID) return clean
  const hash = createHash('sha256').update(bytes).digest('base64url')
  return `${bytes.subarray(0, 500).toString()}…${hash}`
}
