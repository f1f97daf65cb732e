import { each, until } from '@wellhead/chaos/harness/until'
import postgres from 'postgres'
import { createBareRefresher } from '../bare/refresh.ts'
import type { Arena } from '../harness/arena.ts'
import type { Bench, Line } from '../harness/bench.ts'
import { openRooms } from '../harness/engine.ts'
import { rate } from '../harness/figures.ts'
import { startWorker } from '../harness/process.ts'
import { dataSource, startProvider } from '../harness/provider.ts'
import { compare, median } from '../harness/rounds.ts'
import { fill, idOf, ownerOf } from '../harness/seed.ts'

const CONNECTIONS = 1_000
/** As packages/engine/src/jobs/consumers.ts has it: how many refreshes a worker has under way. */
const AT_ONCE = 64
const SLOW_MS = 200
/** How long a sweep marks a row as enqueued. */
const HORIZON_MS = 15_000
const ids = Array.from({ length: CONNECTIONS }, (_, index) => idOf(index + 1))

/** A thousand due connections, one worker, and a provider that rotates refresh tokens in a process of its own. */
export const backgroundRefreshes: Bench = {
  name: 'background-refreshes',
  async *run(arena): AsyncGenerator<Line> {
    if (arena.redis) yield* onQueue(arena, 'Redis', arena.redis.url, 0.5)
    yield* onQueue(arena, 'PostgreSQL', undefined, 0.3)
  },
}

async function* onQueue(
  arena: Arena,
  queue: string,
  queueUrl: string | undefined,
  atLeast: number,
): AsyncGenerator<Line> {
  await using stack = new AsyncDisposableStack()
  const databaseUrl = await arena.installation.database()
  const sql = postgres(databaseUrl, { max: 10, onnotice: () => {} })
  stack.defer(() => sql.end({ timeout: 5 }))
  const provider = stack.use(await startProvider())
  const { server, config } = provider
  const timings = { sweepMs: 100, horizonMs: HORIZON_MS }
  stack.use(await startWorker(arena, { databaseUrl, ...(queueUrl ? { queueUrl } : {}), config, timings }))
  const rooms = stack.use(await openRooms(databaseUrl, arena.installation.encryptionKeys))
  const owner = await ownerOf(sql)
  await fill(sql, owner, { from: 1, to: CONNECTIONS, dataSource })
  await provider.authorize(sql, rooms, owner, ids)
  const bare = createBareRefresher({
    sql,
    dataKey: await rooms.dataKey(owner.workspaceId),
    token: { url: server.endpoints.token, ...server.client },
    atOnce: AT_ONCE,
  })
  stack.defer(() => bare.close())
  const byWorker = () => refreshAll(sql)
  const byLoop = async () => {
    const began = performance.now()
    await each(ids, AT_ONCE, (id) => bare.refresh(id))
    return (CONNECTIONS * 1000) / (performance.now() - began)
  }

  const instant = await compare(9, { wellhead: byWorker, compared: byLoop }, { warmUp: 12 })
  yield {
    what: `${CONNECTIONS.toLocaleString('en')} due refreshes by one worker over ${queue}, the provider answers at once`,
    wellhead: rate(instant.wellhead),
    compared: `${rate(instant.compared)}: a plain loop, ${AT_ONCE} at once: select, open, POST, seal, update`,
    ratio: instant.ratio,
    wanted: { atLeast },
    bound:
      'the one thread of Node, a connection of its own for each token call, and five row writes where the loop has one',
  }
  await server.fault({ kind: 'delay', delayMs: SLOW_MS, forSeconds: 3_600 })
  const slow = []
  for (let round = 0; round < 2; round++) slow.push(await byWorker())
  const allowed = (AT_ONCE * 1000) / SLOW_MS
  yield {
    what: `The same, the provider takes ${SLOW_MS} ms`,
    wellhead: rate(median(slow)),
    compared: `${rate(allowed)}: what ${AT_ONCE} at once allow`,
    ratio: median(slow) / allowed,
    wanted: { atLeast: 0.8 },
    bound: `the provider: ${AT_ONCE} calls under way; the rest is what a refresh waits for beside its call`,
  }
  await provider.requireWhole()
}

/**
 * Makes all of them due, and gives how many a second were refreshed, by the database's clock: from when the sweep marked the first of
 * them as enqueued. What is measured is the work, and not the wait for the next sweep.
 */
async function refreshAll(sql: postgres.Sql): Promise<number> {
  const [due] = await sql`
    with due as (update credentials set refresh_at = clock_timestamp() where connection_id in ${sql(ids)} returning generation)
    select sum(generation)::int as generations from due`
  const marked = await until(
    async () => {
      const [first] = await sql`
        select (enqueued_until - ${HORIZON_MS} * interval '1 millisecond')::text as since from credentials
        where enqueued_until is not null order by enqueued_until limit 1`
      return first as { since: string } | undefined
    },
    'a sweep',
    10_000,
    5,
  )
  const look = async () => {
    const [row] = await sql`
      select sum(generation)::int as generations, extract(epoch from max(last_refreshed_at) - ${marked.since}) as seconds
      from credentials where connection_id in ${sql(ids)}`
    return row?.generations === due?.generations + CONNECTIONS && (row as { seconds: number })
  }
  const { seconds } = await until(look, `${CONNECTIONS} refreshes`, 120_000)
  return CONNECTIONS / Number(seconds)
}
