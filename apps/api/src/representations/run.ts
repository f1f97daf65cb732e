import type { Document as DocumentBody, Run as RunBody } from '@wellhead/client/schema'
import type { Document, Run } from '@wellhead/engine'
import { instant, instantOrNull } from './instant.ts'

export function runBody(run: Run): RunBody {
  return {
    id: run.id,
    data_source: run.dataSource,
    connection_id: run.connectionId,
    pipeline_id: run.pipelineId,
    node_id: run.nodeId,
    operation: run.operation,
    parameters: { ...run.parameters },
    status: run.status,
    progress: { completed: run.progress.completed, total: run.progress.total },
    document_count: run.documentCount,
    warnings: [...run.warnings],
    error: run.error && { code: run.error.code, message: run.error.message },
    next_cursor: run.nextCursor,
    created_at: instant(run.createdAt),
    started_at: instantOrNull(run.startedAt),
    finished_at: instantOrNull(run.finishedAt),
  }
}

export function documentBody(document: Document, publicUrl: string): DocumentBody {
  return {
    id: document.id,
    run_id: document.runId,
    sequence: document.sequence,
    kind: document.kind,
    external_id: document.externalId,
    title: document.title,
    url: document.url,
    mime_type: document.mimeType,
    size: document.size,
    text: document.text,
    content_url: document.hasContent ? `${publicUrl}/v1/documents/${document.id}/content` : null,
    metadata: { ...document.metadata },
    created_at: instant(document.createdAt),
  }
}
