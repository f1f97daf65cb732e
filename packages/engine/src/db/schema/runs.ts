import { sql } from 'drizzle-orm'
import { bigint, boolean, index, integer, jsonb, pgTable, text, uniqueIndex } from 'drizzle-orm/pg-core'
import type { DocumentKind, Operation, RunStatus } from '../../model.ts'
import { moment } from './columns.ts'
import { connections } from './connections.ts'
import { workspaces } from './tenancy.ts'

export const runs = pgTable(
  'runs',
  {
    id: text('id').primaryKey(),
    workspaceId: text('workspace_id')
      .notNull()
      .references(() => workspaces.id, { onDelete: 'cascade' }),
    dataSource: text('data_source').notNull(),
    connectionId: text('connection_id')
      .notNull()
      .references(() => connections.id, { onDelete: 'cascade' }),
    requestedBy: text('requested_by').notNull(),
    /** The node that it ran; they stay when the pipeline goes. */
    pipelineId: text('pipeline_id'),
    nodeId: text('node_id'),
    operation: text('operation').$type<Operation>().notNull(),
    parameters: jsonb('parameters').$type<Record<string, unknown>>().notNull(),
    cursor: text('cursor'),
    status: text('status').$type<RunStatus>().notNull(),
    progressCompleted: integer('progress_completed').notNull().default(0),
    progressTotal: integer('progress_total'),
    documentCount: integer('document_count').notNull().default(0),
    /** The highest sequence given to a document; more than there are where one took the place of another. */
    lastSequence: integer('last_sequence').notNull().default(0),
    warnings: jsonb('warnings').$type<string[]>().notNull().default([]),
    errorCode: text('error_code'),
    errorMessage: text('error_message'),
    nextCursor: text('next_cursor'),
    /** What the data source needs to go on after a crash; never shown. */
    checkpoint: jsonb('checkpoint').$type<Record<string, unknown>>(),
    /** The provider's own job still has to be ended. */
    cancelAtProvider: boolean('cancel_at_provider').notNull().default(false),
    cancelRequestedAt: moment('cancel_requested_at'),
    deadlineAt: moment('deadline_at').notNull(),
    leaseHolder: text('lease_holder'),
    leaseUntil: moment('lease_until'),
    dueAt: moment('due_at'),
    enqueuedUntil: moment('enqueued_until'),
    attempts: integer('attempts').notNull().default(0),
    createdAt: moment('created_at').notNull().defaultNow(),
    startedAt: moment('started_at'),
    finishedAt: moment('finished_at'),
  },
  (table) => [
    index('runs_workspace').on(table.workspaceId, sql`${table.createdAt} desc`),
    index('runs_connection').on(table.connectionId),
    index('runs_pipeline')
      .on(table.pipelineId, sql`${table.createdAt} desc`)
      .where(sql`${table.pipelineId} is not null`),
    index('runs_due').on(table.dueAt).where(sql`${table.dueAt} is not null`),
    index('runs_finished').on(table.finishedAt).where(sql`${table.finishedAt} is not null`),
  ],
)

export const documents = pgTable(
  'documents',
  {
    id: text('id').primaryKey(),
    runId: text('run_id')
      .notNull()
      .references(() => runs.id, { onDelete: 'cascade' }),
    workspaceId: text('workspace_id').notNull(),
    sequence: integer('sequence').notNull(),
    kind: text('kind').$type<DocumentKind>().notNull(),
    externalId: text('external_id').notNull(),
    title: text('title').notNull(),
    url: text('url'),
    mimeType: text('mime_type'),
    size: bigint('size', { mode: 'number' }),
    /** Text of at most 1 MB; larger and binary content is behind the blob port, under `blobKey`. */
    text: text('text'),
    blobKey: text('blob_key'),
    metadata: jsonb('metadata').$type<Record<string, unknown>>().notNull().default({}),
    createdAt: moment('created_at').notNull().defaultNow(),
  },
  (table) => [
    uniqueIndex('documents_sequence').on(table.runId, table.sequence),
    // A run that is taken up again after a crash meets its own documents instead of writing them twice.
    uniqueIndex('documents_external').on(table.runId, table.kind, table.externalId),
  ],
)

/** Blobs whose run or connection is gone, or whose document never came; the worker erases them. */
export const blobErasures = pgTable('blob_erasures', {
  blobKey: text('blob_key').primaryKey(),
  /** Not erased before: one that is being written has it in the future. */
  createdAt: moment('created_at').notNull().defaultNow(),
})
