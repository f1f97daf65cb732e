/**
 * How a workspace stands, for the people who look after it. Numbers count all of it; a name is told to those alone who may see the
 * connection. Each query keeps to the workspace's own rows by an index, and the time that it looks back is bounded.
 */
import type { Database, Transaction } from '../db/database.ts'
import { and, count, desc, eq, isNotNull, ne, sql } from '../db/query.ts'
import { connections, runs } from '../db/schema/index.ts'
import type { Health } from '../engine.ts'
import { type Actor, connectionStatuses, runStatuses } from '../model.ts'
import { requireRole, requireScope, visibleTo } from '../tenancy/access.ts'

/** The schedule that is shown: twelve halves of an hour. */
const AHEAD = { buckets: 12, minutes: 30 } as const
/** How far back is looked. */
const BACK_HOURS = 24
const MOST_FAILURES = 20
const OVER_KEPT_MS = 60_000
/** A sweep comes every few seconds; what is due for longer is overdue. */
const OVERDUE = sql.raw(`interval '1 minute'`)

export function createHealth(
  db: Database,
  jobCounts: () => Promise<Health['jobs']>,
): (actor: Actor) => Promise<Health> {
  const readRefreshes = createHours()
  return async (actor) => {
    requireScope(actor, 'audit:read')
    requireRole(actor, 'editor', 'see how the workspace stands')
    const { workspaceId } = actor
    const [jobs, rest] = await Promise.all([
      jobCounts(),
      // One picture, and one connection of the pool: whoever looks at it takes nothing from those who ask for tokens.
      db.transaction(
        async (tx) => ({
          at: new Date(),
          connectionsByStatus: counted(
            connectionStatuses,
            await tx
              .select({ status: connections.status, count: count() })
              .from(connections)
              .where(eq(connections.workspaceId, workspaceId))
              .groupBy(connections.status),
          ),
          schedule: await readSchedule(tx, workspaceId),
          breakers: await readBreakers(tx, workspaceId),
          failures: await readFailures(tx, db, actor),
          refreshes: await readRefreshes(tx, workspaceId),
          runsByStatus: counted(
            runStatuses,
            await tx
              .select({ status: runs.status, count: count() })
              .from(runs)
              .where(
                and(
                  eq(runs.workspaceId, workspaceId),
                  sql`${runs.createdAt} >= now() - make_interval(hours => ${BACK_HOURS})`,
                ),
              )
              .groupBy(runs.status),
          ),
        }),
        { isolationLevel: 'repeatable read', accessMode: 'read only' },
      ),
    ])
    return { ...rest, jobs }
  }
}

function counted<Status extends string>(
  statuses: readonly Status[],
  rows: readonly { status: Status; count: number }[],
): Readonly<Record<Status, number>> {
  const found = new Map(rows.map((row) => [row.status, row.count]))
  return Object.fromEntries(statuses.map((status) => [status, found.get(status) ?? 0])) as Record<Status, number>
}

async function readSchedule(db: Transaction, workspaceId: string): Promise<Health['schedule']> {
  const rows = await db.execute<{ bucket: number; count: string; oldest: string | null }>(sql`
    select bucket, count(*), extract(epoch from max(late)) as oldest
    from (
      select clock_timestamp() - refresh_at as late,
        case
          when refresh_at < clock_timestamp() - ${OVERDUE} then -1
          else least(greatest(floor(extract(epoch from refresh_at - now()) / ${AHEAD.minutes * 60}), 0), ${AHEAD.buckets})
        end::int as bucket
      from connections join credentials on credentials.connection_id = connections.id
      where connections.workspace_id = ${workspaceId} and refresh_at is not null
    ) as due
    group by bucket`)
  const of = (bucket: number) => rows.find((row) => row.bucket === bucket)
  const overdue = of(-1)
  return {
    bucketMinutes: AHEAD.minutes,
    due: Array.from({ length: AHEAD.buckets }, (_, bucket) => Number(of(bucket)?.count ?? 0)),
    later: Number(of(AHEAD.buckets)?.count ?? 0),
    overdue: Number(overdue?.count ?? 0),
    oldestOverdueSeconds: Math.round(Number(overdue?.oldest ?? 0)),
  }
}

/** Only what is not well has a row. A default client is everybody's, so its breaker concerns each workspace that uses it. */
async function readBreakers(db: Transaction, workspaceId: string): Promise<Health['breakers']> {
  const rows = await db.execute<{
    data_source: string
    client_id: string
    kind: 'default' | 'custom'
    state: 'counting' | 'open' | 'probing'
    failures: number
    until: string | null
    reason: string | null
    connections: string
  }>(sql`
    select breakers.data_source, oauth_clients.id as client_id, breakers.failures, breakers.reason,
      case when oauth_clients.workspace_id is null then 'default' else 'custom' end as kind,
      case when open_until is null then 'counting' when open_until > clock_timestamp() then 'open' else 'probing' end as state,
      extract(epoch from open_until) * 1000 as until,
      used.count as connections
    from breakers
    join oauth_clients on oauth_clients.id = breakers.oauth_client_id
    cross join lateral (
      select count(*) from connections
      where connections.workspace_id = ${workspaceId} and connections.data_source = breakers.data_source
        and connections.oauth_client_id = oauth_clients.id and connections.status <> 'deleting'
    ) as used
    where coalesce(oauth_clients.workspace_id, '') in ('', ${workspaceId})
      and (used.count > 0 or oauth_clients.workspace_id is not null)
    order by open_until desc nulls last, breakers.data_source`)
  return rows.map((row) => ({
    dataSource: row.data_source,
    client: { id: row.client_id, kind: row.kind },
    state: row.state,
    failures: row.failures,
    openUntil: row.state === 'open' ? new Date(Number(row.until)) : null,
    reason: row.reason,
    connections: Number(row.connections),
  }))
}

async function readFailures(tx: Transaction, db: Database, actor: Actor): Promise<Health['failures']> {
  const isFailing = and(isNotNull(connections.lastError), ne(connections.status, 'deleting'))
  const visible = visibleTo(db, actor)
  const [counts] = await tx
    .select({ total: count(), seen: sql<number>`count(*) filter (where ${visible})`.mapWith(Number) })
    .from(connections)
    .where(and(eq(connections.workspaceId, actor.workspaceId), isFailing))
  const latest = await tx
    .select({
      id: connections.id,
      name: connections.name,
      dataSource: connections.dataSource,
      status: connections.status,
      error: connections.lastError,
    })
    .from(connections)
    .where(and(visible, isFailing))
    // ISO 8601 in UTC: in the order of time as text.
    .orderBy(desc(sql`${connections.lastError}->>'at'`), connections.id)
    .limit(MOST_FAILURES)
  const total = counts?.total ?? 0
  return {
    total,
    hidden: total - (counts?.seen ?? 0),
    latest: latest.map(({ error, ...row }) => ({
      ...row,
      error: { code: error?.code ?? '', message: error?.message ?? '', at: new Date(error?.at ?? 0) },
    })),
  }
}

type Hour = Health['refreshes'][number]

/**
 * How refreshes went, by the hour. Whoever looks at it asks every few seconds, and a large workspace has a hundred thousand events a day:
 * hours that are over are counted once a minute (an event may commit late), and the one that goes on each time.
 */
function createHours() {
  const over = new Map<string, { until: number; readAt: number; hours: readonly Hour[] }>()
  return async function read(tx: Transaction, workspaceId: string): Promise<readonly Hour[]> {
    const [current] = await readHours(tx, workspaceId, { from: 0, to: 0 })
    const until = current?.from.getTime() ?? 0
    let kept = over.get(workspaceId)
    if (kept?.until !== until || kept.readAt < performance.now() - OVER_KEPT_MS) {
      if (over.size > 1_000) over.clear()
      kept = {
        until,
        readAt: performance.now(),
        hours: await readHours(tx, workspaceId, { from: BACK_HOURS - 1, to: 1 }),
      }
      over.set(workspaceId, kept)
    }
    return [...kept.hours, ...(current ? [current] : [])]
  }
}

/** From so many hours before this one up to so many before it. */
async function readHours(tx: Transaction, workspaceId: string, { from, to }: { from: number; to: number }) {
  // The index of these events is for exactly these types.
  const rows = await tx.execute<{ at: string; refreshed: string; degraded: string; lost: string }>(sql`
    with bounds as (select date_bin('1 hour', now(), timestamptz 'epoch') as this_hour),
    told as (
      select date_bin('1 hour', created_at, timestamptz 'epoch') as at,
        count(*) filter (where type = 'connection.refreshed') as refreshed,
        count(*) filter (where type = 'connection.degraded') as degraded,
        count(*) filter (where type = 'connection.needs_reauthorization') as lost
      from events
      where workspace_id = ${workspaceId}
        and created_at >= date_bin('1 hour', now(), timestamptz 'epoch') - make_interval(hours => ${from})
        and created_at < date_bin('1 hour', now(), timestamptz 'epoch') - make_interval(hours => ${to - 1})
        and type in ('connection.refreshed', 'connection.degraded', 'connection.needs_reauthorization')
        and position is not null
      group by 1
    )
    select extract(epoch from hour.at) * 1000 as at, coalesce(refreshed, 0) as refreshed,
      coalesce(degraded, 0) as degraded, coalesce(lost, 0) as lost
    from bounds
    cross join generate_series(this_hour - make_interval(hours => ${from}), this_hour - make_interval(hours => ${to}), '1 hour') as hour(at)
    left join told on told.at = hour.at
    order by hour.at`)
  return rows.map(
    (row): Hour => ({
      from: new Date(Number(row.at)),
      refreshed: Number(row.refreshed),
      degraded: Number(row.degraded),
      needsReauthorization: Number(row.lost),
    }),
  )
}
