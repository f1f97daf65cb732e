import { type DataSourceContext, DataSourceError, type OnlineDriveSource } from '@wellhead/datasource-node'
import { deletionDocument, driveEntryDocument } from './entry-documents.ts'
import type { OperationInput, Sink } from './sink.ts'

/**
 * Everything that changed since the cursor. An item that is told of again is as it was told last; whether it is there or gone,
 * the highest sequence says.
 */
export async function readChanges(
  drive: OnlineDriveSource,
  ctx: DataSourceContext,
  input: OperationInput,
  sink: Sink,
): Promise<{ nextCursor: string | null }> {
  if (!drive.changes) throw new DataSourceError('invalid_request', `${drive.name} does not tell what changed.`)
  let cursor = (input.checkpoint?.cursor as string | undefined) ?? input.cursor ?? undefined
  for (;;) {
    const page = await drive.changes(ctx, cursor === undefined ? {} : { cursor })
    for (const warning of page.warnings ?? []) sink.warn(warning)
    await sink.entries([...page.changed.map(driveEntryDocument), ...page.deleted.map(deletionDocument)], 'last')
    cursor = page.nextCursor
    await sink.checkpoint({ cursor })
    await sink.progress(sink.count(), page.hasMore ? null : sink.count())
    if (!page.hasMore) return { nextCursor: cursor }
  }
}
