/** What happened: the outbox of events, and the audit trail. */
import { sql } from 'drizzle-orm'
import { bigint, bigserial, index, jsonb, pgSequence, pgTable, text, uniqueIndex } from 'drizzle-orm/pg-core'
import type { EventType } from '../../model.ts'
import { moment } from './columns.ts'
import { workspaces } from './tenancy.ts'

/** Numbers events at publication, so that one that commits late is never skipped by a reader. */
export const eventPositions = pgSequence('event_positions')

export const events = pgTable(
  'events',
  {
    id: text('id').primaryKey(),
    ordinal: bigserial('ordinal', { mode: 'number' }).notNull(),
    position: bigint('position', { mode: 'number' }),
    workspaceId: text('workspace_id')
      .notNull()
      .references(() => workspaces.id, { onDelete: 'cascade' }),
    type: text('type').$type<EventType>().notNull(),
    connectionId: text('connection_id'),
    authorizationId: text('authorization_id'),
    runId: text('run_id'),
    /** The members who may see it; null for the whole workspace. As it was when it happened. */
    audience: text('audience').array(),
    data: jsonb('data').$type<Record<string, unknown>>().notNull(),
    createdAt: moment('created_at').notNull().defaultNow(),
  },
  (table) => [
    index('events_unpublished').on(table.ordinal).where(sql`${table.position} is null`),
    uniqueIndex('events_position').on(table.position),
    index('events_workspace').on(table.workspaceId, table.position),
    index('events_run').on(table.runId, table.position),
    index('events_created').on(table.createdAt),
    // The history of a connection; a run's progress is none.
    index('events_connection')
      .on(table.connectionId, sql`${table.createdAt} desc`, sql`${table.ordinal} desc`)
      .where(sql`${table.connectionId} is not null and ${table.type} <> 'run.progress'`),
    // How refreshes went in a workspace, lately.
    index('events_refreshes')
      .on(table.workspaceId, table.createdAt)
      .where(sql`${table.type} in ('connection.refreshed', 'connection.degraded', 'connection.needs_reauthorization')`),
  ],
)

export const auditEntries = pgTable(
  'audit_entries',
  {
    id: text('id').primaryKey(),
    ordinal: bigserial('ordinal', { mode: 'number' }).notNull(),
    workspaceId: text('workspace_id')
      .notNull()
      .references(() => workspaces.id, { onDelete: 'cascade' }),
    userId: text('user_id').notNull(),
    tokenId: text('token_id'),
    action: text('action').notNull(),
    subject: text('subject').notNull(),
    data: jsonb('data').$type<Record<string, unknown>>().notNull(),
    at: moment('at').notNull().defaultNow(),
  },
  (table) => [
    index('audit_entries_workspace').on(table.workspaceId, sql`${table.ordinal} desc`),
    // What was done to one thing. Reads of credentials, which are by far the most, are found in the whole trail alone.
    index('audit_entries_subject')
      .on(table.workspaceId, table.subject, sql`${table.at} desc`, sql`${table.ordinal} desc`)
      .where(sql`${table.action} <> 'credential.read'`),
  ],
)
