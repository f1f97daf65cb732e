import { sql } from 'drizzle-orm'
import { index, jsonb, pgTable, primaryKey, text } from 'drizzle-orm/pg-core'
import type { DocumentModel, PipelineFormat } from '../../pipelines/model.ts'
import { moment } from './columns.ts'
import { connections } from './connections.ts'
import { workspaces } from './tenancy.ts'

export const pipelines = pgTable(
  'pipelines',
  {
    id: text('id').primaryKey(),
    workspaceId: text('workspace_id')
      .notNull()
      .references(() => workspaces.id, { onDelete: 'cascade' }),
    name: text('name').notNull(),
    format: text('format').$type<PipelineFormat>().notNull(),
    mediaType: text('media_type').$type<'application/json' | 'application/yaml'>().notNull(),
    /** To the byte as it was imported. */
    document: text('document').notNull(),
    /** What was read of it, so that it is parsed once. */
    model: jsonb('model').$type<DocumentModel>().notNull(),
    createdBy: text('created_by').notNull(),
    createdAt: moment('created_at').notNull().defaultNow(),
    updatedAt: moment('updated_at').notNull().defaultNow(),
  },
  (table) => [index('pipelines_workspace').on(table.workspaceId, sql`${table.createdAt} desc`)],
)

/** What was chosen for nodes of a pipeline, beside its document; a node without a row has nothing chosen. */
export const pipelineNodes = pgTable(
  'pipeline_nodes',
  {
    pipelineId: text('pipeline_id')
      .notNull()
      .references(() => pipelines.id, { onDelete: 'cascade' }),
    nodeId: text('node_id').notNull(),
    /** The document's, for whoever asks what a connection is used by. */
    title: text('title').notNull(),
    connectionId: text('connection_id').references(() => connections.id, { onDelete: 'set null' }),
    /** Constants by the data source's names. */
    parameters: jsonb('parameters').$type<Record<string, unknown>>().notNull().default({}),
  },
  (table) => [
    primaryKey({ columns: [table.pipelineId, table.nodeId] }),
    index('pipeline_nodes_connection').on(table.connectionId),
  ],
)
