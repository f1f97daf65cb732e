import { and, desc, eq, lt, or } from '../db/query.ts'
import { connections } from '../db/schema/index.ts'
import type { Actor, Connection, Page } from '../model.ts'
import { decodePageCursor, encodePageCursor } from '../page-cursor.ts'
import { requireScope, visibleTo } from '../tenancy/access.ts'
import { createAsk } from './ask.ts'
import { createChange } from './change.ts'
import { createFinder } from './find.ts'
import { createHistory } from './history.ts'
import type { ConnectionParts, ConnectionsDeps } from './parts.ts'
import { createUse } from './use.ts'
import { createViews } from './views.ts'

export function createConnections(deps: ConnectionsDeps) {
  const { db } = deps
  const find = createFinder(db)
  const show = createViews(db)
  const parts: ConnectionParts = { ...deps, find, show }

  return {
    async list(
      actor: Actor,
      filter: { dataSource?: string; cursor?: string; limit?: number },
    ): Promise<Page<Connection>> {
      requireScope(actor, 'connections:read')
      const limit = filter.limit ?? 50
      const before = filter.cursor === undefined ? undefined : decodePageCursor(filter.cursor)
      const rows = await db
        .select()
        .from(connections)
        .where(
          and(
            visibleTo(db, actor),
            filter.dataSource ? eq(connections.dataSource, filter.dataSource) : undefined,
            before &&
              or(
                lt(connections.createdAt, before.at),
                and(eq(connections.createdAt, before.at), lt(connections.id, before.id)),
              ),
          ),
        )
        .orderBy(desc(connections.createdAt), desc(connections.id))
        .limit(limit + 1)
      const items = rows.slice(0, limit)
      const last = items.at(-1)
      return {
        items: await show.views(items),
        nextCursor: rows.length > limit && last ? encodePageCursor(last.createdAt, last.id) : null,
      }
    },

    async get(actor: Actor, id: string): Promise<Connection> {
      requireScope(actor, 'connections:read')
      return show.viewOf(await find.visible(db, actor, id))
    },

    ...createHistory(db, find),
    ...createChange(parts),
    ...createAsk(parts),
    ...createUse(parts),
  }
}

export type Connections = ReturnType<typeof createConnections>
