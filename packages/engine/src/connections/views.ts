/** Connections as they are shown, with what their other tables tell. */
import type { Database } from '../db/database.ts'
import { eq, inArray } from '../db/query.ts'
import { breakers, connectionMembers, credentials, oauthClients } from '../db/schema/index.ts'
import type { Connection } from '../model.ts'
import { usesOf } from '../pipelines/uses.ts'
import { pausedUntil } from '../refresh/breaker.ts'
import type { ConnectionRow } from './transitions.ts'
import { connectionView } from './view.ts'

export function createViews(db: Database) {
  async function views(rows: readonly ConnectionRow[]): Promise<Connection[]> {
    const ids = rows.map((row) => row.id)
    if (ids.length === 0) return []
    const [secrets, chosen, uses, clients] = await Promise.all([
      db
        .select({
          connectionId: credentials.connectionId,
          generation: credentials.generation,
          expiresAt: credentials.expiresAt,
          lastRefreshedAt: credentials.lastRefreshedAt,
        })
        .from(credentials)
        .where(inArray(credentials.connectionId, ids)),
      db.select().from(connectionMembers).where(inArray(connectionMembers.connectionId, ids)),
      usesOf(db, ids),
      db
        .select({
          id: oauthClients.id,
          workspaceId: oauthClients.workspaceId,
          pausedUntil,
          pauseReason: breakers.reason,
        })
        .from(oauthClients)
        .leftJoin(breakers, eq(breakers.clientId, oauthClients.id))
        .where(
          inArray(
            oauthClients.id,
            rows.map((row) => row.clientId).filter((id) => id !== null),
          ),
        ),
    ])
    return rows.map((row) =>
      connectionView(row, {
        credential: secrets.find((secret) => secret.connectionId === row.id) ?? {
          generation: 0,
          expiresAt: null,
          lastRefreshedAt: null,
        },
        client: clients.find((client) => client.id === row.clientId) ?? null,
        pipelines: uses.filter((use) => use.connectionId === row.id).map(({ connectionId: _, ...use }) => use),
        memberIds: chosen.filter((member) => member.connectionId === row.id).map((member) => member.userId),
      }),
    )
  }

  const viewOf = async (row: ConnectionRow): Promise<Connection> => (await views([row]))[0] as Connection

  return { views, viewOf }
}

export type Views = ReturnType<typeof createViews>
