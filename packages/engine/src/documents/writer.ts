/** Writes the documents of a run: those with content one by one, those of a listing by the page. */
import { createHash } from 'node:crypto'
import type { Database } from '../db/database.ts'
import { and, eq } from '../db/query.ts'
import { blobErasures, documents } from '../db/schema/index.ts'
import { storable } from '../db/storable.ts'
import { newId } from '../ids.ts'
import type { DocumentKind } from '../model.ts'
import type { Blobs } from './blobs.ts'
import { type Content, storeContent } from './content.ts'
import { insertDocuments, type NewRow } from './insert.ts'

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

/** A document of a listing. */
export type NewEntry = Omit<NewDocument, 'content' | 'isText' | 'bytes'>

export interface DocumentWriter {
  /** Whether this run has this document already. */
  has(kind: DocumentKind, externalId: string): Promise<boolean>
  hasAny(kind: DocumentKind): Promise<boolean>
  /**
   * One document; nothing when the run has it already, from a former try.
   *
   * @throws LeaseLost, DataSourceError `content_unavailable` when too large, `invalid_response` when not whole
   */
  write(document: NewDocument): Promise<void>
  /** Many at once. `told`: what the run has already stays, or gives way to what is told of it now. @throws LeaseLost */
  writeAll(entries: readonly NewEntry[], told: 'first' | 'last'): Promise<void>
  /** How many documents the run has. */
  count(): number
}

export async function openDocumentWriter(
  deps: { db: Database; blobs: Blobs; maxBytes: number; onWritten?(count: number): void },
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

  const rowOf = ({ externalId, ...entry }: NewEntry, id = newId('doc')): NewRow => ({
    ...storable(entry),
    externalId: shortened(externalId),
    id,
    runId: run.id,
    workspaceId: run.workspaceId,
  })

  return {
    has: exists,
    hasAny: (kind) => exists(kind),
    count: () => count,

    async write({ content, isText, bytes, ...entry }) {
      const id = newId('doc')
      const stored =
        content === undefined
          ? {}
          : await storeContent({ write: begun }, id, content, {
              isText: isText ?? false,
              maxBytes: deps.maxBytes,
              bytes: bytes ?? null,
            })
      const { blobKey } = stored
      let isWritten = false
      try {
        const row = { ...rowOf(entry, id), ...stored }
        const done = await db.transaction(async (tx) => {
          const inserted = await insertDocuments(tx, run, [row], 'first')
          if (blobKey && inserted.written > 0) await tx.delete(blobErasures).where(eq(blobErasures.blobKey, blobKey))
          return inserted
        })
        isWritten = done.written > 0
        count = done.count
        deps.onWritten?.(done.written)
      } finally {
        if (!isWritten && blobKey) await undone(blobKey)
      }
    },

    async writeAll(entries, told) {
      if (entries.length === 0) return
      const rows = entries.map((entry) => rowOf(entry))
      const done = await db.transaction((tx) => insertDocuments(tx, run, rows, told))
      count = done.count
      deps.onWritten?.(done.written)
    },
  }
}

/** As it is, or the start of a very long one and a hash that tells it from others with the same start. */
function shortened(externalId: string): string {
  const clean = storable(externalId)
  const bytes = Buffer.from(clean)
  if (bytes.byteLength <= LONGEST_EXTERNAL_ID) return clean
  const hash = createHash('sha256').update(bytes).digest('base64url')
  return `${bytes.subarray(0, 500).toString()}…${hash}`
}
