/** A connection's name is unique among a workspace's connections to a data source. */

import type { Transaction } from '../db/database.ts'
import { and, count, eq, sql } from '../db/query.ts'
import { connections } from '../db/schema/index.ts'
import { EngineError } from '../errors.ts'
import type { Actor } from '../model.ts'
import type { ConnectionRow } from './transitions.ts'

/** One at a time per workspace and source, so that names and the default are decided in order. */
export async function takeTurns(
  tx: Transaction,
  { workspaceId, dataSource }: { workspaceId: string; dataSource: string },
): Promise<void> {
  await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`${workspaceId}:${dataSource}`}, 0))`)
}

/** A workspace's first connection to a data source is its default. */
export async function insertConnection(
  tx: Transaction,
  options: {
    id: string
    actor: Pick<Actor, 'workspaceId' | 'userId'>
    dataSource: string
    name: string | undefined
    fallbackName: string
    values: Pick<typeof connections.$inferInsert, 'method' | 'status'> & Partial<typeof connections.$inferInsert>
  },
): Promise<ConnectionRow> {
  const { actor, dataSource } = options
  await takeTurns(tx, { workspaceId: actor.workspaceId, dataSource })
  const scope = and(
    eq(connections.workspaceId, actor.workspaceId),
    eq(connections.dataSource, dataSource),
    sql`${connections.status} <> 'deleting'`,
  )
  const taken = new Set(
    (await tx.select({ name: connections.name }).from(connections).where(scope)).map((row) => row.name),
  )
  if (options.name !== undefined && taken.has(options.name))
    throw new EngineError('name_taken', `There is already a connection named "${options.name}" to this source.`)
  const [others] = await tx
    .select({ count: count() })
    .from(connections)
    .where(and(scope, eq(connections.isDefault, true)))
  const [row] = await tx
    .insert(connections)
    .values({
      ...options.values,
      id: options.id,
      workspaceId: actor.workspaceId,
      dataSource,
      name: options.name ?? numbered(options.fallbackName, taken),
      createdBy: actor.userId,
      isDefault: (others?.count ?? 0) === 0,
    })
    .returning()
  return row as ConnectionRow
}

function numbered(name: string, taken: ReadonlySet<string>): string {
  if (!taken.has(name)) return name
  for (let number = 2; ; number++) if (!taken.has(`${name} ${number}`)) return `${name} ${number}`
}

/** After `takeTurns`. @throws EngineError `name_taken` */
export async function freeName(tx: Transaction, row: ConnectionRow, name: string): Promise<string> {
  if (name === row.name) return name
  const [other] = await tx
    .select({ id: connections.id })
    .from(connections)
    .where(
      and(
        eq(connections.workspaceId, row.workspaceId),
        eq(connections.dataSource, row.dataSource),
        eq(connections.name, name),
        sql`${connections.status} <> 'deleting'`,
      ),
    )
  if (other) throw new EngineError('name_taken', `There is already a connection named "${name}" to this source.`)
  return name
}
