import { DataSourceError, isDataSourceError } from '@wellhead/datasource-node'
import type { DocumentKind } from '../model.ts'
import { failedDocument } from './entry-documents.ts'
import type { Sink } from './sink.ts'

// These are about one item; anything else is about the connection, and ends the run.
const itemErrors = new Set(['not_found', 'content_unavailable', 'missing_scope', 'invalid_request', 'invalid_response'])

/** One bad item is reported as such and the rest goes on; when none could be read, that is the run's error. */
export async function readEach<Item extends { id: string }>(
  items: readonly Item[],
  sink: Sink,
  kind: DocumentKind,
  read: (item: Item) => Promise<void>,
): Promise<void> {
  let completed = 0
  let firstError: DataSourceError | undefined
  for (const item of items) {
    // A former try of this run read it, or reported it.
    if (!(await sink.has(kind, item.id)) && !(await sink.has('failed', item.id))) {
      try {
        await read(item)
      } catch (error) {
        if (!isDataSourceError(error) || !itemErrors.has(error.code)) throw error
        firstError ??= error
        await sink.document(failedDocument(item.id, item.id, error))
      }
    }
    completed++
    await sink.progress(completed, items.length)
  }
  if (await sink.hasAny(kind)) return
  throw firstError ?? new DataSourceError('content_unavailable', 'None of these items could be read.')
}
