import type { Database } from '../db/database.ts'
import { and, asc, eq, gt } from '../db/query.ts'
import { connections, documents, runs } from '../db/schema/index.ts'
import { EngineError } from '../errors.ts'
import type { Actor, Document } from '../model.ts'
import { requireScope, visibleTo } from '../tenancy/access.ts'
import type { Blobs } from './blobs.ts'

type Row = typeof documents.$inferSelect

export function createDocuments(db: Database, blobs: Blobs) {
  async function row(actor: Actor, id: string): Promise<Row> {
    requireScope(actor, 'runs:read')
    const [found] = await db
      .select({ document: documents })
      .from(documents)
      .innerJoin(runs, eq(runs.id, documents.runId))
      .innerJoin(connections, eq(connections.id, runs.connectionId))
      .where(and(eq(documents.id, id), visibleTo(db, actor)))
    if (!found) throw new EngineError('document_not_found', 'There is no such document.')
    return found.document
  }

  return {
    get: async (actor: Actor, id: string): Promise<Document> => viewOf(await row(actor, id)),

    async content(actor: Actor, id: string, range?: { start: number; end: number }) {
      const found = await row(actor, id)
      const document = viewOf(found)
      if (found.blobKey) return { document, body: blobs.read(found.blobKey, range) }
      if (found.text === null)
        throw new EngineError('document_not_found', 'This document is an entry of a listing and has no content.')
      const bytes = Buffer.from(found.text)
      const part = range ? bytes.subarray(range.start, range.end + 1) : bytes
      return { document, body: new Blob([part]).stream() as ReadableStream<Uint8Array> }
    },

    /** For a run that the caller was already found to see. */
    async ofRun(runId: string, page: { after?: number; limit?: number }): Promise<readonly Document[]> {
      const rows = await db
        .select()
        .from(documents)
        .where(and(eq(documents.runId, runId), gt(documents.sequence, page.after ?? 0)))
        .orderBy(asc(documents.sequence))
        .limit(page.limit ?? 50)
      return rows.map(viewOf)
    },
  }
}

function viewOf(row: Row): Document {
  return {
    id: row.id,
    runId: row.runId,
    sequence: row.sequence,
    kind: row.kind,
    externalId: row.externalId,
    title: row.title,
    url: row.url,
    mimeType: row.mimeType,
    size: row.size,
    text: row.text,
    hasContent: row.text !== null || row.blobKey !== null,
    metadata: row.metadata,
    createdAt: row.createdAt,
  }
}
