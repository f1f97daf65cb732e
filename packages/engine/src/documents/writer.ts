/** Writes the documents of a run. A run that is taken up again meets its own documents and does not write them twice. */

import type { Database } from '../db/database.ts'
import { and, eq, max } from '../db/query.ts'
import { documents, runs } from '../db/schema/index.ts'
import { newId } from '../ids.ts'
import type { DocumentKind } from '../model.ts'
import type { Blobs } from './blobs.ts'

/** Bytes of text that sit in the row; more goes through the blob port. */
const LARGEST_ROW_TEXT = 1_000_000

export interface NewDocument {
  readonly kind: DocumentKind
  readonly externalId: string
  readonly title: string
  readonly url: string | null
  readonly mimeType: string | null
  readonly metadata: Record<string, unknown>
  readonly content?: string | AsyncIterable<string> | AsyncIterable<Uint8Array>
  /** Text sits in the row when it is small; bytes never do. */
  readonly isText?: boolean
}

export interface DocumentWriter {
  /** Whether this run has this document already. */
  has(kind: DocumentKind, externalId: string): Promise<boolean>
  write(document: NewDocument): Promise<void>
  count(): number
}

interface Stored {
  readonly text?: string
  readonly blobKey?: string
  readonly size?: number
}

export async function openDocumentWriter(
  deps: { db: Database; blobs: Blobs; maxBytes: number },
  run: { id: string; workspaceId: string },
): Promise<DocumentWriter> {
  const { db, blobs } = deps
  const [last] = await db
    .select({ sequence: max(documents.sequence) })
    .from(documents)
    .where(eq(documents.runId, run.id))
  let sequence = last?.sequence ?? 0

  async function has(kind: DocumentKind, externalId: string): Promise<boolean> {
    const [row] = await db
      .select({ id: documents.id })
      .from(documents)
      .where(and(eq(documents.runId, run.id), eq(documents.kind, kind), eq(documents.externalId, externalId)))
    return row !== undefined
  }

  return {
    has,
    count: () => sequence,
    async write(document) {
      const id = newId('doc')
      const { content, isText, ...row } = document
      const stored: Stored =
        content === undefined ? {} : await store(blobs, id, content, isText ?? false, deps.maxBytes)
      try {
        await db.transaction(async (tx) => {
          const [inserted] = await tx
            .insert(documents)
            .values({
              ...row,
              ...stored,
              title: clean(row.title),
              id,
              runId: run.id,
              workspaceId: run.workspaceId,
              sequence: sequence + 1,
            })
            .onConflictDoNothing({ target: [documents.runId, documents.kind, documents.externalId] })
            .returning({ id: documents.id })
          if (!inserted) return
          await tx
            .update(runs)
            .set({ documentCount: sequence + 1 })
            .where(eq(runs.id, run.id))
          sequence++
        })
      } catch (error) {
        if (stored.blobKey) await blobs.erase(stored.blobKey)
        throw error
      }
    },
  }
}

async function store(
  blobs: Blobs,
  id: string,
  content: string | AsyncIterable<string> | AsyncIterable<Uint8Array>,
  isText: boolean,
  maxBytes: number,
): Promise<Stored> {
  const chunks = typeof content === 'string' ? [content] : content
  if (!isText) return { blobKey: id, size: await blobs.write(id, bytesOf(chunks), maxBytes) }
  // Held in memory up to the row's limit; beyond it, what is held goes ahead of the rest into a blob.
  const held: Uint8Array[] = []
  let size = 0
  const rest = bytesOf(chunks)[Symbol.asyncIterator]()
  for (;;) {
    const next = await rest.next()
    if (next.done) {
      const text = clean(Buffer.concat(held).toString())
      return { text, size: Buffer.byteLength(text) }
    }
    held.push(next.value)
    size += next.value.byteLength
    if (size > LARGEST_ROW_TEXT) break
  }
  async function* all() {
    try {
      yield* held
      for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value
    } finally {
      // Ends the source's stream when the blob is not wanted to its end.
      await rest.return?.(undefined)
    }
  }
  return { blobKey: id, size: await blobs.write(id, all(), maxBytes) }
}

async function* bytesOf(
  chunks: Iterable<string> | AsyncIterable<string> | AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) yield typeof chunk === 'string' ? Buffer.from(chunk) : chunk
}

/** PostgreSQL text cannot hold NUL. */
const clean = (text: string): string => text.replaceAll('\0', '')
