/** How the installation stands, asked of the database and the queue: the same from whatever process it is asked. */
import type { Registry } from '@wellhead/plugin-host'
import type { Database } from '../db/database.ts'
import { count, sql } from '../db/query.ts'
import { connections } from '../db/schema/index.ts'
import type { Figures } from '../engine.ts'

export async function readFigures(
  db: Database,
  registry: Registry,
  jobCounts: () => Promise<Figures['jobs']>,
): Promise<Figures> {
  const [byStatus, [refreshes], [waiting], open, underWay, jobs] = await Promise.all([
    db.select({ status: connections.status, count: count() }).from(connections).groupBy(connections.status),
    db.execute<{ overdue: string; oldest: string | null }>(
      sql`select count(*) as overdue, extract(epoch from clock_timestamp() - min(refresh_at)) as oldest from credentials where refresh_at < statement_timestamp() - interval '1 minute'`,
    ),
    db.execute<{ count: string }>(sql`select count(*) from events where position is null`),
    db.execute<{ data_source: string; client: 'default' | 'custom'; count: string }>(sql`
      select breakers.data_source, case when workspace_id is null then 'default' else 'custom' end as client, count(*)
      from breakers join oauth_clients on oauth_clients.id = oauth_client_id
      where open_until is not null group by 1, 2`),
    // What has not ended is due, which keeps to an index of those rows alone.
    db.execute<{ status: string; count: string }>(
      sql`select status, count(*) from runs where due_at is not null and finished_at is null group by status`,
    ),
    jobCounts(),
  ])
  const oauth = registry.all().filter(({ source }) => source.auth.some(({ method }) => method === 'oauth2'))
  const breakersOpen = oauth.flatMap(({ source: { id } }) =>
    (['default', 'custom'] as const).map((client) => ({
      dataSource: id,
      client,
      count: Number(open.find((row) => row.data_source === id && row.client === client)?.count ?? 0),
    })),
  )
  return {
    connectionsByStatus: Object.fromEntries(byStatus.map((row) => [row.status, row.count])),
    refreshesOverdue: Number(refreshes?.overdue ?? 0),
    oldestOverdueSeconds: Math.max(0, Number(refreshes?.oldest ?? 0)),
    breakersOpen,
    runsUnderWay: Object.fromEntries(
      ['queued', 'running'].map((status) => [
        status,
        Number(underWay.find((row) => row.status === status)?.count ?? 0),
      ]),
    ),
    eventsUnpublished: Number(waiting?.count ?? 0),
    jobs,
  }
}
