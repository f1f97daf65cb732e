import { fileURLToPath } from 'node:url'
import { until } from '@wellhead/chaos/harness/until'
import postgres from 'postgres'
import type { Arena } from '../harness/arena.ts'
import type { Bench, Line } from '../harness/bench.ts'
import { openRooms } from '../harness/engine.ts'
import { megabytes } from '../harness/figures.ts'
import type { Load } from '../harness/load.ts'
import { startApi, startScript, startWorker } from '../harness/process.ts'
import { startProvider } from '../harness/provider.ts'
import { idOf, ownerOf } from '../harness/seed.ts'
import { peakSince } from '../resident.ts'

const FEW = 10_000
const MANY = 1_000_000
/** How many are used meanwhile: read over HTTP, and refreshed. */
const USED = 1_000

/** Linux only, as it reads /proc. */
export const memory: Bench = {
  name: 'memory',
  async *run(arena): AsyncGenerator<Line> {
    const few = await peaks(arena, FEW)
    const many = await peaks(arena, MANY)
    const what = {
      api: `An API process hands out ${USED.toLocaleString('en')} credentials again and again`,
      worker: `A worker refreshes ${USED.toLocaleString('en')}`,
    }
    for (const process of ['api', 'worker'] as const)
      yield {
        what: `${what[process]}, of ${MANY.toLocaleString('en')} connections: most memory it held (RSS)`,
        wellhead: megabytes(many[process]),
        compared: `${megabytes(few[process])}: of ${FEW.toLocaleString('en')} connections`,
        ratio: many[process] / few[process],
        wanted: { atMost: 1.2 },
        bound:
          'Node and the libraries; nothing is held per connection but when it was last used, for those of this minute',
      }
  },
}

async function peaks(arena: Arena, size: number): Promise<{ api: number; worker: number }> {
  await using stack = new AsyncDisposableStack()
  const databaseUrl = await arena.sized(size)
  const sql = postgres(databaseUrl, { max: 2, onnotice: () => {} })
  stack.defer(() => sql.end({ timeout: 5 }))
  const rooms = stack.use(await openRooms(databaseUrl, arena.installation.encryptionKeys))
  const provider = stack.use(await startProvider())
  const queue = arena.redis ? { queueUrl: arena.redis.url, queuePrefix: `memory${size}` } : {}
  const api = stack.use(await startApi(arena, { databaseUrl, config: provider.config, ...queue }))
  const step = size / USED
  const ids = Array.from({ length: USED }, (_, index) => idOf(index * step + 1))
  await provider.authorize(sql, rooms, await ownerOf(sql), ids)

  const load = stack.use(await startScript(fileURLToPath(new URL('../harness/load.ts', import.meta.url))))
  const wanted: Load = {
    url: api.url,
    method: 'POST',
    headers: { authorization: `Bearer ${arena.installation.token}`, 'content-type': 'application/json' },
    body: '{}',
    paths: ids.map((id) => `/v1/connections/${id}/credentials`),
    callers: 32,
    ms: 5_000,
  }
  const served = await peakSince(api.pid, () => load.ask(wanted))

  const worker = stack.use(await startWorker(arena, { databaseUrl, config: provider.config, ...queue }))
  const refreshed = await peakSince(worker.pid, async () => {
    await sql`update credentials set refresh_at = now() where connection_id in ${sql(ids)}`
    await until(
      async () => {
        const [row] = await sql`
          select count(*)::int as count from credentials where connection_id in ${sql(ids)} and generation > 1`
        return row?.count === USED
      },
      `${USED} refreshes`,
      120_000,
    )
  })
  await provider.requireWhole()
  return { api: served.peak, worker: refreshed.peak }
}
