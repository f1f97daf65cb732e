/**
 * The sweep: what makes the queue disposable. Every piece of work is a row with a due time. A timer in every worker finds
 * rows that are due and not already enqueued, marks them as enqueued for at most one horizon, and enqueues them. When the
 * queue loses the job, or its worker dies, the mark runs out and the row is found again. A duplicate job is harmless.
 *
 * No more are enqueued than are soon taken: the others wait in their table, in a fair order, and a mark that runs out behind a slow
 * provider does not fill the queue with the same rows again and again.
 */
import type { Logger } from '@wellhead/datasource-node'
import type { Database } from '../db/database.ts'
import { type SQL, sql } from '../db/query.ts'
import { reasonOf } from '../db/until-it-lands.ts'
import { type JobName, jobs, REFRESHES_OF_A_JOB } from './catalog.ts'
import type { Producer } from './producer.ts'

/** Stands still during a statement: by a clock that goes on, no index can be searched. */
const present = sql`statement_timestamp()`

/** One kind of due row. */
interface DueWork {
  readonly name: string
  /** What its rows become, and how many rows one job carries. */
  readonly jobs: readonly JobName[]
  readonly rowsOfAJob: number
  /** Marks up to `limit` due rows and returns their ids. */
  claim(horizonMs: number, limit: number): SQL
  enqueue(producer: Producer, rows: readonly DueRow[]): Promise<void>
  /** Takes the mark away when the queue could not be reached, so that the next sweep tries again. */
  unmark(ids: readonly string[]): SQL
}

interface DueRow {
  readonly id: string
  readonly work?: string | null
}

function dueWork(options: {
  name: string
  jobs: DueWork['jobs']
  rowsOfAJob?: number
  table: SQL
  id: SQL
  due: SQL
  /** Further conditions on a row that may be enqueued. */
  where: SQL
  /** The rows that are looked at (their ctid), when it is not simply the oldest. */
  candidates?: (limit: number) => SQL
  returning?: SQL
  enqueue: DueWork['enqueue']
}): DueWork {
  const { table, id, due, where, candidates } = options
  // Whoever is looked at is looked up by where the row lies. Were the due time to be searched by once more, the planner, which expects next
  // to nothing to be due, would go through all candidates for each due row. `is true` keeps it from that. A row that is written meanwhile
  // lies elsewhere, and is left to the next sweep.
  const isDue = (limit: number) =>
    candidates
      ? sql`ctid = any(array(${candidates(limit)})) and (${due} <= ${present}) is true`
      : sql`${due} <= ${present}`
  return {
    name: options.name,
    jobs: options.jobs,
    rowsOfAJob: options.rowsOfAJob ?? 1,
    claim: (horizonMs, limit) => sql`
      update ${table} set enqueued_until = clock_timestamp() + ${`${horizonMs} milliseconds`}::interval
      where ctid = any(array(
        select ctid from ${table}
        where ${isDue(limit)}
          and (enqueued_until is null or enqueued_until <= clock_timestamp())
          and ${where}
        order by ${due} limit ${limit} for update skip locked
      ))
      returning ${id} as id ${options.returning ?? sql``}`,
    enqueue: options.enqueue,
    unmark: (ids) => sql`update ${table} set enqueued_until = null where ${id} in ${ids}`,
  }
}

const notLeased = sql`(lease_until is null or lease_until <= clock_timestamp())`

/**
 * Round-robin by OAuth client, and by workspace within it: whoever has many due rows takes turns with whoever has few. While the
 * breaker of a client is open its rows wait here, and are not carried to a worker that may not send them; then one goes, which is the
 * probe. What may have been spent already goes all the same: a grace does not wait.
 *
 * Window functions and row locks do not go together, hence a query of its own.
 */
const fairly = (limit: number): SQL => sql`
  select place from (
    select *, row_number() over (partition by client order by turn, refresh_at) as client_turn from (
      select credentials.ctid as place, refresh_at, connections.oauth_client_id as client,
        breakers.open_until is not null and intent_generation is distinct from generation as is_tripped,
        row_number() over (partition by connections.oauth_client_id, connections.workspace_id order by refresh_at) as turn
      from credentials
        join connections on connections.id = connection_id
        left join breakers
          on breakers.data_source = connections.data_source and breakers.oauth_client_id = connections.oauth_client_id
      where refresh_at <= ${present}
        and (credentials.enqueued_until is null or credentials.enqueued_until <= clock_timestamp())
        and ${notLeased}
        and (
          breakers.open_until is null
          or greatest(breakers.open_until, breakers.probe_until) <= clock_timestamp()
          or intent_generation = generation
        )
    ) as by_workspace
  ) as by_client
  where client_turn = 1 or not is_tripped
  order by client_turn, refresh_at limit ${limit}`

export const dueWorks: readonly DueWork[] = [
  dueWork({
    name: 'connections',
    jobs: ['connection.validate', 'connection.erase'],
    table: sql`connections`,
    id: sql`id`,
    due: sql`due_at`,
    where: sql`work is not null`,
    returning: sql`, work`,
    async enqueue(producer, rows) {
      const ids = (work: string) => rows.filter((row) => row.work === work).map((row) => ({ connectionId: row.id }))
      await producer.enqueue('connection.validate', ids('validate'))
      await producer.enqueue('connection.erase', ids('erase'))
    },
  }),
  dueWork({
    name: 'authorizations',
    jobs: ['connection.authorize'],
    table: sql`authorizations`,
    id: sql`id`,
    due: sql`due_at`,
    where: notLeased,
    enqueue: (producer, rows) =>
      producer.enqueue(
        'connection.authorize',
        rows.map((row) => ({ authorizationId: row.id })),
      ),
  }),
  dueWork({
    name: 'credentials',
    jobs: ['connection.refresh_due'],
    rowsOfAJob: REFRESHES_OF_A_JOB,
    table: sql`credentials`,
    id: sql`connection_id`,
    due: sql`refresh_at`,
    where: notLeased,
    candidates: fairly,
    async enqueue(producer, rows) {
      const ids = rows.map((row) => row.id)
      const batches = Array.from({ length: Math.ceil(ids.length / REFRESHES_OF_A_JOB) }, (_, index) => ({
        connectionIds: ids.slice(index * REFRESHES_OF_A_JOB, (index + 1) * REFRESHES_OF_A_JOB),
      }))
      await producer.enqueue('connection.refresh_due', batches)
    },
  }),
  dueWork({
    name: 'runs',
    jobs: ['connection.preflight', 'run.execute'],
    table: sql`runs`,
    id: sql`id`,
    due: sql`due_at`,
    where: notLeased,
    enqueue: async (producer, rows) => {
      for (const row of rows) await producer.enqueueRun(row.id)
    },
  }),
]

export interface SweepTimings {
  /** Milliseconds that a row counts as enqueued. */
  readonly horizonMs: number
  /** Most rows of one kind that a sweep enqueues, and that wait in the queue before it enqueues no more. */
  readonly sweepLimit: number
}

export interface Swept {
  /** Rows that were enqueued. */
  readonly rows: number
  /** More may be due than there was room for. */
  readonly isMore: boolean
}

/** One sweep over every kind of due work. */
export async function sweepOnce(db: Database, producer: Producer, timings: SweepTimings, log: Logger): Promise<Swept> {
  let rows = 0
  let isMore = false
  for (const work of dueWorks) {
    const swept = await sweepKind(work, db, producer, timings).catch((error) => {
      if (!(error instanceof QueueAway)) throw error
      log.warn('the queue cannot be reached; due work waits', { kind: work.name, error: reasonOf(error.cause) })
    })
    rows += swept?.rows ?? 0
    isMore ||= swept?.isMore ?? false
  }
  return { rows, isMore }
}

/** Of the room, so much must be free: to look through all that is due takes as long for a few rows as for many. */
const WORTH_A_LOOK = 0.25

class QueueAway extends Error {}

async function sweepKind(work: DueWork, db: Database, producer: Producer, timings: SweepTimings): Promise<Swept> {
  const ask = <Answer>(answer: Promise<Answer>) =>
    answer.catch((cause) => {
      throw new QueueAway('The queue cannot be reached.', { cause })
    })
  const queues = new Set(work.jobs.map((name) => jobs[name].queue))
  const waiting = await ask(Promise.all([...queues].map((name) => producer.waiting(name))))
  const room = timings.sweepLimit - work.rowsOfAJob * waiting.reduce((sum, count) => sum + count, 0)
  if (room < timings.sweepLimit * WORTH_A_LOOK) return { rows: 0, isMore: true }
  const rows = [...(await db.execute<{ id: string; work?: string | null }>(work.claim(timings.horizonMs, room)))]
  if (rows.length === 0) return { rows: 0, isMore: false }
  try {
    await ask(work.enqueue(producer, rows))
  } catch (error) {
    await db.execute(work.unmark(rows.map((row) => row.id)))
    throw error
  }
  return { rows: rows.length, isMore: rows.length === room }
}
