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
const AT_ONCE = 32
const SLOW_MS = 200
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
  // What is measured is the work, and not the wait for the next sweep.
  const timings = { sweepMs: 100 }
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

  const instant = await compare(5, { wellhead: byWorker, compared: byLoop })
  yield {
    what: `${CONNECTIONS.toLocaleString('en')} due refreshes by one worker over ${queue}, the provider answers at once`,
    wellhead: rate(instant.wellhead),
    compared: `${rate(instant.compared)}: a plain loop, ${AT_ONCE} at once: select, open, POST, seal, update`,
    ratio: instant.ratio,
    wanted: { atLeast },
    bound:
      'the one thread of Node and the commits: lease, intent, new pair with its event and its signal, where the loop has one update',
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
    bound: `the provider: ${AT_ONCE} calls under way, after a beginning with four that grows with each answer`,
  }
  await provider.requireWhole()
}

/** Makes all of them due, and gives how many a second were refreshed, by the database's clock. */
async function refreshAll(sql: postgres.Sql): Promise<number> {
  const [due] = await sql`
    with due as (update credentials set refresh_at = clock_timestamp() where connection_id in ${sql(ids)} returning generation)
    select clock_timestamp() as at, sum(generation)::int as generations from due`
  const look = async () => {
    const [row] = await sql`
      select sum(generation)::int as generations, extract(epoch from max(last_refreshed_at) - ${due?.at}) as seconds
      from credentials where connection_id in ${sql(ids)}`
    return row?.generations === due?.generations + CONNECTIONS && (row as { seconds: number })
  }
  const { seconds } = await until(look, `${CONNECTIONS} refreshes`, 120_000)
  return CONNECTIONS / Number(seconds)
}
