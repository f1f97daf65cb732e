/**
 * What happened to a connection, newest first, out of two logs: its published events, and what members did to it. Left out is what
 * comes by the thousand and would bury the rest: the progress of runs, and reads of the credential, which the audit trail has.
 */
import type { Database } from '../db/database.ts'
import { and, desc, eq, isNotNull, lt, lte, or, type SQL, sql } from '../db/query.ts'
import { apiTokens, auditEntries, events, users } from '../db/schema/index.ts'
import { EngineError } from '../errors.ts'
import type { Actor, HistoryEntry, Page } from '../model.ts'
import { decodePageCursor, encodePageCursor } from '../page-cursor.ts'
import { requireScope } from '../tenancy/access.ts'
import type { Finder } from './find.ts'

/** Where an entry stands: entries of one moment go by their log, an act before the event that it caused, and then by their number. */
interface Place {
  readonly at: Date
  readonly log: 'event' | 'audit'
  readonly ordinal: number
}

type Placed = HistoryEntry & Place

export function createHistory(db: Database, find: Finder) {
  return {
    async history(
      actor: Actor,
      id: string,
      { cursor, limit = 50 }: { cursor?: string; limit?: number },
    ): Promise<Page<HistoryEntry>> {
      requireScope(actor, 'connections:read')
      await find.visible(db, actor, id)
      const before = cursor === undefined ? undefined : placeOf(cursor)
      const logs = await Promise.all([
        eventsOf(db, actor, id, before, limit + 1),
        actsOn(db, actor, id, before, limit + 1),
      ])
      const found = logs.flat().sort(newestFirst)
      const items = found.slice(0, limit)
      const last = items.at(-1)
      return {
        items: items.map(({ ordinal: _, log: __, ...entry }) => entry),
        nextCursor: found.length > limit && last ? encodePageCursor(last.at, `${last.log}:${last.ordinal}`) : null,
      }
    },
  }
}

async function eventsOf(db: Database, actor: Actor, id: string, before: Place | undefined, limit: number) {
  const rows = await db
    .select()
    .from(events)
    .where(
      and(
        eq(events.connectionId, id),
        eq(events.workspaceId, actor.workspaceId),
        sql`${events.type} <> 'run.progress'`,
        isNotNull(events.position),
        // An attempt is the business of the member who made it. The rest is for all who may see the connection now.
        sql`(${events.type} not like 'authorization.%' or ${actor.userId} = any(${events.audience}))`,
        before && olderThan(before, 'event', events.createdAt, events.ordinal),
      ),
    )
    .orderBy(desc(events.createdAt), desc(events.ordinal))
    .limit(limit)
  return rows.map(
    (row): Placed => ({
      id: row.id,
      at: row.createdAt,
      type: row.type,
      actor: null,
      runId: row.runId,
      authorizationId: row.authorizationId,
      data: row.data,
      log: 'event',
      ordinal: row.ordinal,
    }),
  )
}

async function actsOn(db: Database, actor: Actor, id: string, before: Place | undefined, limit: number) {
  const rows = await db
    .select({ entry: auditEntries, userName: users.name, tokenName: apiTokens.name })
    .from(auditEntries)
    .leftJoin(users, eq(users.id, auditEntries.userId))
    .leftJoin(apiTokens, eq(apiTokens.id, auditEntries.tokenId))
    .where(
      and(
        eq(auditEntries.workspaceId, actor.workspaceId),
        eq(auditEntries.subject, id),
        sql`${auditEntries.action} <> 'credential.read'`,
        before && olderThan(before, 'audit', auditEntries.at, auditEntries.ordinal),
      ),
    )
    .orderBy(desc(auditEntries.at), desc(auditEntries.ordinal))
    .limit(limit)
  return rows.map(
    ({ entry, userName, tokenName }): Placed => ({
      id: entry.id,
      at: entry.at,
      type: entry.action,
      actor: {
        userId: entry.userId,
        name: userName,
        token: entry.tokenId === null ? null : { id: entry.tokenId, name: tokenName },
      },
      runId: null,
      authorizationId: null,
      data: entry.data,
      log: 'audit',
      ordinal: entry.ordinal,
    }),
  )
}

/** In a form of which an index takes the first part, so that a later page costs what the first one does. */
function olderThan(
  place: Place,
  log: Place['log'],
  at: typeof events.createdAt | typeof auditEntries.at,
  ordinal: typeof events.ordinal | typeof auditEntries.ordinal,
): SQL | undefined {
  if (log === place.log) return and(lte(at, place.at), or(lt(at, place.at), lt(ordinal, place.ordinal)))
  return log === 'audit' ? lte(at, place.at) : lt(at, place.at)
}

function newestFirst(a: Placed, b: Placed): number {
  if (a.at.getTime() !== b.at.getTime()) return b.at.getTime() - a.at.getTime()
  if (a.log !== b.log) return a.log === 'event' ? -1 : 1
  return b.ordinal - a.ordinal
}

/** @throws EngineError `invalid_cursor` */
function placeOf(cursor: string): Place {
  const { at, id } = decodePageCursor(cursor)
  const [, log, ordinal] = /^(event|audit):(\d{1,15})$/.exec(id) ?? []
  if (log === undefined) throw new EngineError('invalid_cursor', 'This cursor is not one of this list.')
  return { at, log: log as Place['log'], ordinal: Number(ordinal) }
}
