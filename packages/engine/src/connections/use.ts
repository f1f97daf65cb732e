/** A connection in use: which one a run takes, and the credential itself. */
import { gather } from '../db/gather.ts'
import { and, desc, eq, sql } from '../db/query.ts'
import { connections } from '../db/schema/index.ts'
import { EngineError } from '../errors.ts'
import type { AccessToken, Actor } from '../model.ts'
import { requireScope, visibleTo } from '../tenancy/access.ts'
import type { ConnectionParts } from './parts.ts'
import { createReads } from './reads.ts'
import type { ConnectionRow } from './transitions.ts'

export function createUse({ db, audit, access, find }: ConnectionParts) {
  const read = createReads(db)
  const touched = new Map<string, number>()
  const write = gather(
    async (ids: readonly string[]) => {
      // A row that somebody else has in hand is not waited for: it counts as used all the same, a minute later.
      await db.execute(sql`
        update connections set last_used_at = now() where id in (
          select id from connections where id = any(${sql.param(ids)}::text[]) for no key update skip locked)`)
      return ids.map(() => undefined)
    },
    { most: 500, atOnce: 1 },
  )

  /** To the minute: a busy connection does not write its row with each use. */
  async function touch(id: string): Promise<void> {
    const now = Date.now()
    if ((touched.get(id) ?? 0) > now - 60_000) return
    if (touched.size > 100_000) touched.clear()
    touched.set(id, now)
    await write(id)
  }

  return {
    async accessToken(
      actor: Actor,
      id: string,
      options: { minTtlSeconds?: number; rejectedGeneration?: number },
    ): Promise<AccessToken> {
      requireScope(actor, 'credentials:read')
      // Mostly what is read is good, and its audit entry is committed with the reading.
      let recorded: number | undefined
      return access.accessToken(id, options, {
        async read() {
          const { loaded, isRecorded } = await read(actor, id, options)
          recorded = isRecorded ? loaded.credential.generation : undefined
          return loaded
        },
        async recorded(generation) {
          await Promise.all([generation === recorded || audit.recordRead(actor, id, generation), touch(id)])
        },
      })
    },

    /** Which connection a run uses: the named one, else the default, else the only one. */
    async forUse(actor: Actor, dataSource: string, id: string | undefined): Promise<ConnectionRow> {
      if (id !== undefined) {
        const row = await find.visible(db, actor, id)
        if (row.dataSource !== dataSource)
          throw new EngineError('connection_not_found', `This connection is not one to ${dataSource}.`)
        return row
      }
      const rows = await db
        .select()
        .from(connections)
        .where(
          and(visibleTo(db, actor), eq(connections.dataSource, dataSource), sql`${connections.status} <> 'deleting'`),
        )
        .orderBy(desc(connections.isDefault), connections.createdAt)
        .limit(2)
      const [first] = rows
      if (first && (first.isDefault || rows.length === 1)) return first
      throw new EngineError(
        'no_default_connection',
        first
          ? 'There are several connections and none is the default. Name one, or make one the default.'
          : 'There is no connection to this data source. Connect one first.',
      )
    },

    touch,
  }
}
