import postgres from 'postgres'
import type { Arena } from '../harness/arena.ts'
import type { Bench, Line } from '../harness/bench.ts'
import { openRooms } from '../harness/engine.ts'
import { milliseconds } from '../harness/figures.ts'
import { median } from '../harness/rounds.ts'

const DUE = 1_000
const ROUNDS = 31
const sizes = [10_000, 100_000, 1_000_000] as const

/** The sweep of every worker, every few seconds: it finds, marks and would enqueue what is due. */
export const dueScan: Bench = {
  name: 'due-scan',
  async *run(arena): AsyncGenerator<Line> {
    await using stack = new AsyncDisposableStack()
    const scans = []
    for (const size of sizes) scans.push({ size, took: [] as number[], scan: stack.use(await openScan(arena, size)) })
    // In turn, so that what else the machine does meets each; the first round warms up.
    for (let round = 0; round <= ROUNDS; round++)
      for (const { took, scan } of scans) {
        const ms = await scan.once()
        if (round > 0) took.push(ms)
      }
    const [smallest, ...larger] = scans.map(({ size, took }) => ({ size, ms: median(took) }))
    for (const { size, ms } of larger)
      yield {
        what: `One sweep with ${DUE.toLocaleString('en')} due of ${size.toLocaleString('en')} connections`,
        wellhead: milliseconds(ms),
        compared: `${milliseconds(smallest?.ms ?? Number.NaN)}: of ${smallest?.size.toLocaleString('en')}`,
        ratio: ms / (smallest?.ms ?? Number.NaN),
        wanted: { atMost: 1.5 },
        bound:
          'the rows that are due: each is read by an index, ranked, locked and marked; the others are not looked at',
      }
  },
}

interface Scan extends AsyncDisposable {
  /** Milliseconds of one sweep. */
  once(): Promise<number>
}

async function openScan(arena: Arena, size: number): Promise<Scan> {
  await using stack = new AsyncDisposableStack()
  const databaseUrl = await arena.sized(size)
  const sql = postgres(databaseUrl, { max: 1, onnotice: () => {} })
  stack.defer(() => sql.end({ timeout: 5 }))
  const rooms = stack.use(await openRooms(databaseUrl, arena.installation.encryptionKeys))
  // Spread over the whole table, as connections that come due are.
  const ids = await sql`
    update credentials set refresh_at = now() - interval '1 hour' * random()
    where connection_id in (select connection_id from credentials order by md5(connection_id) limit ${DUE})
    returning connection_id as id`
  await sql`vacuum analyze credentials`
  const due = ids.map(({ id }) => id as string)
  const held = stack.move()
  return {
    async once() {
      const began = performance.now()
      const found = await rooms.sweep({ sweepLimit: DUE })
      const took = performance.now() - began
      if (found !== DUE) throw new Error(`The sweep found ${found} of ${DUE}`)
      await sql`update credentials set enqueued_until = null where connection_id in ${sql(due)}`
      return took
    },
    async [Symbol.asyncDispose]() {
      await sql`update credentials set refresh_at = now() + interval '20 hours' where connection_id in ${sql(due)}`
      await held.disposeAsync()
    },
  }
}
