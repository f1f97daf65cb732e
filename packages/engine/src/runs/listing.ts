import type { NewEntry } from '../documents/writer.ts'
import type { OperationInput, Sink } from './sink.ts'

/** Page after page until there is none, or `limit` entries are there. */
export async function listAll(
  input: OperationInput,
  sink: Sink,
  list: (
    cursor: string | null,
  ) => Promise<{ entries: readonly NewEntry[]; nextCursor: string | null; warnings?: readonly string[] | undefined }>,
): Promise<{ nextCursor: string | null }> {
  const most = (input.parameters.limit as number | undefined) ?? Number.POSITIVE_INFINITY
  let cursor = (input.checkpoint?.cursor as string | undefined) ?? input.cursor
  for (;;) {
    const page = await list(cursor)
    for (const warning of page.warnings ?? []) sink.warn(warning)
    // A page is written whole: the provider's cursor knows no place inside it.
    await sink.entries(page.entries, 'first')
    cursor = page.nextCursor
    if (cursor !== null) await sink.checkpoint({ cursor })
    await sink.progress(sink.count(), cursor === null ? sink.count() : null)
    if (cursor === null || sink.count() >= most) return { nextCursor: cursor }
  }
}
