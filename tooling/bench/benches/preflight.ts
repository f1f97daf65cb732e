import postgres from 'postgres'
import type { Bench, Line } from '../harness/bench.ts'
import { openEngine, openQueue, openRooms } from '../harness/engine.ts'
import { milliseconds } from '../harness/figures.ts'
import { startWorker } from '../harness/process.ts'
import { dataSource, plugin, startProvider } from '../harness/provider.ts'
import { quantile } from '../harness/rounds.ts'
import { fill, idOf, ownerOf } from '../harness/seed.ts'

const RUNS = 150
const WARM_UP = 20

/** Runs one after the other, with a fresh token: with their preflight as the engine enqueues them, and their execution alone. */
export const preflight: Bench = {
  name: 'preflight',
  async *run(arena): AsyncGenerator<Line> {
    await using stack = new AsyncDisposableStack()
    const databaseUrl = await arena.installation.database()
    const sql = postgres(databaseUrl, { max: 2, onnotice: () => {} })
    stack.defer(() => sql.end({ timeout: 5 }))
    const provider = stack.use(await startProvider())
    const queueUrl = arena.redis?.url ?? databaseUrl
    const worker = { databaseUrl, queueUrl, queuePrefix: 'preflight', config: provider.config }
    stack.use(await startWorker(arena, worker))
    const rooms = stack.use(await openRooms(databaseUrl, arena.installation.encryptionKeys))
    const owner = await ownerOf(sql)
    await fill(sql, owner, { from: 1, to: 1, dataSource })
    await provider.authorize(sql, rooms, owner, [idOf(1)])

    // Its queue is one that nobody works off: what becomes of a run is up to this bench.
    const elsewhere = arena.redis?.url ?? (await arena.installation.database())
    const engine = await openEngine(arena, {
      databaseUrl,
      queueUrl: elsewhere,
      queuePrefix: 'nowhere',
      plugins: [plugin],
    })
    stack.defer(() => engine.close())
    const queue = stack.use(await openQueue(queueUrl, 'preflight'))
    const actor = { ...owner, role: 'owner' as const, token: null }

    /** Milliseconds from the enqueueing until the run was started, by the database's clock. */
    async function startOf(enqueue: (runId: string) => Promise<void>): Promise<number> {
      const { id } = await engine.runs.create(actor, { dataSource, connectionId: idOf(1), operation: 'list_pages' })
      const [asked] = await sql`select clock_timestamp() as at`
      await enqueue(id)
      const { done } = await engine.runs.settled(actor, id, 30_000)
      if (!done) throw new Error('The run did not end')
      const [run] = await sql`
        select extract(epoch from started_at - ${asked?.at}) * 1000 as ms, status from runs where id = ${id}`
      if (run?.status !== 'completed') throw new Error(`The run is ${run?.status}`)
      return Number(run.ms)
    }

    const whole: number[] = []
    const alone: number[] = []
    for (let run = 0; run < WARM_UP + RUNS; run++) {
      const pair = { whole: await startOf(queue.enqueueRun), alone: await startOf(queue.enqueueExecution) }
      if (run < WARM_UP) continue
      whole.push(pair.whole)
      alone.push(pair.alone)
    }
    for (const [name, share] of [
      ['half of them', 0.5],
      ['99 %', 0.99],
    ] as const) {
      const [having, lacking] = [quantile(whole, share), quantile(alone, share)]
      yield {
        what: `A run with a fresh token, from the queue to its start: ${name} within. The preflight adds ${milliseconds(having - lacking)}`,
        wellhead: milliseconds(having),
        compared: `${milliseconds(lacking)}: without the preflight`,
        ratio: having / lacking,
        bound: `one more job through the queue (${arena.redis ? 'Redis' : 'PostgreSQL'}) and two selects`,
      }
    }
  },
}
