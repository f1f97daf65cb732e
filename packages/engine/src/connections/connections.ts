/** What members do with connections. The work behind it is a due row that a worker takes up. */
import type { Registry } from '@wellhead/plugin-host'
import type { Audit } from '../audit/audit.ts'
import type { Database } from '../db/database.ts'
import { and, desc, eq, lt, or } from '../db/query.ts'
import { connections } from '../db/schema/index.ts'
import type { Signals } from '../db/signals.ts'
import type { JobName, JobPayload } from '../jobs/catalog.ts'
import type { Actor, Connection, Page } from '../model.ts'
import { decodePageCursor, encodePageCursor } from '../page-cursor.ts'
import type { Access } from '../refresh/access.ts'
import { requireScope, visibleTo } from '../tenancy/access.ts'
import type { Timings } from '../timings.ts'
import type { Vault } from '../vault/vault.ts'
import { createAsk } from './ask.ts'
import { createChange } from './change.ts'
import { createFinder, type Finder } from './find.ts'
import { createUse } from './use.ts'
import { createViews, type Views } from './views.ts'

export interface ConnectionsDeps {
  readonly db: Database
  readonly signals: Signals
  readonly vault: Vault
  readonly audit: Audit
  readonly registry: Registry
  readonly access: Access
  readonly timings: Timings
  /** Hands work to the queue; the row is the truth, so it never throws. */
  offer<Name extends JobName>(name: Name, payload: JobPayload<Name>): Promise<void>
}

/** What the parts of this room share. */
export interface ConnectionParts extends ConnectionsDeps {
  readonly find: Finder
  readonly show: Views
}

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

    ...createChange(parts),
    ...createAsk(parts),
    ...createUse(parts),
  }
}

export type Connections = ReturnType<typeof createConnections>
