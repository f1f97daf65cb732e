/**
 * What happened: the outbox of events, and the audit trail. Written with every refresh and every credential that is handed out, so without
 * foreign keys: each would look up and lock the row of the workspace. A trigger on workspaces deletes them with it (migration 0006). Nothing
 * looks for one by its id, so only their order is a key, which grows at its end.
 */
import { sql } from 'drizzle-orm'
import { bigint, bigserial, index, jsonb, pgSequence, pgTable, text } from 'drizzle-orm/pg-core'
import type { EventType } from '../../model.ts'
import { moment } from './columns.ts'

/** Numbers events at publication, so that one that commits late is never skipped by a reader. */
export const eventPositions = pgSequence('event_positions')

export const events = pgTable(
  'events',
  {
    id: text('id').notNull(),
    ordinal: bigserial('ordinal', { mode: 'number' }).primaryKey(),
    position: bigint('position', { mode: 'number' }),
    workspaceId: text('workspace_id').notNull(),
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
    // Each event is written twice, and numbered the second time: the other indexes have it from then on.
    index('events_workspace').on(table.workspaceId, table.position).where(sql`${table.position} is not null`),
    index('events_run')
      .on(table.runId, table.position)
      .where(sql`${table.runId} is not null and ${table.position} is not null`),
    // Of what is old the oldest is deleted, and it lies together.
    index('events_age').using('brin', table.createdAt),
    // The history of a connection; a run's progress is none.
    index('events_connection')
      .on(table.connectionId, sql`${table.createdAt} desc`, sql`${table.ordinal} desc`)
      .where(
        sql`${table.connectionId} is not null and ${table.type} <> 'run.progress' and ${table.position} is not null`,
      ),
    // How refreshes went in a workspace, lately.
    index('events_refreshes')
      .on(table.workspaceId, table.createdAt)
      .where(
        sql`${table.type} in ('connection.refreshed', 'connection.degraded', 'connection.needs_reauthorization')
          and ${table.position} is not null`,
      ),
  ],
)

export const auditEntries = pgTable(
  'audit_entries',
  {
    id: text('id').notNull(),
    ordinal: bigserial('ordinal', { mode: 'number' }).primaryKey(),
    workspaceId: text('workspace_id').notNull(),
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
