import postgres from 'postgres'
import { readBare } from '../bare/opening.ts'
import type { Bench, Line } from '../harness/bench.ts'
import { openEngine, openRooms } from '../harness/engine.ts'
import { rate } from '../harness/figures.ts'
import { compare, perSecond } from '../harness/rounds.ts'
import { fill, idOf, ownerOf, sampleSecret, sealed } from '../harness/seed.ts'

const CONNECTIONS = 1_000
const load = { callers: 32, ms: 1_500 }

/** The call that the route of the API makes, in this process. */
export const freshCredential: Bench = {
  name: 'fresh-credential',
  async *run(arena): AsyncGenerator<Line> {
    const { installation } = arena
    await using stack = new AsyncDisposableStack()
    const databaseUrl = await installation.database()
    const sql = postgres(databaseUrl, { max: 10, onnotice: () => {} })
    stack.defer(() => sql.end({ timeout: 5 }))
    const rooms = stack.use(await openRooms(databaseUrl, installation.encryptionKeys))
    const owner = await ownerOf(sql)
    const numbers = Array.from({ length: CONNECTIONS }, (_, index) => index + 1)
    await fill(sql, owner, { from: 1, to: CONNECTIONS, dataSource: 'notion' })
    await sealed(sql, rooms, owner, new Map(numbers.map((number) => [idOf(number), sampleSecret(number)])))
    const dataKey = await rooms.dataKey(owner.workspaceId)
    const engine = await openEngine(arena, { databaseUrl, queueUrl: databaseUrl })
    stack.defer(() => engine.close())
    const actor = { ...owner, role: 'owner' as const, token: null }
    let next = 0
    const id = () => idOf((next++ % CONNECTIONS) + 1)
    const bare = () => perSecond(() => readBare(sql, id(), dataKey), load)
    const read = await compare(6, {
      wellhead: () => perSecond(() => rooms.read(actor, id()), load),
      compared: bare,
    })
    yield {
      what: 'A fresh credential read at the engine, 32 callers: seen as its caller may see it, and opened',
      wellhead: rate(read.wellhead),
      compared: `${rate(read.compared)}: one prepared select by key, AES-256-GCM`,
      ratio: read.ratio,
      wanted: { atLeast: 0.8 },
      bound: 'the one thread of Node: opening, promises and rows. What is asked at the same moment shares a statement',
    }
    const handedOut = await compare(4, {
      wellhead: () => perSecond(() => engine.connections.accessToken(actor, id(), {}), load),
      compared: bare,
    })
    yield {
      what: 'The same with its audit row committed, as the API calls it',
      wellhead: rate(handedOut.wellhead),
      compared: `${rate(handedOut.compared)}: the same, which writes nothing`,
      ratio: handedOut.ratio,
      bound: 'the commit: 32 callers wait for the disk together',
    }
  },
}
