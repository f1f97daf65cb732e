/**
 * The outbox: an event is written in the transaction of the change it tells of, and numbered when it is published. A reader
 * who goes on from a number therefore never misses an event whose transaction committed late. Delivery is at least once
 * and in order within a workspace.
 */

import { setTimeout as delay } from 'node:timers/promises'
import type { Database, Transaction } from '../db/database.ts'
import { and, asc, eq, gt, isNotNull, isNull, max, or, sql } from '../db/query.ts'
import { events } from '../db/schema/index.ts'
import { CHANNEL, notify, type Signals } from '../db/signals.ts'
import { storable } from '../db/storable.ts'
import { newId } from '../ids.ts'
import type { Actor, Event, EventType } from '../model.ts'

export interface NewEvent {
  readonly workspaceId: string
  readonly type: EventType
  readonly connectionId?: string | null
  readonly authorizationId?: string | null
  readonly runId?: string | null
  /** The members who may see it; null for the whole workspace. */
  readonly audience: readonly string[] | null
  readonly data: Record<string, unknown>
}

/** The signal that an event waits for its number. */
export const UNPUBLISHED = 'outbox'
const PUBLISHED = 'events'

/** Must be given the transaction of the change that the event tells of. */
export async function emit(tx: Transaction, event: NewEvent): Promise<void> {
  await tx.insert(events).values({
    ...event,
    data: storable(event.data),
    id: newId('evt'),
    audience: event.audience ? [...event.audience] : null,
  })
  await notify(tx, UNPUBLISHED)
}

const PUBLISH_LOCK = 7_235_042
const BATCH = 500

/** An event that was numbered just now. */
export interface Numbered {
  readonly type: EventType
  readonly dataSource: string | null
}

/**
 * Numbers what has committed since, in the order it was written. One publisher at a time over all processes, and each event once:
 * `onNumbered` is told of it after that is certain.
 */
export async function publish(db: Database, onNumbered?: (event: Numbered) => void): Promise<number> {
  let total = 0
  for (;;) {
    // What another publisher has numbered between the look and the lock is seen as waiting here, hence the second `is null`: that one is
    // asked of the row as it is now.
    const numbered = await db.execute<{ type: EventType; data_source: string | null }>(sql`
      with turn as materialized (
        select pg_try_advisory_xact_lock(${PUBLISH_LOCK}) as is_ours
      ), numbered as (
        update events set position = next.position
        from (
          select ordinal, nextval('event_positions') as position
          from (
            select ordinal from events where position is null and (select is_ours from turn) order by ordinal limit ${BATCH}
          ) as waiting
        ) as next
        where events.ordinal = next.ordinal and events.position is null
        returning events.type, events.data->>'data_source' as data_source
      )
      select type, data_source, (select pg_notify(${CHANNEL}, ${PUBLISHED})) from numbered`)
    for (const row of numbered) onNumbered?.({ type: row.type, dataSource: row.data_source })
    total += numbered.length
    if (numbered.length < BATCH) return total
  }
}

/** More events than are numbered between a dump and its restore. */
const JUMP = 1_000_000_000

/**
 * For a database that was put back: readers may have seen numbers that it has not given yet, and would take the events that get
 * those next for known ones. What was not numbered when the dump was made is published, perhaps for the second time, under the id
 * that it always had.
 */
export async function jumpPositions(tx: Transaction): Promise<void> {
  await tx.execute(sql`
    select setval('event_positions', greatest((select last_value from event_positions),
      (select coalesce(max(position), 0) from events)) + ${JUMP}::bigint)`)
}

/** Milliseconds between two publications, so that many events in a row do not cost a transaction each. */
const PAUSE_MS = 50

/** Publishes at each signal and every `pollMs`, until stopped. */
export function startPublisher(
  db: Database,
  signals: Signals,
  options: { pollMs: number; onError(error: unknown): void; onNumbered?(event: Numbered): void },
): { stop(): Promise<void> } {
  const stopping = new AbortController()
  const loop = (async () => {
    while (!stopping.signal.aborted) {
      const waiting = signals.wait(UNPUBLISHED, options.pollMs, stopping.signal)
      await publish(db, options.onNumbered).catch(options.onError)
      await waiting
      await delay(PAUSE_MS)
    }
  })()
  return {
    async stop() {
      stopping.abort()
      await loop
    },
  }
}

export async function* subscribe(
  db: Database,
  signals: Signals,
  actor: Actor,
  options: { after?: number | undefined; runId?: string | undefined; signal: AbortSignal; pollMs: number },
): AsyncIterable<Event> {
  let after = options.after ?? (await newestPosition(db, actor.workspaceId))
  while (!options.signal.aborted) {
    const waiting = signals.wait(PUBLISHED, options.pollMs, options.signal)
    const rows = await db
      .select()
      .from(events)
      .where(
        and(
          eq(events.workspaceId, actor.workspaceId),
          isNotNull(events.position),
          gt(events.position, after),
          or(isNull(events.audience), sql`${actor.userId} = any(${events.audience})`),
          options.runId ? eq(events.runId, options.runId) : undefined,
        ),
      )
      .orderBy(asc(events.position))
      .limit(200)
    for (const row of rows) {
      after = row.position as number
      const { audience: _, ordinal: __, ...event } = row
      yield { ...event, position: after }
      if (options.signal.aborted) return
    }
    if (rows.length === 0) await waiting
  }
}

async function newestPosition(db: Database, workspaceId: string): Promise<number> {
  const [row] = await db
    .select({ position: max(events.position) })
    .from(events)
    .where(and(eq(events.workspaceId, workspaceId), isNotNull(events.position)))
  return row?.position ?? 0
}
